"""The parts of a request at one voltage, found by what they fit, and instances made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from optimizer.instance.hosting import HostKey
from optimizer.instance.items import (
    AcceleratorItem,
    CableItem,
    Case,
    CpuItem,
    Deployment,
    HostClass,
    Instance,
    Item,
    MemoryItem,
    NicItem,
    PlatformItem,
    Purchase,
    SwitchItem,
)

Purchases = Mapping[str, Sequence[Purchase]]
Offered = Mapping[HostKey, tuple[int, ...]]
"""Way to carry accelerators -> the groups of platforms that offer it."""


@dataclass(slots=True)
class Shelves:
    """Pruned parts but accelerators and network. A platform's ``hosts`` hold its group's number."""

    parts: dict[str, Item]
    groups: dict[int, list[PlatformItem]] = field(default_factory=dict)
    sockets: dict[str, list[CpuItem]] = field(default_factory=dict)
    modules: dict[str, list[MemoryItem]] = field(default_factory=dict)
    bodies: list[Item] = field(default_factory=list)
    """Chassis and supplies, which boards need."""
    others: list[Item] = field(default_factory=list)

    @classmethod
    def of(cls, items: Iterable[Item]) -> Shelves:
        """Shelves of these parts."""
        made = cls({item.id: item for item in items})
        for item in made.parts.values():
            if isinstance(item, PlatformItem):
                made.groups.setdefault(item.hosts[0], []).append(item)
            elif isinstance(item, CpuItem):
                made.sockets.setdefault(item.socket, []).append(item)
            elif isinstance(item, MemoryItem):
                made.modules.setdefault(item.memory_type, []).append(item)
            else:
                body = item.kind in ("chassis", "psu")
                (made.bodies if body else made.others).append(item)
        return made

    def platforms(self) -> list[PlatformItem]:
        """Every platform."""
        return [p for group in self.groups.values() for p in group]

    def around(self, platforms: Iterable[PlatformItem]) -> list[Item]:
        """Everything that may be bought for one of these platforms."""
        chosen = list(platforms)
        sockets = sorted({p.socket for p in chosen if p.needs_cpu})
        types = sorted({p.memory_type for p in chosen if p.needs_memory})
        found: list[Item] = [*chosen, *self.others]
        found += [cpu for socket in sockets for cpu in self.sockets.get(socket, ())]
        found += [module for kind in types for module in self.modules.get(kind, ())]
        return found + (self.bodies if any(p.board for p in chosen) else [])


def assemble(
    empty: Instance,
    case: Case,
    shelves: Shelves,
    offered: Offered,
    made: Mapping[HostKey, Sequence[Deployment]],
    extra: Sequence[Item],
    purchases: Purchases,
    keep: Callable[[PlatformItem], bool] = lambda _p: True,
) -> Instance:
    """``empty`` with these layouts, and only the parts that they can use.

    ``extra`` are accelerators and network parts; ``keep`` leaves platforms out.
    """
    ways = sorted(key for key, found in made.items() if found)
    hosts: dict[int, list[int]] = {}
    for index, way in enumerate(ways):
        for group in offered[way]:
            hosts.setdefault(group, []).append(index)
    platforms = []
    for group, indices in sorted(hosts.items()):
        shared = tuple(indices)
        kept = (p for p in shelves.groups.get(group, ()) if keep(p))
        platforms += [replace(p, hosts=shared) for p in kept]
    bridges = {card.bridge for card in extra if isinstance(card, AcceleratorItem)}
    around = [i for i in shelves.around(platforms) if i.kind != "bridge" or i.id in bridges]
    items = [*around, *extra] if platforms else []
    found = {item.id: item for item in sorted(items, key=lambda i: i.id)}
    bought = (p for i in found for p in purchases.get(i, ()))
    layouts = [replace(d, host=at) for at, way in enumerate(ways) for d in made[way]]
    return replace(
        empty,
        case=case,
        items=found,
        purchases=tuple(sorted(bought, key=lambda p: p.key)),
        hosts=tuple(host_class(at, way) for at, way in enumerate(ways)),
        deployments=tuple(replace(d, index=at) for at, d in enumerate(layouts)),
    )


def host_class(index: int, key: HostKey) -> HostClass:
    """A way to carry accelerators, numbered within an instance."""
    return HostClass(
        index,
        key.accelerator,
        key.count,
        key.fabric,
        key.link_gb_s,
        key.lanes_per_accelerator,
        key.board,
    )


def joins(item: Item, switch: SwitchItem, case: Case) -> bool:
    """Whether an item is a card or cable of the switch's network and the case's speed."""
    if not isinstance(item, NicItem | CableItem):
        return False
    return item.network in ("vpi", switch.network) and item.gbps >= case.network_gbps
