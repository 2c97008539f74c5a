"""An instance restricted to some of its deployments, with only the parts that they can use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from optimizer.instance.items import CpuItem, Deployment, Instance, Item, MemoryItem, PlatformItem


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
    cards = {host.accelerator for host in hosts}
    items: dict[str, Item] = {}
    for key, item in instance.items.items():
        if item.kind == "platform":
            if key in platforms:
                items[key] = platforms[key]
        elif _reachable(item, platforms.values(), cards):
            items[key] = item
    return replace(
        instance,
        items=items,
        purchases=tuple(p for p in instance.purchases if p.component in items),
        hosts=hosts,
        deployments=kept,
    )


def _reachable(item: Item, platforms: Collection[PlatformItem], cards: set[str]) -> bool:
    if item.kind == "accelerator":
        return item.id in cards
    if isinstance(item, CpuItem):
        return any(p.needs_cpu and p.socket == item.socket for p in platforms)
    if isinstance(item, MemoryItem):
        return any(p.needs_memory and p.memory_type == item.memory_type for p in platforms)
    if item.kind in ("chassis", "psu"):
        return any(p.board for p in platforms)
    return True
