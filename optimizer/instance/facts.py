"""Catalog records to items: the only place that rounds physical facts, always against the user.

A fact that is missing raises :class:`MissingFact`; the component is then left out, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any, TypeVar

from optimizer.catalog.catalog import Catalog
from optimizer.instance.hosting import pcie_gb_s, plugs
from optimizer.instance.inlets import inlet_of
from optimizer.instance.items import (
    AcceleratorItem,
    CableItem,
    ChassisItem,
    CoolingItem,
    CpuItem,
    Item,
    MemoryItem,
    NicItem,
    PlatformItem,
    Power,
    PsuItem,
    Space,
    StorageItem,
    StripItem,
    SwitchItem,
    UpsItem,
)
from optimizer.physics.heat import noise_energy
from optimizer.physics.power import BUSY_UTILISATION, HOST_UTILISATION, average_w
from optimizer.physics.surges import borne_permille, drawn_permille
from optimizer.physics.ups import held_watts, input_watts
from optimizer.schema import components as c
from optimizer.schema.base import Sourced
from optimizer.units import fraction

T = TypeVar("T")
CONVERTERS = {
    "accelerator": "_accelerator",
    "platform": "_platform",
    "cpu": "_cpu",
    "memory": "_memory",
    "storage": "_storage",
    "psu": "_psu",
    "chassis": "_chassis",
    "nic": "_nic",
    "switch": "_switch",
    "cable": "_cable",
    "cooling": "_cooling",
    "ups": "_ups",
    "pdu": "_strip",
}
"""Kind -> the method of :class:`Facts` that makes its item."""
NO_LIMIT_W = 10**6
NO_LIMIT_MM = 10_000
IDLE_HEAT_SHARE = 0.3
"""Of the heat at peak, what a build with nothing to do still makes: 0.16 to 0.30 of twelve measured
nodes (docs/power.md). Cooling follows the heat."""
UNKNOWN_MM = 9_999
"""A card of unknown length fits only where nothing limits it."""


class MissingFact(Exception):
    """A component lacks a fact that the request needs; the message names the field."""


def known(value: T | None, field: str) -> T:
    """The value, or MissingFact."""
    if value is None:
        raise MissingFact(f"no {field} in the catalog")
    return value


@dataclass(frozen=True, slots=True)
class Facts:
    """Converts records for one request: ``duty`` sets mean power, ``volts`` supply capacity."""

    catalog: Catalog
    duty: float
    volts: int
    ups_minutes: float = 0
    """Time that an uninterruptible supply must bridge; 0: its ratings alone count."""
    _made: dict[str, Item] = field(default_factory=dict)

    def item(self, record: Sourced, kind: str) -> Item:
        """The record as integers. Raises MissingFact."""
        made = self._made.get(record.id)
        if made is None:
            made = self._made[record.id] = self._item(record, kind)
        return made

    def of(self, component: str) -> Item:
        """The item of a component by its id. Raises MissingFact."""
        made = self._made.get(component)
        if made is not None:
            return made
        record = self.catalog.components.get(component)
        if record is None:
            raise MissingFact(f"the included {component} is not in the catalog")
        return self.item(record, self.catalog.kind_of(component))

    def _item(self, record: Sourced, kind: str) -> Item:
        if kind in ("bridge", "circuit"):
            return Item(record.id, kind, record.name)
        convert: Callable[[Any], Item] = getattr(self, CONVERTERS[kind])
        return convert(record)

    def _power(self, idle: int | None, peak: int | None, share: float = HOST_UTILISATION) -> Power:
        peak_w, idle_w = known(peak, "peak power"), known(idle, "idle power")
        return Power(peak_w, average_w(idle_w, peak_w, self.duty, share), idle_w)

    def _constant(self, watts: int | None) -> Power:
        w = known(watts, "power_w")
        return Power(w, w, w)

    def _accelerator(self, r: c.Accelerator) -> Item:
        return AcceleratorItem(
            r.id,
            "accelerator",
            r.name,
            vram_mib=known(r.vram_mib, "vram_mib"),
            slot_width=known(r.slot_width, "slot_width"),
            length_mm=UNKNOWN_MM if r.length_mm is None else ceil(r.length_mm),
            passive=r.cooling == "passive",
            connectors=plugs(known(r.power_connectors, "power_connectors")),
            bridge=r.bridge,
            bridges_per_pair=r.bridges_per_pair,
            min_cuda=r.min_cuda or "not known",
            min_driver=r.min_driver or "not known",
            drawn_permille=drawn_permille(r.peak_over_tdp, r.memory_type),
            power=self._power(r.idle_w, r.tdp_w, BUSY_UTILISATION),
            space=Space(weight_hg=ceil((r.weight_kg or 0) * 10)),
        )

    def _platform(self, r: c.Platform) -> Item:
        board = r.kind == "board"
        inside = Inside.of(r, self)
        supply = r.power
        if not board and supply is None:
            raise MissingFact("no power supplies in the catalog")
        halved = redundant = total = 0
        if supply is not None:
            each = by_voltage(
                self.volts, supply.capacity_120v_w, supply.capacity_208v_w, supply.capacity_240v_w
            )
            total = each * supply.quantity
            redundant = each * min(supply.required, supply.quantity - 1)
            halved = each * min(supply.required, supply.quantity // 2)
        slots = {r.accelerator_link_lanes: max(r.accelerator_counts)}
        fastest = pcie_gb_s(r.pcie_generation, r.accelerator_link_lanes)
        for free in r.free_slots:
            slots[free.lanes] = slots.get(free.lanes, 0) + free.count
            fastest = max(fastest, pcie_gb_s(free.generation, free.lanes))
        base = self._power(r.base_idle_w, r.base_w) if not board else self._board_power(r)
        return PlatformItem(
            r.id,
            "platform",
            r.name,
            board=board,
            board_form=r.board_form,
            hosts=(),
            accelerators_included=tuple(inside.accelerators),
            included=tuple((i.id, i.quantity) for i in r.included),
            needs_cpu=not inside.cpus,
            socket=r.socket,
            sockets=r.sockets,
            max_cpu_tdp_w=NO_LIMIT_W if r.max_cpu_tdp_w is None else r.max_cpu_tdp_w,
            needs_memory=not inside.memory_gib and r.memory_channels > 0,
            memory_type=r.memory_type,
            memory_channels=r.memory_channels,
            dimm_slots=r.dimm_slots,
            memory_included_gib=inside.memory_gib,
            storage_included_gb=inside.storage_gb,
            host_lanes=r.host_lanes if r.host_lanes is not None else inside.lanes or None,
            lanes_reserved=r.lanes_reserved + inside.lanes_used,
            slots=tuple(sorted(slots.items())),
            nvme_bays=max(0, r.nvme_bays - inside.drives),
            nic_included_gbps=max(inside.nic_gbps, r.onboard_gbps),
            supplies=supply.quantity if supply else 0,
            supply_capacity_w=total,
            supply_capacity_redundant_w=redundant,
            supply_capacity_halved_w=halved,
            efficiency=supply.efficiency if supply else "gold",
            inlet=inlet_of(supply) if supply else "c14",
            borne_permille=borne_permille(None, "crps"),
            liquid=r.cooling == "liquid",
            slot_gbps=floor(fastest * 8),
            max_inlet_tenths=floor(round((r.max_inlet_c or 0) * 10, 6)),
            power=Power(
                base.peak_w + inside.power.peak_w,
                base.average_w + inside.power.average_w,
                base.idle_w + inside.power.idle_w,
            ),
            space=Space() if board else space(r.rack_units, r.weight_kg, r.depth_mm, r.noise_dba),
        )

    def _board_power(self, r: c.Platform) -> Power:
        return self._power(r.base_idle_w, r.base_w)

    def _cpu(self, r: c.Cpu) -> Item:
        return CpuItem(
            r.id,
            "cpu",
            r.name,
            r.socket,
            r.pcie_lanes,
            r.max_sockets,
            known(r.tdp_w, "tdp_w"),
            power=self._power(r.idle_w, r.tdp_w),
        )

    def _memory(self, r: c.Memory) -> Item:
        return MemoryItem(
            r.id, "memory", r.name, r.memory_type, r.capacity_gib, power=self._constant(r.power_w)
        )

    def _storage(self, r: c.Storage) -> Item:
        power = self._power(r.idle_w if r.idle_w is not None else r.power_w, r.power_w)
        return StorageItem(r.id, "storage", r.name, r.capacity_gb, r.pcie_lanes, power=power)

    def _psu(self, r: c.Psu) -> Item:
        capacity = by_voltage(self.volts, r.capacity_120v_w, r.capacity_208v_w, r.capacity_240v_w)
        return PsuItem(
            r.id,
            "psu",
            r.name,
            r.form,
            capacity,
            r.efficiency,
            plugs(known(r.connectors, "connectors")),
            inlet=inlet_of(r),
            borne_permille=borne_permille(r.design, r.form),
        )

    def _chassis(self, r: c.Chassis) -> Item:
        return ChassisItem(
            r.id,
            "chassis",
            r.name,
            tuple(sorted(r.board_forms)),
            r.slot_positions,
            NO_LIMIT_MM if r.max_accelerator_mm is None else floor(r.max_accelerator_mm),
            r.psu_form,
            r.psu_bays,
            r.passive_card_w,
            power=self._constant(r.fans_w),
            space=space(r.rack_units, r.weight_kg, r.depth_mm, r.noise_dba),
        )

    def _nic(self, r: c.Nic) -> Item:
        return NicItem(
            r.id,
            "nic",
            r.name,
            r.network,
            r.speed_gbps,
            r.pcie_lanes,
            power=self._constant(r.power_w),
        )

    def _cable(self, r: c.Cable) -> Item:
        return CableItem(r.id, "cable", r.name, r.network, r.speed_gbps)

    def _switch(self, r: c.Switch) -> Item:
        return SwitchItem(
            r.id,
            "switch",
            r.name,
            r.network,
            r.speed_gbps,
            r.ports,
            power=self._constant(r.power_w),
            space=space(r.rack_units, r.weight_kg, r.depth_mm, r.noise_dba),
        )

    def _cooling(self, r: c.Cooling) -> Item:
        quiet = space(r.rack_units, r.weight_kg, 0, r.noise_dba if r.noise_dba else 0)
        watts = known(r.power_w, "power_w")
        busy = self.duty + (1 - self.duty) * IDLE_HEAT_SHARE
        return CoolingItem(
            r.id,
            "cooling",
            r.name,
            r.heat_removal_w,
            r.kind == "cdu",
            None if r.volts is None else (r.volts, known(r.amps, "amps")),
            space=quiet,
            power=Power(watts, ceil(round(watts * busy, 6)), 0),
        )

    def _strip(self, r: c.Pdu) -> Item:
        nema = r.outlets_nema
        return StripItem(
            r.id,
            "pdu",
            r.name,
            plug=r.plug,
            volts=r.volts,
            amps=r.amps,
            phases=r.phases,
            outlets=(r.outlets_c13 + r.outlets_c19 + nema, r.outlets_c19 + nema),
            space=Space(rack_tenths=ceil(round(r.rack_units * 10, 6))),
        )

    def _ups(self, r: c.Ups) -> Item:
        efficiency = known(r.efficiency, "efficiency")
        carried = min(
            r.power_w, input_watts(r.volts, known(r.input_amps, "input_amps"), efficiency)
        )
        if self.ups_minutes:
            if not r.runtime:
                raise MissingFact("no runtime curve in the catalog")
            points = [(p.load_w, fraction(p.minutes)) for p in r.runtime]
            carried = min(carried, held_watts(points, fraction(self.ups_minutes)))
        lost = ceil(round(r.power_w * (1 / efficiency - 1), 6))
        return UpsItem(
            r.id,
            "ups",
            r.name,
            carried,
            r.power_va,
            r.input_amps or 0,
            floor(round(efficiency * 1000, 6)),
            space=space(r.rack_units, r.weight_kg, r.depth_mm or 0, 0),
            power=Power(lost, lost, lost),
        )


@dataclass(frozen=True, slots=True)
class Inside:
    """What comes inside a platform, added up."""

    accelerators: tuple[tuple[str, int], ...]
    cpus: int
    memory_gib: int
    storage_gb: int
    drives: int
    nic_gbps: int
    lanes: int
    lanes_used: int
    power: Power

    @staticmethod
    def of(platform: c.Platform, facts: Facts) -> Inside:
        """Sum of the included parts. Raises MissingFact when one lacks a fact."""
        accelerators = []
        cpus = memory = storage = drives = nic = lanes = used = 0
        peak = mean = idle = 0
        for part in platform.included:
            n, item = part.quantity, facts.of(part.id)
            if isinstance(item, AcceleratorItem):
                accelerators.append((item.id, n))
                continue
            peak += item.power.peak_w * n
            mean += item.power.average_w * n
            idle += item.power.idle_w * n
            if isinstance(item, CpuItem):
                cpus, lanes = cpus + n, lanes + item.lanes * n
            elif isinstance(item, MemoryItem):
                memory += item.capacity_gib * n
            elif isinstance(item, StorageItem):
                storage += item.capacity_gb * n
                drives, used = drives + n, used + item.lanes * n
            elif isinstance(item, NicItem):
                nic, used = max(nic, item.gbps), used + item.lanes * n
        power = Power(peak, mean, idle)
        return Inside(tuple(accelerators), cpus, memory, storage, drives, nic, lanes, used, power)


def by_voltage(volts: int, at_120: int | None, at_208: int | None, at_240: int | None) -> int:
    """Capacity of a supply at the mains voltage; 0 where it does not start."""
    if volts < 150:
        return known(at_120, "capacity at 120 V")
    return known(at_208 if volts < 220 else at_240, f"capacity at {volts} V")


def space(
    rack_units: float | None, weight_kg: float | None, depth_mm: float | None, dba: float | None
) -> Space:
    """Room of one unit, rounded up. Raises MissingFact."""
    return Space(
        rack_tenths=ceil(round(known(rack_units, "rack_units") * 10, 6)),
        weight_hg=ceil(round(known(weight_kg, "weight_kg") * 10, 6)),
        depth_mm=ceil(known(depth_mm, "depth_mm")),
        noise=noise_energy(known(dba, "noise_dba")) if dba != 0 else 0,
    )
