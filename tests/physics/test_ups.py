"""Runtime of uninterruptible supplies between the points of their curves."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.physics.ups import held_minutes, held_watts, input_watts

SMT1500 = [(500, Fraction(17)), (1000, Fraction(6))]
"""Typical runtimes of the APC SMT1500 (upssize.com): 17 minutes at half load, 6 at full load."""


@pytest.mark.parametrize(
    ("minutes", "watts"),
    [
        (0, 1000),
        (6, 1000),
        # 6,000 watt-minutes at full load, 8,500 at half: 6,000 / 8 = 750.
        (8, 750),
        # 6,000 / 15 = 400, but the point at half load holds for 17.
        (15, 500),
        (17, 500),
        # 8,500 / 34
        (34, 250),
    ],
)
def test_watts_for_a_time(minutes: int, watts: int) -> None:
    assert held_watts(SMT1500, Fraction(minutes)) == watts


@pytest.mark.parametrize(
    ("watts", "minutes"), [(1000, 6), (750, 8), (500, 17), (250, 34), (501, Fraction(6000, 501))]
)
def test_minutes_for_a_load(watts: int, minutes: float) -> None:
    assert held_minutes(SMT1500, watts) == minutes


def test_nothing_beyond_the_last_point() -> None:
    assert held_minutes(SMT1500, 1001) == 0
    assert held_watts([], Fraction(5)) == 0
    with pytest.raises(ValueError, match="a load of 0 W"):
        held_minutes(SMT1500, 0)


@given(st.integers(1, 120), st.integers(1, 1000))
def test_both_questions_agree(minutes: int, watts: int) -> None:
    """What is carried for a time is carried for that time, and a watt more is not."""
    assert (held_minutes(SMT1500, watts) >= minutes) == (
        held_watts(SMT1500, Fraction(minutes)) >= watts
    )


@given(st.integers(500, 1000))
def test_never_more_than_a_straight_line(watts: int) -> None:
    """A straight line between the points would promise more than a convex curve keeps."""
    line = 17 + (6 - 17) * (watts - 500) / 500
    assert held_minutes(SMT1500, watts) <= max(line, 6.0) or watts == 500


def test_what_a_plug_lets_through() -> None:
    """15 A x 120 V x 0.8 = 1,440 W, 95 % of it at the outlets; 230 V plugs give all of 16 A."""
    assert input_watts(120, 15, 0.95) == 1368
    assert input_watts(230, 16, 1.0) == 3680
