"""Uninterruptible supplies: what a unit carries, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor

from optimizer.physics.circuits import Breaker, feeds_of, halves
from optimizer.schema.request import Redundancy

NEC_SHARE = Fraction(8, 10)
IEC_MIN_V = 220
"""A unit for 220 V and more draws its plug's full rating for hours, any other 80 % of it."""


def held_watts(points: Iterable[tuple[int, Fraction]], minutes: Fraction) -> int:
    """Watts that a unit carries for ``minutes``, from (load in watts, minutes) of its curve.

    A battery gives the more energy the less is asked of it, so that between two points it gives at
    least the energy of the one at the higher load (Peukert). Nothing is carried beyond the last
    point, and no rating is looked at. Rounded down; 0 where no point reaches so far.
    """
    return max(
        (min(load, floor(load * time / minutes)) if minutes else load for load, time in points),
        default=0,
    )


def held_minutes(points: Iterable[tuple[int, Fraction]], watts: int) -> Fraction:
    """Minutes that a unit carries ``watts``, on the same ground; 0 beyond its last point."""
    if watts <= 0:
        raise ValueError(f"a load of {watts} W; give more than nothing")
    return max((load * time / watts for load, time in points if load >= watts), default=Fraction(0))


def input_watts(volts: int, amps: float, efficiency: float) -> int:
    """Watts at its outlets for which a unit's own plug draws no more than it may for hours."""
    share = Fraction(1) if volts >= IEC_MIN_V else NEC_SHARE
    return floor(volts * Fraction(repr(amps)) * share * Fraction(repr(efficiency)))


def circuits_behind(
    breakers: Sequence[Breaker], amps: float, units: int, redundancy: Redundancy
) -> tuple[int, ...]:
    """Which circuits so many units plug into, one each: the strongest that take their plug.

    Where a feed may be lost (2n), half of them on either feed. Empty where they find no place.
    """
    apt = sorted((-b.line_w, i) for i, b in enumerate(breakers) if b.amps >= amps)
    if redundancy != "2n":
        return tuple(sorted(i for _, i in apt[:units])) if len(apt) >= units else ()
    feeds = feeds_of(breakers)
    if len(feeds) != 2 or units % 2:
        return ()
    chosen: list[int] = []
    for feed in feeds:
        own = [i for _, i in apt if breakers[i].feed == feed][: units // 2]
        if len(own) < units // 2:
            return ()
        chosen += own
    return tuple(sorted(chosen))


def burdens(
    units: int, nodes: int, supplies: int, redundancy: Redundancy
) -> tuple[tuple[int, int], ...]:
    """(supplies on the fullest unit, supplies that share a node's load), each of which must hold.

    Supplies are spread evenly over the units. With one of each node lost (n+1) the rest share its
    load, and the fullest unit may have lost none, unless there is but one. On two feeds (2n) either
    half of the supplies carries it alone, on half of the units. Empty where that cannot be.
    """
    if redundancy == "none":
        return ((-(-nodes * supplies // units), supplies),)
    if redundancy == "n+1":
        rest = supplies - 1
        most = nodes * rest if units == 1 else -(-nodes * supplies // units)
        return ((most, rest),) if rest else ()
    split = halves(supplies)
    if units % 2 or not split:
        return ()
    return tuple(sorted({(-(-nodes * n // (units // 2)), n) for pair in split for n in pair}))
