"""Lower bounds of a goal for a way to carry accelerators: told before any layout is scored.

Each holds for every build on the way, whatever is bought for its case: cases that differ in their
circuits, or in switches of one speed, share them. A search leaves out the ways
that cannot reach what it has, and does not have to know how fast they would be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from optimizer.instance.compile import Compiler
from optimizer.instance.draw import ENDLESS, least_milliwatts_per_watt
from optimizer.instance.filters import Open
from optimizer.instance.items import Case, Limits, Space
from optimizer.instance.reach import MILLION, Key, Rate
from optimizer.instance.seats import Seat


@dataclass(frozen=True, slots=True)
class Setting:
    """A case under limits, where rules ``without`` do not hold; its ways know that already.

    ``sharp`` bounds are better, and take some effort.
    """

    compiler: Compiler
    case: Case
    limits: Limits
    without: Collection[str]
    sharp: bool = False


WayBound: TypeAlias = Callable[[Open], int]
WayBounds: TypeAlias = Callable[[Setting], WayBound]
Column: TypeAlias = Callable[[Space], int]
Taken: TypeAlias = Callable[[Setting, Open, Seat], int]
"""What all nodes on a way take of something, each in such a seat."""


def least_capex(_at: Setting) -> WayBound:
    """Cents paid at the start, switch and new circuits not counted."""
    return lambda way: way.capex


def least_tco(_at: Setting) -> WayBound:
    """Cents over the horizon, switch and new circuits not counted."""
    return lambda way: way.tco


def most_rate(rate: Rate) -> WayBounds:
    """A rate, with its sign turned."""

    def of(at: Setting) -> WayBound:
        reach, nodes, gbps = at.compiler.reach, at.case.nodes, at.case.network_gbps
        if at.sharp:
            return lambda way: -reach.filled(reach.key(way.way), nodes, gbps, rate)
        return lambda way: -reach.ceiling(reach.key(way.way), nodes, rate)

    return of


def soonest(at: Setting) -> WayBound:
    """Microseconds to the first token."""
    prompts = most_rate("prompt")(at)
    return lambda way: MILLION * MILLION // max(1, -prompts(way))


def may_serve(at: Setting) -> Callable[[Open], bool]:
    """Whether any layout on a way may meet the service targets, where those hold."""
    limits, targets = at.limits, []
    if "targets" not in at.without:
        if limits.min_output_milli:
            targets.append((most_rate("output")(at), -limits.min_output_milli))
        if limits.min_user_milli:
            targets.append((most_rate("user")(at), -limits.min_user_milli))
        if limits.max_ttft_us is not None:
            targets.append((soonest(at), limits.max_ttft_us))
    return lambda way: all(bound(way) <= most for bound, most in targets)


def least_overflow(at: Setting) -> WayBound:
    """MiB that all accelerators together lack."""
    reach, nodes = at.compiler.reach, at.case.nodes
    known: dict[Key, int] = {}

    def bound(way: Open) -> int:
        key = reach.key(way.way)
        if key not in known:
            lacking = (fit.need_mib - fit.use.usable_mib for fit in reach.fits(key, nodes))
            known[key] = max(0, min(lacking, default=ENDLESS))
        return known[key] * way.way.count * nodes

    return bound


def least_watts(at: Setting) -> WayBound:
    """Peak watts at the wall: what the accelerators alone draw."""
    return lambda way: way.least_peak_w * at.case.nodes


def least_seat(taken: Taken) -> WayBounds:
    """What nodes take of the room, in seats that would take the least of everything."""

    def of(at: Setting) -> WayBound:
        ideal = at.compiler.standing(at.case, at.limits, at.without).ideal

        def bound(way: Open) -> int:
            seat = ideal(way)
            return ENDLESS if seat is None else taken(at, way, seat)

        return bound

    return of


def least_space(column: Column) -> WayBounds:
    """What all nodes take up of the room together."""
    return least_seat(lambda at, _way, seat: column(seat.space) * at.case.nodes)


def heat_in_air(at: Setting, way: Open, seat: Seat) -> int:
    """Watts that all nodes give to the air at least."""
    if seat.liquid:
        return 0
    wall = (way.least_peak_w + seat.beside_w) * least_milliwatts_per_watt(at.case.volts)
    return wall // 1000 * at.case.nodes


def heat_for_room(at: Setting, way: Open, seat: Seat) -> int:
    """The same of what no cooling can be bought for."""
    return 0 if at.limits.extra_cooling else heat_in_air(at, way, seat)
