"""What a node on a way to carry accelerators takes of the room at least, told from the parts alone.

A platform, or a board in some chassis that takes the cards, is a seat. All that is asked of one is
necessary, none of it sufficient: ways without a seat need not be scored, the solver decides about
the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.instance.bodies import Bodies, supply_w
from optimizer.instance.dominance import undominated
from optimizer.instance.draw import ENDLESS, Draw, Room
from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import (
    AcceleratorItem,
    Case,
    Item,
    Limits,
    PlatformItem,
    Space,
    UpsItem,
)
from optimizer.instance.shelves import Shelves
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE
from optimizer.schema.request import Redundancy

NO_SPACE = Space()


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
    liquid: bool
    """Whether water takes heat away."""


class Asked(NamedTuple):
    """What a room asks of each seat; what it does not limit is ENDLESS, and 0 for the air."""

    nodes: int
    supplied: bool
    """Whether the supplies must deliver what is drawn."""
    noise: int
    inlet_tenths: int
    rack_tenths: int
    depth_mm: int
    weight_hg: int

    @classmethod
    def of(
        cls, limits: Limits, nodes: int, without: Collection[str], beside: Space = NO_SPACE
    ) -> Asked:
        """By the limits, where rules ``without`` do not hold; ``beside`` the nodes stands this."""
        noise = None if "noise" in without else limits.noise
        inlet = None if "inlet" in without else limits.inlet_tenths
        rack = (limits.rack_tenths, limits.depth_mm, limits.load_hg, limits.floor_hg)
        tenths, deep, load, floor = (None,) * 4 if "rack" in without else rack
        weights = [w for w in (load, floor) if w is not None]
        return cls(
            nodes,
            "psu" not in without,
            (ENDLESS if noise is None else noise) - beside.noise,
            0 if inlet is None else inlet,
            (ENDLESS if tenths is None else tenths) - beside.rack_tenths,
            ENDLESS if deep is None else deep,
            min(weights, default=ENDLESS) - beside.weight_hg,
        )

    def allows(self, seat: Seat, cards_w: int) -> bool:
        """Whether nodes with cards of so many watts may stand in such seats."""
        short = self.supplied and cards_w + seat.beside_w > seat.supplied_w
        return not short and self.bears(seat.space, seat.max_inlet_tenths)

    def bears(self, space: Space, max_inlet_tenths: int) -> bool:
        """Whether nodes that take so much each, and bear such air, may stand there."""
        nodes = self.nodes
        return (
            space.noise * nodes <= self.noise
            and max_inlet_tenths >= self.inlet_tenths
            and space.rack_tenths * nodes <= self.rack_tenths
            and space.depth_mm <= self.depth_mm
            and space.weight_hg * nodes <= self.weight_hg
        )


def least_beside(limits: Limits, units: Iterable[Item], without: Collection[str]) -> Space:
    """What the uninterruptible supplies that are asked for take of the room at least."""
    found = [u.space for u in units if isinstance(u, UpsItem)]
    if not found or not limits.ups or "ups" in without:
        return NO_SPACE
    return Space(
        rack_tenths=min(s.rack_tenths for s in found),
        weight_hg=min(s.weight_hg for s in found),
        noise=min(s.noise for s in found),
    )


def borne_w(case: Case, limits: Limits, units: Iterable[Item], without: Collection[str]) -> int:
    """The most that a node may draw at the wall by what is bought beside: UPS and cooling."""
    most, drawn = ENDLESS, case.switch_wall_w
    if "cooling" not in without and not limits.extra_cooling:
        most = max(0, limits.heat_removal_w + limits.liquid_removal_w - drawn)
    if limits.ups and "ups" not in without:
        carried = [_carried_w(u, case, limits.max_ups) for u in units if isinstance(u, UpsItem)]
        most = min(most, max(0, max(carried, default=0) - drawn))
    return most // case.nodes


def _carried_w(unit: UpsItem, case: Case, most_units: int) -> int:
    """The most that units of one type carry together, each on a circuit that takes its plug."""
    apt = sorted((b.line_w for b in case.breakers if b.amps >= unit.input_amps), reverse=True)
    each = min(unit.capacity_w, unit.capacity_va * UPS_LOAD_POWER_FACTOR_PERMILLE // 1000)
    return sum(min(each, w * unit.efficiency_permille // 1000) for w in apt[:most_units])


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
                found, lambda s: (s.supplies, s.liquid), _columns, lambda _seat: (0,)
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
                    platform.liquid,
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
                yield watts, together(platform.space, chassis.space)


@dataclass(slots=True)
class Standing:
    """The seats of ways in rooms that ask for the same."""

    seats: Seats
    asked: Asked
    wired: bool
    """Whether lanes must suffice."""
    card: Callable[[str], Item]
    offered: Mapping[HostKey, tuple[int, ...]]
    _known: dict[HostKey, list[Seat]] = field(default_factory=dict)
    _ideal: dict[HostKey, Seat | None] = field(default_factory=dict)

    def of(self, way: Open) -> list[Seat]:
        """Seats that the room allows, under the lowest power cap."""
        known = self._known.get(way.way)
        if known is None:
            card = self.card(way.way.accelerator)
            assert isinstance(card, AcceleratorItem)
            found = self.seats.of(way.way, card, self.offered[way.way], wired=self.wired)
            known = [s for s in found if self.asked.allows(s, way.least_peak_w)]
            self._known[way.way] = known
        return known

    def ideal(self, way: Open) -> Seat | None:
        """A seat that has the best of each; None where the room allows none."""
        if way.way not in self._ideal:
            seats = self.of(way)
            self._ideal[way.way] = _best(seats) if seats else None
        return self._ideal[way.way]

    def bears(self, way: Open, room: Room, *, full_power: bool) -> bool:
        """Whether nodes on a way may stand in some seat: False only if they cannot."""
        watts = way.peak_w if full_power else way.least_peak_w
        return room.carries(watts, way.beside) and any(
            watts + seat.beside_w <= room.load_w(seat.supplies)
            and (not full_power or self.asked.allows(seat, watts))
            for seat in self.of(way)
        )


def _best(seats: list[Seat]) -> Seat:
    spaces = [seat.space for seat in seats]
    return Seat(
        0,
        max(seat.supplied_w for seat in seats),
        min(seat.beside_w for seat in seats),
        max(seat.max_inlet_tenths for seat in seats),
        Space(
            rack_tenths=min(s.rack_tenths for s in spaces),
            weight_hg=min(s.weight_hg for s in spaces),
            depth_mm=min(s.depth_mm for s in spaces),
            noise=min(s.noise for s in spaces),
        ),
        any(seat.liquid for seat in seats),
    )


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


def together(own: Space, body: Space) -> Space:
    """What a board in a chassis takes."""
    return Space(
        rack_tenths=own.rack_tenths + body.rack_tenths,
        weight_hg=own.weight_hg + body.weight_hg,
        depth_mm=max(own.depth_mm, body.depth_mm),
        noise=own.noise + body.noise,
    )
