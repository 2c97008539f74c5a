"""Heat, air and noise."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, log10

from optimizer.air import BTU_H_PER_W, exact

NOISE_SCALE = 1000
"""Sound energies are integers in thousandths of the energy of 0 dB."""


def btu_h(watts: int) -> int:
    """Heat in BTU/h of ``watts`` at the wall (1 W = 3.412 BTU/h)."""
    return round(watts * BTU_H_PER_W)


DERATING_FREE_M = 900
DERATING_M_PER_C = 300
"""ASHRAE TC 9.9, classes A1 and A2: 1 C less for each 300 m above 900 m."""
MAX_DISTANCE_DB = 10
"""A few metres on, the sound of a room is the same all over: the most that distance helps indoors.
An estimate."""


def altitude_derating_c(altitude_m: float) -> Fraction:
    """Degrees by which the warmest air allowed is lower up there."""
    return max(Fraction(0), (exact(altitude_m) - DERATING_FREE_M) / DERATING_M_PER_C)


def noise_limit_at_source(limit_dba: float, distance_m: float, barrier_db: float) -> float:
    """The limit at 1 m that keeps ``limit_dba`` at the listener.

    Sound falls by 20 log10(r) in the open (inverse square law), here by ``MAX_DISTANCE_DB`` at
    most, and by what stands between.
    """
    return limit_dba + min(20 * log10(distance_m), MAX_DISTANCE_DB) + barrier_db


def noise_energy(dba: float) -> int:
    """Linear sound energy of a source, rounded up: levels add as 10^(L/10)."""
    return ceil(NOISE_SCALE * 10 ** (dba / 10))


def noise_limit_energy(dba: float) -> int:
    """Linear sound energy that a limit allows, rounded down."""
    return floor(NOISE_SCALE * 10 ** (dba / 10))


def noise_dba(energy: float) -> float:
    """dB(A) of a linear sound energy relative to 0 dB, to a tenth; silence is 0."""
    return round(10 * log10(energy), 1) if energy >= 1 else 0.0
