"""Which platforms carry which accelerators, for many of both.

Platforms that take the same cards in the same ways form a group, and so do cards that fit the same
platforms in the same ways: what fits is worked out once per pair of groups.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from optimizer.instance.hosting import HostKey, hosts_of, plugs
from optimizer.schema.components import Accelerator, Platform


@dataclass(frozen=True, slots=True)
class Carriers:
    """Platform -> its group; group -> the ways in which its platforms carry accelerators."""

    group: dict[str, int] = field(default_factory=dict)
    ways: list[tuple[HostKey, ...]] = field(default_factory=list)

    def offered(self) -> dict[HostKey, tuple[int, ...]]:
        """Way -> the groups that offer it; ways that the same groups offer share their tuple."""
        found: dict[HostKey, list[int]] = {}
        for group, keys in enumerate(self.ways):
            for key in keys:
                found.setdefault(key, []).append(group)
        one: dict[tuple[int, ...], tuple[int, ...]] = {}
        made = ((key, tuple(groups)) for key, groups in found.items())
        return {key: one.setdefault(groups, groups) for key, groups in made}


def carriers(
    platforms: Iterable[Platform],
    cards: Mapping[str, Accelerator],
    bought: Collection[str],
    kinds: Mapping[str, str],
) -> Carriers:
    """Ways for every platform that carries some of ``cards``.

    ``bought`` are the cards that can be had singly; a platform that has cards inside carries those
    alone. ``kinds`` tell what is a card.
    """
    made = Carriers()
    singly = list(_alike(cards[i] for i in sorted(bought) if i in cards).values())
    known: dict[Hashable, int | None] = {}
    numbers: dict[tuple[Together, ...], int] = {}
    for platform in platforms:
        inside = tuple(p.id for p in platform.included if kinds[p.id] == "accelerator")
        shape = _shape(platform, inside)
        if shape not in known:
            if inside or platform.accelerators is not None:
                named = inside or [i for i in platform.accelerators or () if i in bought]
                held = [[cards[i]] for i in sorted(set(named)) if i in cards]
            else:
                held = singly
            found = tuple(_together(platform, held))
            known[shape] = numbers.setdefault(found, len(numbers)) if found else None
            if found and len(made.ways) < len(numbers):
                made.ways.append(tuple(way for each in found for way in _each(*each)))
        group = known[shape]
        if group is not None:
            made.group[platform.id] = group
    return made


Together = tuple[HostKey, tuple[str, ...]]
"""A way to carry the first of some cards, and all that the same holds for."""


def _together(platform: Platform, groups: Iterable[list[Accelerator]]) -> Iterator[Together]:
    """Ways in which a platform carries cards, of which those in one group are alike."""
    for alike in groups:
        for way in hosts_of(platform, alike[0]):
            yield way, tuple([card.id for card in alike])


def _each(way: HostKey, cards: tuple[str, ...]) -> Iterator[HostKey]:
    rest = (way.count, way.fabric, way.link_gb_s, way.lanes_per_accelerator, way.board)
    return (HostKey(card, *rest) for card in cards)


def _shape(platform: Platform, inside: tuple[str, ...]) -> Hashable:
    """Everything that :func:`optimizer.instance.hosting.hosts_of` reads of a platform."""
    return (
        platform.interface,
        platform.kind == "board",
        platform.accelerators,
        platform.accelerator_counts,
        platform.max_slot_width,
        platform.max_accelerator_w,
        platform.pcie_generation,
        platform.accelerator_link_lanes,
        platform.lanes_per_accelerator,
        platform.fabric,
        platform.bridges_fit,
        platform.passive_airflow,
        plugs(platform.power_connectors),
        tuple(p for p in platform.included if p.id in inside),
    )


def _alike(cards: Iterable[Accelerator]) -> dict[Hashable, list[Accelerator]]:
    """Cards by everything that :func:`optimizer.instance.hosting.hosts_of` reads of one."""
    found: dict[Hashable, list[Accelerator]] = {}
    for card in cards:
        shape = (
            card.interface,
            card.slot_width,
            card.tdp_w,
            card.cooling,
            plugs(card.power_connectors),
            card.pcie_generation,
            card.pcie_lanes,
            card.nvlink_gb_s,
            card.bridge is not None,
        )
        found.setdefault(shape, []).append(card)
    return found
