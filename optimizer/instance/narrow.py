"""An instance restricted to some of its deployments, with only the parts that they can use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from optimizer.instance.items import (
    AcceleratorItem,
    ChassisItem,
    CpuItem,
    Deployment,
    Instance,
    Item,
    MemoryItem,
    PlatformItem,
)


def narrow(instance: Instance, deployments: Iterable[Deployment]) -> Instance:
    """The same question with fewer layouts; unreachable platforms and parts are left out."""
    chosen = list(deployments)
    used = sorted({d.host for d in chosen})
    renumbered = {old: new for new, old in enumerate(used)}
    kept = tuple(replace(d, index=i, host=renumbered[d.host]) for i, d in enumerate(chosen))
    hosts = tuple(replace(instance.hosts[old], index=new) for old, new in renumbered.items())
    platforms = {
        p.id: replace(p, hosts=tuple(renumbered[h] for h in p.hosts if h in renumbered))
        for p in instance.platforms()
        if not renumbered.keys().isdisjoint(p.hosts)
    }
    around = _Around(platforms.values(), [instance.items[h.accelerator] for h in hosts])
    items: dict[str, Item] = {}
    for key, item in instance.items.items():
        if item.kind == "platform":
            if key in platforms:
                items[key] = platforms[key]
        elif _reachable(item, around):
            items[key] = item
    return replace(
        instance,
        items=items,
        purchases=tuple(p for p in instance.purchases if p.component in items),
        hosts=hosts,
        deployments=kept,
    )


class _Around:
    """What platforms and cards have to do with."""

    def __init__(self, platforms: Collection[PlatformItem], cards: Iterable[Item]) -> None:
        self.cards = {card.id for card in cards}
        self.bridges = {card.bridge for card in cards if isinstance(card, AcceleratorItem)}
        self.sockets = {p.socket for p in platforms if p.needs_cpu}
        self.modules = {p.memory_type for p in platforms if p.needs_memory}
        self.boards = {p.board_form for p in platforms if p.board}


def _reachable(item: Item, around: _Around) -> bool:
    if item.kind == "accelerator":
        return item.id in around.cards
    if item.kind == "bridge":
        return item.id in around.bridges
    if isinstance(item, CpuItem):
        return item.socket in around.sockets
    if isinstance(item, MemoryItem):
        return item.memory_type in around.modules
    if isinstance(item, ChassisItem):
        return not around.boards.isdisjoint(item.board_forms)
    return item.kind != "psu" or bool(around.boards)
