"""Heat and noise."""

from __future__ import annotations

from math import ceil, floor, log10

BTU_H_PER_W = 3.412
NOISE_SCALE = 1000
"""Sound energies are integers in thousandths of the energy of 0 dB."""


def btu_h(watts: int) -> int:
    """Heat in BTU/h of ``watts`` at the wall (1 W = 3.412 BTU/h)."""
    return round(watts * BTU_H_PER_W)


def noise_energy(dba: float) -> int:
    """Linear sound energy of a source, rounded up: levels add as 10^(L/10)."""
    return ceil(NOISE_SCALE * 10 ** (dba / 10))


def noise_limit_energy(dba: float) -> int:
    """Linear sound energy that a limit allows, rounded down."""
    return floor(NOISE_SCALE * 10 ** (dba / 10))


def noise_dba(energy: float) -> float:
    """dB(A) of a linear sound energy relative to 0 dB, to a tenth; silence is 0."""
    return round(10 * log10(energy), 1) if energy >= 1 else 0.0
