"""Circuits: what a breaker carries for hours, and how equal supplies spread over circuits."""

from __future__ import annotations

from fractions import Fraction
from math import floor

SQRT3 = Fraction(1732, 1000)
"""Rounded down: a three-phase circuit carries at least this."""


def continuous_w(volts: int, amps: float, phases: int, share: float, reserved_w: int) -> int:
    """Continuous watts a circuit has left, rounded down.

    ``share`` is 0.8 under NEC 210.20(A) and 1.0 under IEC practice. Line-to-line volts for three
    phases (P = sqrt(3) V I).
    """
    factor = SQRT3 if phases == 3 else Fraction(1)
    total = volts * Fraction(repr(amps)) * factor * Fraction(repr(share))
    return max(0, floor(total) - reserved_w)


def largest_equal_share(capacities_w: tuple[int, ...], supplies: int) -> int:
    """The most watts that each of ``supplies`` equal supplies may draw, one circuit each.

    A circuit of capacity C carries floor(C / s) supplies of share s. The number carried falls as s
    grows, so the largest feasible s is one of C // k for some circuit and some k.
    """
    best = 0
    for capacity in set(capacities_w):
        for on_it in range(1, supplies + 1):
            share = capacity // on_it
            if share > best and sum(c // share for c in capacities_w) >= supplies:
                best = share
    return best


def assign_equal(capacities_w: tuple[int, ...], supplies: int, share_w: int) -> tuple[int, ...]:
    """How many supplies go on each circuit, filling the emptiest first; sums to ``supplies``.

    Empty when they do not fit.
    """
    if share_w <= 0:
        return (supplies,) + (0,) * (len(capacities_w) - 1)
    if sum(c // share_w for c in capacities_w) < supplies:
        return ()
    counts = [0] * len(capacities_w)
    for _ in range(supplies):
        free = [c - n * share_w for c, n in zip(capacities_w, counts, strict=True)]
        counts[free.index(max(free))] += 1
    return tuple(counts)


UPS_LOAD_POWER_FACTOR_PERMILLE = 900
"""Server supplies draw at a power factor of 0.95-1.0; 0.9 is the planning value for a UPS."""
