"""Builders of tiny instances: name what matters, the rest fits together.

The default instance is one closed server "server" with one accelerator "gpu" inside reach: one
processor, one module of memory, one drive, one serving layout, and limits that bind nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

from optimizer.finance.tco import UnitCosts
from optimizer.instance.items import (
    AcceleratorItem,
    CableItem,
    Case,
    ChassisItem,
    CoolingItem,
    CpuItem,
    Deployment,
    HostClass,
    Instance,
    Item,
    Limits,
    MemoryItem,
    Money,
    NicItem,
    PlatformItem,
    Power,
    PsuItem,
    Purchase,
    Space,
    StorageItem,
    StripItem,
    SwitchItem,
    UpsItem,
)
from optimizer.instance.parts import name_weight
from optimizer.physics.circuits import Breaker
from optimizer.schema.base import Condition
from tests.make_request import make_request

NOTHING = Power()
MANY = 10**6


def make_power(peak_w: int, average_w: int | None = None, idle_w: int = 0) -> Power:
    """Power whose mean is the peak unless said otherwise."""
    return Power(peak_w, peak_w if average_w is None else average_w, idle_w)


def make_gpu(name: str = "gpu", **facts: Any) -> AcceleratorItem:
    """An active dual-slot card that needs no plugs."""
    held: dict[str, Any] = {
        "vram_mib": 81_920,
        "slot_width": 2,
        "length_mm": 267,
        "passive": False,
        "connectors": (0, 0, 0),
        "bridge": None,
        "bridges_per_pair": 0,
        "min_cuda": "11.0",
        "min_driver": "450",
    }
    return AcceleratorItem(name, "accelerator", name, **{**held, **facts})


def make_bridge(name: str = "bridge") -> Item:
    """A bridge between two cards."""
    return Item(name, "bridge", name)


def make_platform(name: str = "server", **facts: Any) -> PlatformItem:
    """A closed server with one socket, four channels, and one 1,000 W supply."""
    held: dict[str, Any] = {
        "board": False,
        "board_form": "atx",
        "hosts": (0,),
        "accelerators_included": (),
        "included": (),
        "needs_cpu": True,
        "socket": "sp3",
        "sockets": 1,
        "max_cpu_tdp_w": 300,
        "needs_memory": True,
        "memory_type": "ddr4-rdimm",
        "memory_channels": 1,
        "dimm_slots": 4,
        "memory_included_gib": 0,
        "storage_included_gb": 0,
        "host_lanes": None,
        "lanes_reserved": 0,
        "slots": ((16, 8),),
        "nvme_bays": 4,
        "nic_included_gbps": 0,
        "supplies": 1,
        "supply_capacity_w": MANY,
        "supply_capacity_redundant_w": MANY,
        "supply_capacity_halved_w": MANY,
        "efficiency": "titanium",
        "liquid": False,
    }
    return PlatformItem(name, "platform", name, **{**held, **facts})


def make_board(name: str = "board", **facts: Any) -> PlatformItem:
    """A bare board: it needs a chassis and supplies."""
    bare = {
        "board": True,
        "supplies": 0,
        "supply_capacity_w": 0,
        "supply_capacity_redundant_w": 0,
        "supply_capacity_halved_w": 0,
        "efficiency": "gold",
    }
    return make_platform(name, **{**bare, **facts})


def make_cpu(name: str = "cpu", **facts: Any) -> CpuItem:
    """A processor with 128 lanes."""
    held: dict[str, Any] = {"socket": "sp3", "lanes": 128, "max_sockets": 2, "tdp_w": 200}
    return CpuItem(name, "cpu", name, **{**held, **facts})


def make_memory(name: str = "dimm", **facts: Any) -> MemoryItem:
    """A module of 64 GiB."""
    held: dict[str, Any] = {"memory_type": "ddr4-rdimm", "capacity_gib": 64}
    return MemoryItem(name, "memory", name, **{**held, **facts})


def make_drive(name: str = "drive", **facts: Any) -> StorageItem:
    """A drive of 1,000 GB on four lanes."""
    held: dict[str, Any] = {"capacity_gb": 1000, "lanes": 4}
    return StorageItem(name, "storage", name, **{**held, **facts})


def make_psu(name: str = "psu", **facts: Any) -> PsuItem:
    """An ATX supply with plenty of plugs."""
    held: dict[str, Any] = {
        "form": "atx",
        "capacity_w": 2000,
        "efficiency": "titanium",
        "connectors": (9, 9, 9),
    }
    return PsuItem(name, "psu", name, **{**held, **facts})


def make_chassis(name: str = "case", **facts: Any) -> ChassisItem:
    """A case with eight positions and one supply bay."""
    held: dict[str, Any] = {
        "board_forms": ("atx",),
        "slot_positions": 8,
        "max_accelerator_mm": 400,
        "psu_form": "atx",
        "psu_bays": 1,
        "passive_w": 1000,
    }
    return ChassisItem(name, "chassis", name, **{**held, **facts})


def make_nic(name: str = "nic", **facts: Any) -> NicItem:
    """A network card of 100 Gbit/s on eight lanes."""
    held: dict[str, Any] = {"network": "ethernet", "gbps": 100, "lanes": 8}
    return NicItem(name, "nic", name, **{**held, **facts})


def make_cable(name: str = "cable", **facts: Any) -> CableItem:
    """A cable of 100 Gbit/s."""
    held: dict[str, Any] = {"network": "ethernet", "gbps": 100}
    return CableItem(name, "cable", name, **{**held, **facts})


def make_switch(name: str = "switch", **facts: Any) -> SwitchItem:
    """A switch of 100 Gbit/s with eight ports."""
    held: dict[str, Any] = {"network": "ethernet", "gbps": 100, "ports": 8}
    return SwitchItem(name, "switch", name, **{**held, **facts})


def make_cooling(name: str = "cooler", **facts: Any) -> CoolingItem:
    """A room air conditioner of 3,500 W."""
    held: dict[str, Any] = {"removal_w": 3500, "liquid": False}
    return CoolingItem(name, "cooling", name, **{**held, **facts})


def make_ups(name: str = "ups", **facts: Any) -> UpsItem:
    """A supply of 2,000 W and 2,200 VA."""
    held: dict[str, Any] = {"capacity_w": 2000, "capacity_va": 2200}
    return UpsItem(name, "ups", name, **{**held, **facts})


def make_strip(name: str = "strip", **facts: Any) -> StripItem:
    """A strip on L6-30P with six outlets, two of them for C20 inlets."""
    held: dict[str, Any] = {"plug": "NEMA L6-30P", "volts": 208, "amps": 30, "phases": 1}
    held["outlets"] = (6, 2)
    return StripItem(name, "pdu", name, **{**held, **facts})


def make_host(index: int = 0, **facts: Any) -> HostClass:
    """One card over PCIe x16."""
    held: dict[str, Any] = {
        "accelerator": "gpu",
        "count": 1,
        "fabric": "pcie",
        "link_gb_s": 31.5,
        "lanes_per_accelerator": 16,
        "board": False,
    }
    return HostClass(index, **{**held, **facts})


def make_deployment(index: int = 0, **facts: Any) -> Deployment:
    """A layout on host class 0 that needs 100 W and makes 100 tok/s, 10 tok/s per user."""
    held: dict[str, Any] = {
        "host": 0,
        "engine": "vllm",
        "weight_format": "fp8",
        "kv_format": "bf16",
        "tensor_parallel": 1,
        "pipeline_parallel": 1,
        "replicas": 1,
        "sequences": 8,
        "vram_need_mib": 50_000,
        "vram_usable_mib": 70_000,
        "memory_parts_mib": (40_000, 8_000, 1_500, 500),
        "system_memory_gib": 64,
        "storage_gb": 1000,
        "bridges": 0,
        "power": Power(100, 100, 20),
        "cap_w": 80,
        "kept_permille": 1000,
        "output_milli": 100_000,
        "user_milli": 10_000,
        "saturated_user_milli": 5_000,
        "batch1_milli": 20_000,
        "ttft_us": 500_000,
        "tpot_us": 100_000,
        "band_permille": (800, 1200),
        "basis": "calibrated",
        "name_weight": index + 1,
    }
    return Deployment(index, **{**held, **facts})


def make_costs(price_cents: int, lifetime_cents: int = 0) -> UnitCosts:
    """A price, and what a unit costs beside it over the horizon (a residual if negative)."""
    return UnitCosts(
        price_cents, 0, 0, max(0, lifetime_cents), failures=0, residual=max(0, -lifetime_cents)
    )


def make_purchase(item: Item, price_cents: int = 0, **facts: Any) -> Purchase:
    """An offer for ``item``; a ``lifetime_cents`` is added to its TCO."""
    condition: Condition = facts.pop("condition", "new")
    key = f"{item.id}:{condition}"
    held: dict[str, Any] = {
        "unit": make_costs(price_cents, facts.pop("lifetime_cents", 0)),
        "stock": None,
        "offer": None,
        "name_weight": name_weight(key),
    }
    return Purchase(key, item.id, item.kind, condition, **{**held, **facts})


def make_limits(**facts: Any) -> Limits:
    """Limits that bind nothing."""
    held: dict[str, Any] = {
        "budget_cents": None,
        "max_tco_cents": None,
        "heat_removal_w": MANY,
        "liquid_removal_w": MANY,
        "airflow_w": None,
        "inlet_tenths": None,
        "noise": None,
        "rack_tenths": MANY,
        "depth_mm": MANY,
        "load_hg": MANY,
        "floor_hg": None,
        "min_output_milli": 0,
        "min_user_milli": 0,
        "max_ttft_us": None,
        "psu_headroom_permille": 0,
        "redundancy": "none",
        "ups": False,
        "max_ups": 4,
        "extra_cooling": True,
    }
    return Limits(**{**held, **facts})


def make_case(**facts: Any) -> Case:
    """One node at 240 V on one circuit without end; ``circuits_w`` are plain ones."""
    plain = facts.pop("circuits_w", (MANY,))
    held: dict[str, Any] = {
        "nodes": 1,
        "volts": 240,
        "breakers": make_breakers(*plain),
        "switch": None,
        "switch_wall_w": 0,
        "network_gbps": 0,
    }
    return Case(**{**held, **facts})


def make_breakers(*watts: int, feeds: str = "", delta: bool = False) -> tuple[Breaker, ...]:
    """Circuits of so many watts, on these feeds in turn."""
    named = zip(watts, cycle(feeds or " "), strict=False)
    return tuple(Breaker(f"#{i}", w, delta, f.strip()) for i, (w, f) in enumerate(named, 1))


def make_joined_case(nodes: int, switch: SwitchItem, **facts: Any) -> Case:
    """Several nodes on a switch."""
    held = {
        "nodes": nodes,
        "switch": switch.id,
        "switch_wall_w": switch.power.peak_w,
        "network_gbps": switch.gbps,
    }
    return make_case(**{**held, **facts})


def fitting_parts() -> list[Item]:
    """One part of each kind that a closed server with one card needs."""
    return [make_gpu(), make_platform(), make_cpu(), make_memory(), make_drive()]


def board_parts() -> list[Item]:
    """The same on a bare board, with chassis and supply."""
    return [
        make_gpu(),
        make_board(),
        make_cpu(),
        make_memory(),
        make_drive(),
        make_psu(),
        make_chassis(),
    ]


def joined_parts() -> list[Item]:
    """What several servers need: beside their own parts a card, a cable and a switch."""
    return [*fitting_parts(), make_nic(), make_cable(), make_switch()]


def make_instance(
    items: Iterable[Item] | None = None,
    *,
    prices: dict[str, int] | None = None,
    purchases: Sequence[Purchase] | None = None,
    hosts: Sequence[HostClass] | None = None,
    deployments: Sequence[Deployment] | None = None,
    case: Case | None = None,
    limits: Limits | None = None,
    microcents_per_watt: int = 0,
    microcents_per_cooling_watt: int = 0,
    installation_cents: int = 0,
) -> Instance:
    """An instance of these items; what has no purchase costs ``prices`` (cents), or nothing."""
    held = list(items) if items is not None else fitting_parts()
    offers = list(purchases or [])
    offered = {p.component for p in offers}
    offers += [make_purchase(i, (prices or {}).get(i.id, 0)) for i in held if i.id not in offered]
    layouts = list(deployments) if deployments is not None else [make_deployment()]
    return Instance(
        request=make_request(),
        case=case or make_case(),
        limits=limits or make_limits(),
        money=Money(microcents_per_watt, microcents_per_cooling_watt, installation_cents),
        items={i.id: i for i in held},
        purchases=tuple(offers),
        hosts=tuple(hosts) if hosts is not None else (make_host(),),
        deployments=tuple(replace(d, index=i) for i, d in enumerate(layouts)),
    )


def swap(items: Iterable[Item], *changed: Item) -> list[Item]:
    """The items with those of the same id replaced."""
    by_id = {i.id: i for i in changed}
    return [by_id.get(i.id, i) for i in items]


def parted(*changed: Item, **facts: Any) -> Instance:
    """An instance of parts that fit, some of them changed."""
    return make_instance(swap(fitting_parts(), *changed), **facts)


def sized(item: Any, **space: int) -> Any:
    """The item with room: ``rack_tenths``, ``weight_hg``, ``depth_mm``, ``noise``."""
    return replace(item, space=replace(item.space or Space(), **space))


def powered(item: Any, peak_w: int, average_w: int | None = None) -> Any:
    """The item with a draw."""
    return replace(item, power=make_power(peak_w, average_w))
