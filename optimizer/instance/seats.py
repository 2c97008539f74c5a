"""What a node on a way to carry accelerators takes of the room at least, told from the parts alone.

A platform, or a board in some chassis that takes the cards, is a seat. All that is asked of one is
necessary, none of it sufficient: ways without a seat need not be scored, the solver decides about
the others.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.instance.bodies import Bodies, supply_w
from optimizer.instance.dominance import undominated
from optimizer.instance.draw import Draw, Room
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import AcceleratorItem, ChassisItem, Limits, PlatformItem, Space
from optimizer.instance.shelves import Shelves
from optimizer.schema.request import Redundancy


class Seat(NamedTuple):
    """One place for the cards of a node."""

    supplies: int
    """0: any number, those of a chassis."""
    supplied_w: int
    """What they deliver after the loss, headroom taken off."""
    beside_w: int
    """What the node draws beside its cards at least."""
    max_inlet_tenths: int
    space: Space

    def holds(
        self, cards_w: int, limits: Limits, room: Room, without: Collection[str] = ()
    ) -> bool:
        """Whether nodes with cards of so many watts may stand there, where rules do not hold."""
        space, load, nodes = self.space, cards_w + self.beside_w, room.case.nodes
        return (
            ("psu" in without or load <= self.supplied_w)
            and ("circuits" in without or load <= room.load_w(self.supplies))
            and ("noise" in without or limits.noise is None or space.noise * nodes <= limits.noise)
            and (
                "inlet" in without
                or limits.inlet_tenths is None
                or self.max_inlet_tenths >= limits.inlet_tenths
            )
            and ("rack" in without or _in_rack(space, limits, nodes))
        )


def _in_rack(space: Space, limits: Limits, nodes: int) -> bool:
    weight = space.weight_hg * nodes
    return (
        space.rack_tenths * nodes <= limits.rack_tenths
        and space.depth_mm <= limits.depth_mm
        and weight <= limits.load_hg
        and (limits.floor_hg is None or weight <= limits.floor_hg)
    )


@dataclass(slots=True)
class Seats:
    """The seats that some parts make, for each way; worked out when asked for."""

    shelves: Shelves
    redundancy: Redundancy
    headroom_permille: int
    _bodies: Bodies = field(init=False)
    _draw: Draw = field(init=False)
    _known: dict[Hashable, list[Seat]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = self.shelves.parts.values()
        self._bodies, self._draw = Bodies.of(parts, self.redundancy), Draw.of(parts)

    def of(
        self, way: HostKey, card: AcceleratorItem, groups: tuple[int, ...], *, wired: bool
    ) -> list[Seat]:
        """Seats that no other matches; ``wired``: lanes must suffice."""
        body = (card.slot_width, card.length_mm, card.passive and card.power.peak_w)
        key = (groups, body, card.connectors, way.count, wired and way.lanes_per_accelerator)
        if key not in self._known:
            found = [s for g in groups for s in self._on_group(g, way, card, wired)]
            self._known[key] = undominated(
                found, lambda s: s.supplies, _columns, lambda _seat: (0,)
            )
        return self._known[key]

    def _on_group(
        self, group: int, way: HostKey, card: AcceleratorItem, wired: bool
    ) -> Iterator[Seat]:
        for platform in self.shelves.groups.get(group, ()):
            lanes = way.lanes_per_accelerator * way.count + platform.lanes_reserved
            if wired and lanes > self._bodies.lanes_of(platform):
                continue
            for supplied, space in self._around(platform, way, card, wired):
                yield Seat(
                    0 if platform.board else platform.supplies,
                    supplied * (1000 - self.headroom_permille) // 1000,
                    self._draw.least_w(platform),
                    platform.max_inlet_tenths,
                    space,
                )

    def _around(
        self, platform: PlatformItem, way: HostKey, card: AcceleratorItem, wired: bool
    ) -> Iterator[tuple[int, Space]]:
        """Watts and room of a platform, or of a board in each chassis that takes the cards."""
        if not platform.board:
            yield supply_w(platform, self.redundancy), platform.space
            return
        for chassis in self._bodies.taking(platform, card, way.count, placed=wired):
            watts = self._bodies.strongest_w(chassis, platform, card, way.count)
            if watts >= 0:
                yield watts, _together(platform, chassis)


def _columns(seat: Seat) -> tuple[int, ...]:
    """Less is better in every entry."""
    space = seat.space
    return (
        -seat.supplied_w,
        seat.beside_w,
        -seat.max_inlet_tenths,
        space.noise,
        space.rack_tenths,
        space.depth_mm,
        space.weight_hg,
    )


def _together(platform: PlatformItem, chassis: ChassisItem) -> Space:
    own, body = platform.space, chassis.space
    return Space(
        rack_tenths=own.rack_tenths + body.rack_tenths,
        weight_hg=own.weight_hg + body.weight_hg,
        depth_mm=max(own.depth_mm, body.depth_mm),
        noise=own.noise + body.noise,
    )
