"""What is compared with what: signatures and columns of each kind of candidate."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from struct import pack
from typing import Generic, TypeVar

from optimizer.instance.caps import ladder
from optimizer.instance.dominance import undominated
from optimizer.instance.facts import UNKNOWN_MM
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
    StripItem,
    SwitchItem,
    UpsItem,
)
from optimizer.schema.components import Accelerator


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


def prune_items(
    items: list[Item],
    purchases: Iterable[Purchase],
    widths: Collection[int] = (),
    keep: Collection[str] = (),
) -> list[Item]:
    """Components that another of the same kind and fit matches in price and in every use.

    Components with an offer of limited number are not compared. ``widths`` are the lanes of network
    cards that may be bought beside these items. What is in ``keep`` stays.
    """
    offers: dict[str, list[Purchase]] = {}
    for purchase in purchases:
        offers.setdefault(purchase.component, []).append(purchase)

    def comparable(item: Item) -> bool:
        found = () if item.id in keep else offers.get(item.id, ())
        return item.kind in PRUNED_KINDS and bool(found) and all(p.stock is None for p in found)

    cards = sorted({*widths, *(i.lanes for i in items if isinstance(i, NicItem))})
    free = [i for i in items if comparable(i)]
    kept = undominated(
        [Priced(item, offers[item.id]) for item in free],
        lambda c: (c.item.kind, *_fit(c.item)),
        lambda c: c.least + _columns(c.item, cards),
        lambda c: c.order,
        lambda c: c.ways,
    )
    ids = {c.item.id for c in kept}
    return [i for i in items if not comparable(i) or i.id in ids]


def prune_cards(
    cards: Iterable[Accelerator],
    offers: Mapping[str, list[Purchase]],
    listing: Mapping[str, Collection[str]],
    capped: bool = False,
) -> list[str]:
    """Ids of the cards to be bought singly that no other of their kind matches.

    Compared are cards with the same memory, formats and fit, which the same platforms name
    (``listing``). No prediction gets worse with bandwidth or compute, nor with less power. Only a
    lower TCO makes another superfluous: a layout's name holds its card's, so names cannot decide.
    Where they may be ``capped``, only cards with the same steps of power are compared.
    """
    free: list[Accelerator] = []
    kept: list[Accelerator] = []
    for card in cards:
        limited = any(p.stock is not None for p in offers[card.id])
        (kept if limited else free).append(card)
    found = undominated(
        [Priced(card, offers[card.id]) for card in free],
        lambda c: (
            _card_fit(c.item),
            ladder(c.item) if capped else (),
            frozenset(listing.get(c.item.id, ())),
        ),
        lambda c: c.least + _card_columns(c.item),
        lambda c: c.order,
        lambda c: [(tco + 1, capex) for tco, capex in c.offers],
    )
    return [card.id for card in kept] + [c.item.id for c in found]


def _card_fit(card: Accelerator) -> tuple[Hashable, ...]:
    known = (card.bandwidth_gb_s, card.fp8_tflops, card.int8_tops, card.fp4_tflops, card.idle_w)
    return (
        card.vendor,
        card.generation,
        card.interface,
        card.vram_mib,
        card.memory_type,
        card.slot_width,
        card.cooling,
        card.power_connectors,
        card.pcie_generation,
        card.pcie_lanes,
        card.nvlink_gb_s,
        card.bridge,
        card.bridges_per_pair,
        card.peak_over_tdp,
        tuple(figure is None for figure in known),
    )


def _card_columns(card: Accelerator) -> tuple[int, ...]:
    """Less is better in every entry."""
    more = (card.bandwidth_gb_s, card.fp16_tflops, card.fp8_tflops, card.int8_tops, card.fp4_tflops)
    length = UNKNOWN_MM if card.length_mm is None else card.length_mm
    less = (card.tdp_w, card.idle_w, card.weight_kg, length)
    return (*(-_rank(f or 0) for f in more), *(_rank(f or 0) for f in less))


def _rank(figure: float) -> int:
    """An integer in the order of non-negative figures: their bits, read as a whole number."""
    return int.from_bytes(pack(">d", figure), "big")


Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Priced(Generic[Thing]):
    """Something that can be had at one price or at several."""

    item: Thing
    purchases: list[Purchase]

    @property
    def offers(self) -> list[tuple[int, int]]:
        """TCO and capex of every way to get it."""
        return [(p.unit.tco, p.unit.capex) for p in self.purchases]

    @property
    def least(self) -> tuple[int, int]:
        """What no way to get it undercuts."""
        offers = self.offers
        return (min(t for t, _ in offers), min(c for _, c in offers))

    @property
    def order(self) -> tuple[int, ...]:
        """The first of its ways in the order of tie-breaks."""
        return min((p.unit.tco, p.unit.capex, p.name_weight) for p in self.purchases)

    @property
    def ways(self) -> list[tuple[int, int]]:
        """What beats others: any one way. Of several, each must be strictly cheaper."""
        strict = int(len(self.purchases) > 1)
        return [(tco + strict, capex) for tco, capex in self.offers]


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
    "pdu",
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
        return (item.liquid, item.plug)
    if isinstance(item, UpsItem):
        return (item.input_amps,)
    if isinstance(item, StripItem):
        return (item.plug, item.phases, item.volts)
    return ()


def _columns(item: Item, widths: Collection[int]) -> tuple[int, ...]:
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
            int(item.inlet == "c20"),
            -item.borne_permille,
            *wide,
        )
    elif isinstance(item, CpuItem):
        own = (-item.lanes, item.tdp_w)
    elif isinstance(item, MemoryItem):
        own = (-item.capacity_gib,)
    elif isinstance(item, StorageItem):
        own = (-item.capacity_gb, item.lanes)
    elif isinstance(item, PsuItem):
        own = (
            -item.capacity_w,
            -item.borne_permille,
            int(item.inlet == "c20"),
            *(-n for n in item.connectors),
        )
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
        own = (-item.capacity_w, -item.capacity_va, -item.efficiency_permille)
    elif isinstance(item, StripItem):
        own = (-_rank(item.amps), *(-n for n in item.outlets))
    return own + _room(item)
