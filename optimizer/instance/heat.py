"""Whether a build could be too warm for its room without bought cooling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from optimizer.instance.items import (
    CoolingItem,
    CpuItem,
    Instance,
    Item,
    MemoryItem,
    PlatformItem,
)
from optimizer.physics.power import EFFICIENCY, input_range, peak_milliwatts_per_watt, wall_w

MAX_SUPPLIES = 12


def without_needless_cooling(instance: Instance) -> Instance:
    """The instance without coolers where no build needs one.

    They cost money and make noise, so that no answer holds one that the room does not need. Not for
    questions about heat itself.
    """
    if may_overheat(instance):
        return instance
    items = {i: item for i, item in instance.items.items() if item.kind != "cooling"}
    bought = tuple(p for p in instance.purchases if p.kind != "cooling")
    return replace(instance, items=items, purchases=bought)


def may_overheat(instance: Instance) -> bool:
    """Whether some build could make more heat than the room removes: an upper bound decides."""
    case, limits = instance.case, instance.limits
    if limits.ups:
        return True  # its losses warm the room too
    losses = EFFICIENCY[input_range(case.volts)]
    milli = max(peak_milliwatts_per_watt(e, case.volts) for e in losses)
    cards = max((d.power.peak_w for d in instance.deployments), default=0)
    most = _hungriest(instance.items.values())
    for platform in instance.platforms():
        heat = wall_w(cards + _load(platform, most), milli) * case.nodes
        if heat + case.switch_wall_w > limits.heat_removal_w:
            return True
        if platform.liquid and heat > limits.liquid_removal_w:
            return True
    return False


def _hungriest(items: Iterable[Item]) -> dict[tuple[str, str], int]:
    """(Kind, what it fits) -> the most watts that one unit draws."""
    most: dict[tuple[str, str], int] = {}
    for item in items:
        fits = ""
        if isinstance(item, CpuItem):
            fits = item.socket
        elif isinstance(item, MemoryItem):
            fits = item.memory_type
        key = (item.kind, fits)
        most[key] = max(most.get(key, 0), item.power.peak_w)
    return most


def _load(platform: PlatformItem, most: dict[tuple[str, str], int]) -> int:
    """Watts of a platform with the hungriest parts that may be bought for it."""
    parts = [
        ("cpu", platform.socket, platform.sockets * platform.needs_cpu),
        ("memory", platform.memory_type, platform.dimm_slots * platform.needs_memory),
        ("storage", "", platform.nvme_bays),
        ("chassis", "", 1),
        ("nic", "", 1),
        ("psu", "", MAX_SUPPLIES),
    ]
    beside = sum(count * most.get((kind, fits), 0) for kind, fits, count in parts)
    return platform.power.peak_w + beside


def room_heat_w(item: Item) -> int:
    """Watts that a part bought for the site leaves in the room; what cools the air leaves none."""
    outside = isinstance(item, CoolingItem) and not item.liquid
    return 0 if outside or item.kind == "switch" else item.power.peak_w
