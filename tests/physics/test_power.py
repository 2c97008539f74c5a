"""Watts at the wall against the 80 PLUS tables and hand arithmetic."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.physics.power import (
    EFFICIENCY,
    average_milliwatts_per_watt,
    average_w,
    input_range,
    peak_milliwatts_per_watt,
    wall_w,
)

PUBLISHED = {
    # 80 PLUS programme, minimum efficiency at 50 % and at 100 % of rated load.
    "low": {  # 115 V internal, non-redundant
        "bronze": (85, 82),
        "silver": (88, 85),
        "gold": (90, 87),
        "platinum": (92, 89),
        "titanium": (94, 90),
    },
    "high": {  # 230 V internal, redundant (data centre)
        "bronze": (85, 81),
        "silver": (89, 85),
        "gold": (92, 88),
        "platinum": (94, 91),
        "titanium": (96, 91),
    },
}
CASES = [(r, c, *shares) for r, table in PUBLISHED.items() for c, shares in table.items()]


@pytest.mark.parametrize(("mains", "label", "half", "full"), CASES)
def test_efficiencies_are_the_published_minimums(
    mains: str, label: str, half: int, full: int
) -> None:
    volts = 120 if mains == "low" else 230
    # Wall milliwatts per watt: 1000 / share, rounded up, in whole numbers.
    assert average_milliwatts_per_watt(label, volts) == -(-100_000 // half)
    assert peak_milliwatts_per_watt(label, volts) == -(-100_000 // full)


def test_no_class_is_missing() -> None:
    assert {r: set(t) for r, t in EFFICIENCY.items()} == {r: set(t) for r, t in PUBLISHED.items()}


@pytest.mark.parametrize(
    ("volts", "mains"), [(100, "low"), (127, "low"), (200, "high"), (240, "high"), (400, "high")]
)
def test_input_range(volts: int, mains: str) -> None:
    assert input_range(volts) == mains


def test_wall_by_hand() -> None:
    """700 W behind a Titanium supply at 230 V: 700 x 1.099 = 769.3, so 770 W."""
    assert wall_w(700, peak_milliwatts_per_watt("titanium", 230)) == 770
    assert wall_w(0, 1099) == 0
    assert wall_w(1000, 1099) == 1099
    assert wall_w(1, 1000) == 1


@given(st.integers(0, 10**6), st.sampled_from(sorted(EFFICIENCY["high"])))
def test_wall_is_never_below_the_true_figure(load: int, label: str) -> None:
    """Rounded up twice, by less than a thousandth of the load and a watt."""
    true = load / EFFICIENCY["high"][label][1]
    found = wall_w(load, peak_milliwatts_per_watt(label, 240))
    assert ceil(round(true, 6)) <= found <= true + load / 1000 + 1


@pytest.mark.parametrize(
    ("idle", "peak", "duty", "utilisation", "watts"),
    [
        (50, 400, 0.0, 1.0, 50),
        (50, 400, 1.0, 1.0, 400),
        # 50 + 350 x 0.8 x 0.5 = 190
        (50, 400, 0.5, 0.8, 190),
        # 10 + 90 x 0.333 = 39.97
        (10, 100, 0.333, 1.0, 40),
        # 0.1 + 0.2 style noise does not cost a watt: 0 + 10 x 0.3 = 3
        (0, 10, 0.3, 1.0, 3),
    ],
)
def test_average(idle: int, peak: int, duty: float, utilisation: float, watts: int) -> None:
    assert average_w(idle, peak, duty, utilisation) == watts
