"""What a room removes and how loud it may be, as people write it; figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.errors import InputError
from optimizer.scenario.request import build_request
from optimizer.scenario.room_forms import heat_removal, noise_limit


@pytest.mark.parametrize(
    ("given", "watts"),
    [
        (850, 850),
        ("850 W", 850),
        ("3.5 kW", 3500),
        ("0.1 MW", 100_000),
        # 12,000 / 3.412 = 3,516.9
        ("12,000 BTU/h", 3516),
        ("12000 btu/hr", 3516),
        ("12000BTU", 3516),
        ("1 ton", 3516),
        ("3.3 tons", 11_606),
        # 200 x 1.085 x 18 / 3.412 = 1,144.8
        ("200 CFM", 1144),
        # 0.335 x 30 m3 x 1 per hour x 10 C = 100.5
        ({"m3": 30}, 100),
        # 12 m2 x 2.5 m = 30 m3, and 80 % of 8,000 BTU/h = 2,344 W: 1,875
        ({"area_m2": 12, "height_m": 2.5, "window_ac": "8000 BTU/h"}, 1975),
        # 0.335 x 24 x 4 x 8 = 257.3, and a fan: 100 x 1.085 x 14.4 / 3.412 = 457.9
        ({"m3": 24, "air_changes_per_h": 4, "air_rise_c": 8, "fan_cfm": 100}, 714),
        ("0 W", 0),
    ],
)
def test_heat_removal(given: Any, watts: int) -> None:
    assert heat_removal(given, "heat") == watts


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("lots", "lots is not allowed"),
        ("-5 kW", "not allowed"),
        (-5, "not allowed"),
        (True, "not allowed"),
        ("5 horses", "not allowed"),
        ("1e9 W", "not allowed"),
        ("9" * 50, "not allowed"),
        ("200 MW", "not allowed"),
        (float("nan"), "not allowed"),
        ({}, "heat: say how large the room is"),
        ({"m3": 30, "area_m2": 12}, "say how large the room is"),
        ({"m3": "big"}, "heat.m3: big is not allowed"),
        ({"m3": 30, "window_act": 1}, "unknown key 'window_act'"),
        ({"m3": 30, "window_ac": "strong"}, "heat.window_ac: strong is not allowed"),
        ([1], "not allowed"),
    ],
)
def test_heat_that_makes_no_sense(given: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        heat_removal(given, "heat")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("given", "dba"),
    [
        (45, 45),
        ("45", 45),
        ("45 dBA", 45),
        ("45.5 dB(A)", 45.5),
        ("office", 45),
        ("Living Room", 35),
    ],
)
def test_noise_limit(given: Any, dba: float) -> None:
    assert noise_limit(given, "noise") == dba


@pytest.mark.parametrize("given", ["loud", 10, 200, "-1", None, True])
def test_noise_that_makes_no_sense(given: Any) -> None:
    with pytest.raises(InputError, match="a place: bedroom"):
        noise_limit(given, "noise")


def test_a_file_may_say_it_either_way_but_once() -> None:
    catalog = load_catalog()
    plain = {"model": "qwen3-8b", "site": {"base": "office-closet", "heat_removal": "1 ton"}}
    site = build_request(plain, catalog).site
    assert site.heat_removal_w == 3516
    assert "heat_removal_w" not in site.estimated
    plain["site"] = {"base": "office-closet", "heat_removal": 1, "heat_removal_w": 1}
    with pytest.raises(InputError, match="stands beside heat_removal_w"):
        build_request(plain, catalog)


def test_minutes_ask_for_a_supply() -> None:
    catalog = load_catalog()
    assert build_request({"model": "qwen3-8b", "ups_minutes": 10}, catalog).policy.ups
    assert not build_request({"model": "qwen3-8b", "ups_minutes": 0}, catalog).policy.ups
    with pytest.raises(InputError, match="no supply that bridges"):
        build_request({"model": "qwen3-8b", "ups_minutes": 10, "ups": False}, catalog)


def test_circuits_end_in_what_the_sites_own_of_that_rating_do() -> None:
    """A server room's 30 A/240 V have strips, whatever their number; what is said goes first."""

    def ends(*circuits: Any) -> list[Any]:
        site = {"base": "server-room", "circuits": list(circuits)}
        held = build_request({"model": "qwen3-8b", "site": site}, load_catalog()).site.circuits
        return [(c.outlet, c.outlets_c13, c.outlets_c19) for c in held]

    own = ("NEMA L6-30R", 36, 6)
    assert ends("30A/240V:3", "30A/240V@a") == [own, own]
    assert ends("30A/208V", "50A/240V") == [(None, None, None)] * 2
    bare = {"volts": 240, "amps": 30, "outlet": "NEMA L6-30R"}
    assert ends(bare) == [("NEMA L6-30R", None, None)]
