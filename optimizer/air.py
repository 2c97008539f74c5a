"""What air carries: heat against flow, rise and altitude, and the units of heat."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

BTU_H_PER_W = 3.412
BTU_H_PER_TON = 12_000
"""A ton of refrigeration (3.517 kW)."""
AIR_FACTOR = Fraction(1085, 1000)
"""BTU/h that one CFM of air at sea level carries per degree Fahrenheit: CFM = BTU/h / (1.085 dT).
Sources give 1.08 to 1.085 (insidehpc.com, 2011-04; bearingsasia.com, 2009)."""
ROOM_W_PER_M3_H_C = Fraction(335, 1000)
"""Watts that a cubic metre of air an hour takes along per degree: 1.2 kg x 1,005 J / 3,600 s."""


def pressure_ratio(altitude_m: float) -> Fraction:
    """Air pressure over that at sea level (ICAO standard atmosphere), to a thousandth, down."""
    ratio = (1 - 2.25577e-5 * altitude_m) ** 5.25588
    return Fraction(floor(ratio * 1000), 1000)


def air_watts(cfm: float, rise_c: float, altitude_m: float = 0) -> int:
    """Watts that an airflow carries away while it warms up by ``rise_c``, rounded down."""
    fahrenheit = exact(rise_c) * Fraction(9, 5)
    btu = exact(cfm) * AIR_FACTOR * fahrenheit * pressure_ratio(altitude_m)
    return floor(btu / exact(BTU_H_PER_W))


def air_cfm(watts: int, rise_c: float, altitude_m: float = 0) -> int:
    """Cubic feet a minute that carry ``watts`` away at this rise, rounded up."""
    fahrenheit = exact(rise_c) * Fraction(9, 5)
    per_cfm = AIR_FACTOR * fahrenheit * pressure_ratio(altitude_m)
    return ceil(watts * exact(BTU_H_PER_W) / per_cfm)


def room_watts(volume_m3: float, changes_per_h: float, rise_c: float) -> int:
    """Watts that a room's change of air takes away at this rise, walls not counted, down."""
    flow = exact(volume_m3) * exact(changes_per_h)
    return floor(ROOM_W_PER_M3_H_C * flow * exact(rise_c))


def exact(value: float) -> Fraction:
    """The fraction that the shortest decimal of ``value`` denotes."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
