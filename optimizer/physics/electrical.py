"""Circuits: what a breaker carries for hours."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

SQRT3 = Fraction(1732, 1000)
"""Rounded down: a three-phase circuit carries at least this."""
SQRT3_UP = Fraction(17321, 10000)
"""Rounded up, for what is divided by it."""
BETWEEN_LINES_MAX_V = 250
"""Supplies take 200-240 V: at 208 or 240 V from line to line they hang between two lines, at 380 V
and more between a line and neutral."""


def continuous_w(volts: int, amps: float, phases: int, share: float, reserved_w: int) -> int:
    """Continuous watts a circuit has left, rounded down.

    ``share`` is 0.8 under NEC 210.20(A) and 1.0 under IEC practice. Line-to-line volts for three
    phases (P = sqrt(3) V I).
    """
    factor = SQRT3 if phases == 3 else Fraction(1)
    total = volts * Fraction(repr(amps)) * factor * Fraction(repr(share))
    return max(0, floor(total) - reserved_w)


def line_w(volts: int, amps: float, phases: int, share: float, reserved_w: int) -> int:
    """Continuous watts that one line of a circuit has left for supplies on it, rounded down.

    Three phases up to ``BETWEEN_LINES_MAX_V``: supplies hang between two lines, and a line carries
    volts times amperes. Above: between a line and neutral, volts over sqrt(3) times amperes. What
    is reserved is taken to be spread over the lines evenly.
    """
    total = volts * Fraction(repr(amps)) * Fraction(repr(share))
    if phases == 1:
        return max(0, floor(total) - reserved_w)
    if between_lines(volts):
        return max(0, floor(total) - ceil(reserved_w / SQRT3))
    return max(0, floor(total / SQRT3_UP) - ceil(Fraction(reserved_w, 3)))


def between_lines(volts: int) -> bool:
    """Whether supplies on three phases of this voltage hang between two lines, not on neutral."""
    return volts <= BETWEEN_LINES_MAX_V


UPS_LOAD_POWER_FACTOR_PERMILLE = 900
"""Server supplies draw at a power factor of 0.95-1.0; 0.9 is the planning value for a UPS."""
