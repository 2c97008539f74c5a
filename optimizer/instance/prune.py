"""What is compared with what: signatures and columns of each kind of candidate."""

from __future__ import annotations

from collections.abc import Hashable

from optimizer.instance.dominance import undominated
from optimizer.instance.items import (
    CableItem,
    ChassisItem,
    CoolingItem,
    CpuItem,
    Deployment,
    Item,
    MemoryItem,
    NicItem,
    PlatformItem,
    PsuItem,
    Purchase,
    StorageItem,
    SwitchItem,
    UpsItem,
)


def prune_purchases(purchases: list[Purchase]) -> list[Purchase]:
    """Conditions of one component that another condition matches in capex and in TCO.

    Offers of limited number are always kept: they cannot make another superfluous.
    """
    free = [p for p in purchases if p.stock is None]
    kept = undominated(
        free,
        lambda p: p.component,
        lambda p: (p.unit.tco, p.unit.capex),
        lambda p: (p.unit.tco, p.unit.capex, p.name_weight),
    )
    return [p for p in purchases if p.stock is not None] + kept


def prune_deployments(deployments: list[Deployment]) -> list[Deployment]:
    """Serving layouts on the same host that another layout matches in everything."""
    return undominated(
        deployments,
        lambda d: d.host,
        lambda d: (
            max(0, d.vram_need_mib - d.vram_usable_mib),
            d.system_memory_gib,
            d.storage_gb,
            d.bridges,
            d.power.peak_w,
            d.power.average_w,
            -d.output_milli,
            -d.user_milli,
            d.ttft_us,
        ),
        lambda d: (-d.output_milli, -d.user_milli, d.name_weight),
    )


def prune_items(items: list[Item], purchases: list[Purchase]) -> list[Item]:
    """Components that another of the same kind and fit matches in price and in every use.

    Only components with exactly one purchase of unlimited number are compared.
    """
    offers: dict[str, list[Purchase]] = {}
    for purchase in purchases:
        offers.setdefault(purchase.component, []).append(purchase)

    def comparable(item: Item) -> bool:
        found = offers.get(item.id, [])
        return len(found) == 1 and found[0].stock is None and item.kind in PRUNED_KINDS

    def order(item: Item) -> tuple[int, ...]:
        unit = offers[item.id][0]
        return (unit.unit.tco, unit.unit.capex, unit.name_weight)

    widths = sorted({i.lanes for i in items if isinstance(i, NicItem)})

    def columns(item: Item) -> tuple[int, ...]:
        return order(item)[:2] + _columns(item, widths)

    free = [i for i in items if comparable(i)]
    kept = {i.id for i in undominated(free, lambda i: (i.kind, *_fit(i)), columns, order)}
    return [i for i in items if not comparable(i) or i.id in kept]


PRUNED_KINDS = (
    "platform",
    "cpu",
    "memory",
    "storage",
    "psu",
    "chassis",
    "nic",
    "cable",
    "ups",
    "cooling",
    "switch",
)


def _room(item: Item) -> tuple[int, ...]:
    s, p = item.space, item.power
    return (p.peak_w, p.average_w, s.rack_tenths, s.weight_hg, s.depth_mm, s.noise)


def _fit(item: Item) -> tuple[Hashable, ...]:
    """What decides which neighbours an item fits."""
    if isinstance(item, PlatformItem):
        return (
            item.board,
            item.board_form,
            item.hosts,
            item.accelerators_included,
            item.needs_cpu,
            item.socket,
            item.sockets,
            item.needs_memory,
            item.memory_type,
            item.memory_channels,
            item.dimm_slots,
            item.host_lanes is None,
            item.supplies,
            item.efficiency,
            item.liquid,
        )
    if isinstance(item, CpuItem):
        return (item.socket, item.max_sockets)
    if isinstance(item, MemoryItem):
        return (item.memory_type,)
    if isinstance(item, PsuItem):
        return (item.form, item.efficiency)
    if isinstance(item, ChassisItem):
        return (item.board_forms, item.psu_form)
    if isinstance(item, NicItem | CableItem):
        return (item.network,)
    if isinstance(item, SwitchItem):
        return (item.network, item.gbps)
    if isinstance(item, CoolingItem):
        return (item.liquid,)
    return ()


def _columns(item: Item, widths: list[int]) -> tuple[int, ...]:
    """Less is better in every entry; every fact a rule reads is here or in the signature.

    ``widths`` are the lanes of the network cards in play: slots are counted at those.
    """
    own: tuple[int, ...] = ()
    if isinstance(item, PlatformItem):
        wide = tuple(-sum(n for lanes, n in item.slots if lanes >= w) for w in widths)
        own = (
            -item.max_cpu_tdp_w,
            -item.memory_included_gib,
            -item.storage_included_gb,
            -(item.host_lanes or 0),
            item.lanes_reserved,
            -item.nvme_bays,
            -item.nic_included_gbps,
            -item.slot_gbps,
            -item.max_inlet_tenths,
            -item.supply_capacity_w,
            -item.supply_capacity_redundant_w,
            -item.supply_capacity_halved_w,
            *wide,
        )
    elif isinstance(item, CpuItem):
        own = (-item.lanes, item.tdp_w)
    elif isinstance(item, MemoryItem):
        own = (-item.capacity_gib,)
    elif isinstance(item, StorageItem):
        own = (-item.capacity_gb, item.lanes)
    elif isinstance(item, PsuItem):
        own = (-item.capacity_w, *(-n for n in item.connectors))
    elif isinstance(item, ChassisItem):
        own = (
            -item.slot_positions,
            -item.max_accelerator_mm,
            -item.psu_bays,
            -item.passive_w,
        )
    elif isinstance(item, NicItem | CableItem):
        own = (-item.gbps, item.lanes if isinstance(item, NicItem) else 0)
    elif isinstance(item, SwitchItem):
        own = (-item.ports,)
    elif isinstance(item, CoolingItem):
        own = (-item.removal_w,)
    elif isinstance(item, UpsItem):
        own = (-item.capacity_w, -item.capacity_va)
    return own + _room(item)
