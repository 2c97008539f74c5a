"""Uninterruptible supplies: what a unit carries, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor

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
