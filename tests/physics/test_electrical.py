"""Circuits: ratings by hand."""

from __future__ import annotations

import pytest

from optimizer.physics.electrical import continuous_w, line_w


@pytest.mark.parametrize(
    ("volts", "amps", "phases", "share", "reserved", "watts"),
    [
        # NEC 210.20(A): 80 % of the breaker for continuous loads.
        (120, 15, 1, 0.8, 0, 1440),
        (120, 20, 1, 0.8, 0, 1920),
        (240, 30, 1, 0.8, 0, 5760),
        (208, 30, 1, 0.8, 0, 4992),
        # IEC practice: the whole rating.
        (230, 16, 1, 1.0, 0, 3680),
        # Three phases, sqrt(3) x 400 x 32 = 22,170; with 1.732 for the root 22,169.
        (400, 32, 3, 1.0, 0, 22_169),
        (240, 30, 1, 0.8, 760, 5000),
        (120, 15, 1, 0.8, 2000, 0),
        # 12.5 A x 230 V x 0.8 = 2,300; a tenth of an ampere more is rounded down.
        (230, 12.5, 1, 0.8, 0, 2300),
        (230, 12.6, 1, 0.8, 0, 2318),
    ],
)
def test_continuous_watts(
    volts: int, amps: float, phases: int, share: float, reserved: int, watts: int
) -> None:
    assert continuous_w(volts, amps, phases, share, reserved) == watts


@pytest.mark.parametrize(
    ("volts", "amps", "phases", "share", "reserved", "watts"),
    [
        (120, 15, 1, 0.8, 100, 1340),
        # 208 x 60 x 0.8 between two lines.
        (208, 60, 3, 0.8, 0, 9984),
        # 1,732 W spread over three lines take 1,000 off each pair of them.
        (208, 60, 3, 0.8, 1732, 8984),
        # 400 / sqrt 3 = 230.9 V from line to neutral, times 32 A: 7,390.
        (400, 32, 3, 1.0, 0, 7389),
        (400, 32, 3, 1.0, 300, 7289),
        (415, 60, 3, 0.8, 0, 11_500),
    ],
)
def test_watts_of_one_line(
    volts: int, amps: float, phases: int, share: float, reserved: int, watts: int
) -> None:
    assert line_w(volts, amps, phases, share, reserved) == watts
