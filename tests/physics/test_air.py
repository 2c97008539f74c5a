"""Airflow, altitude and rooms against published tables and arithmetic by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from optimizer.air import air_cfm, air_watts, pressure_ratio, room_watts
from optimizer.physics.heat import altitude_derating_c, noise_limit_at_source

M_PER_FT = 0.3048


def test_airflow_of_a_kilowatt() -> None:
    """3.145 x W / dT_F: a kilowatt at 20 F takes 157 CFM (the trade says 154 to 160)."""
    assert air_cfm(1000, 20 / 1.8) == 158  # 157.2, up
    assert air_watts(158, 20 / 1.8) == 1004


def test_catalogs_rule_for_rooms() -> None:
    """W = CFM x 18 F / 3.145: 200 CFM take 1,145 W, 150 CFM 858 W, 600 CFM 3,434 W."""
    for cfm, watts in ((200, 1145), (150, 858), (600, 3434)):
        assert air_watts(cfm, 10) == pytest.approx(watts, abs=2)


def test_dgx_a100_warms_its_air_by_a_plausible_rise() -> None:
    """6,500 W in 840 CFM (user guide): 3.145 x 6,500 / 840 = 24.3 F, or 13.5 C."""
    assert air_cfm(6500, 13.5) in range(838, 844)


@pytest.mark.parametrize(
    ("feet", "ratio"),
    [(0, 1.0), (2000, 0.93), (4000, 0.86), (6000, 0.80), (8000, 0.74), (10_000, 0.69)],
)
def test_pressure_against_a_published_table(feet: int, ratio: float) -> None:
    assert float(pressure_ratio(feet * M_PER_FT)) == pytest.approx(ratio, abs=0.006)


def test_thin_air_carries_less() -> None:
    """At 10,000 ft the same watts take 1 / 0.687 times the air."""
    assert air_cfm(1000, 10, 10_000 * M_PER_FT) == pytest.approx(
        air_cfm(1000, 10) / 0.687, rel=0.01
    )
    assert air_watts(1000, 10, 3048) < air_watts(1000, 10, 0)


def test_rounding_is_against_the_user() -> None:
    for watts in range(1, 4000, 37):
        cfm = air_cfm(watts, 10, 1500)
        assert air_watts(cfm, 10, 1500) >= watts
        assert air_watts(cfm - 1, 10, 1500) < watts


@pytest.mark.parametrize(
    ("metres", "degrees"), [(0, 0), (900, 0), (1200, 1), (1500, 2), (1050, 0.5)]
)
def test_derating(metres: float, degrees: float) -> None:
    """ASHRAE A1 and A2: 1 C per 300 m above 900 m."""
    assert altitude_derating_c(metres) == Fraction(degrees)


def test_room_without_machines_of_its_own() -> None:
    """30 m3, one change of air an hour, 10 C: 1.2 x 1,005 x 30 / 3,600 x 10 = 100.5 W."""
    assert room_watts(30, 1, 10) == 100


def test_distance_and_door() -> None:
    """20 log10(2) = 6.02 dB at 2 m; a door of 25 dB adds in full; far away 10 dB is the most."""
    assert noise_limit_at_source(45, 1, 0) == 45
    assert noise_limit_at_source(45, 2, 0) == pytest.approx(51.02, abs=0.01)
    assert noise_limit_at_source(45, 2, 25) == pytest.approx(76.02, abs=0.01)
    assert noise_limit_at_source(45, 100, 0) == 55
