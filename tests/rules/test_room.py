"""Rules ``cooling``, ``noise`` and ``rack``; the default node draws 110 W at the wall."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.instance.items import Instance, Item
from tests.make import (
    fitting_parts,
    joined_parts,
    make_case,
    make_cooling,
    make_gpu,
    make_host,
    make_instance,
    make_joined_case,
    make_limits,
    make_platform,
    make_switch,
    make_ups,
    parted,
    sized,
    swap,
)
from tests.rules.pairs import Pair, assert_pair, limit_pair, limited, solve, status

LIQUID = make_platform(liquid=True)


def two_nodes(*changed: Item) -> Instance:
    switch = next((i for i in changed if i.id == "switch"), make_switch())
    parts = swap(joined_parts(), *changed)
    return make_instance(parts, case=make_joined_case(2, switch))  # type: ignore[arg-type]


COOLING = [
    limit_pair("cooling", "air", parted(), "heat_removal_w", 110, 109),
    limit_pair(
        "cooling",
        "what the switch draws",
        parted(case=make_case(switch_wall_w=40)),
        "heat_removal_w",
        150,
        149,
    ),
    limit_pair("cooling", "two nodes", two_nodes(), "heat_removal_w", 220, 219),
    limit_pair("cooling", "liquid", parted(LIQUID), "liquid_removal_w", 110, 109),
]
SERVER = sized(make_platform(), noise=700, rack_tenths=40, weight_hg=300, depth_mm=800)
CPU = next(i for i in fitting_parts() if i.kind == "cpu")
NOISE = [
    limit_pair("noise", "one server", parted(SERVER), "noise", 700, 699),
    limit_pair("noise", "parts add up", parted(SERVER, sized(CPU, noise=40)), "noise", 740, 739),
    # Two servers and a switch: 2 x 700 + 100.
    limit_pair(
        "noise",
        "nodes and switch add up",
        two_nodes(SERVER, sized(make_switch(), noise=100)),
        "noise",
        1500,
        1499,
    ),
]
HEAVY = sized(make_gpu(), weight_hg=15)
RACK = [
    limit_pair("rack", "units", parted(SERVER), "rack_tenths", 40, 39),
    limit_pair(
        "rack",
        "units of nodes and switch",
        two_nodes(SERVER, sized(make_switch(), rack_tenths=10)),
        "rack_tenths",
        90,
        89,
    ),
    # A server of 30 kg with two cards of 1.5 kg.
    limit_pair(
        "rack",
        "weight",
        parted(SERVER, HEAVY, hosts=[make_host(count=2)]),
        "load_hg",
        330,
        329,
    ),
    limit_pair("rack", "depth", parted(SERVER), "depth_mm", 800, 799),
    limit_pair(
        "rack",
        "depth of the switch",
        two_nodes(sized(make_switch(), depth_mm=500)),
        "depth_mm",
        500,
        499,
    ),
]
PAIRS = [*COOLING, *NOISE, *RACK]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def cooled(unit: Item, *changed: Item, **limits: int | bool) -> Instance:
    parts = [*swap(fitting_parts(), *changed), unit]
    return limited(make_instance(parts), **limits)


def test_coolers_are_bought_for_the_heat_that_the_room_does_not_remove() -> None:
    """110 W, 50 removed, 60 left: three units of 20 W; 19 W each would take four."""
    for removal, units in ((20, 3), (19, 4)):
        instance = cooled(make_cooling(removal_w=removal), heat_removal_w=50)
        paid = replace(
            instance,
            purchases=tuple(
                replace(p, unit=replace(p.unit, price=1)) if p.kind == "cooling" else p
                for p in instance.purchases
            ),
        )
        _, choice = solve(paid)
        assert choice is not None
        assert choice.per_site == {"cooler": units}


def test_liquid_and_air_do_not_help_each_other() -> None:
    liquid, air = make_cooling(liquid=True), make_cooling(liquid=False)
    assert status(cooled(liquid, heat_removal_w=0)) == "infeasible"
    assert status(cooled(air, heat_removal_w=0)) == "optimal"
    assert status(cooled(air, LIQUID, liquid_removal_w=0)) == "infeasible"
    assert status(cooled(liquid, LIQUID, liquid_removal_w=0)) == "optimal"


def test_no_cooler_where_none_is_allowed() -> None:
    assert status(cooled(make_cooling(), heat_removal_w=0)) == "optimal"
    assert status(cooled(make_cooling(), heat_removal_w=0, extra_cooling=False)) == "infeasible"


def test_a_cooler_and_a_ups_take_rack_units() -> None:
    cooler = sized(make_cooling(removal_w=200), rack_tenths=50)
    for tenths, expected in ((50, "optimal"), (49, "infeasible")):
        instance = cooled(cooler, heat_removal_w=0, rack_tenths=tenths)
        assert status(instance) == expected
    ups = sized(make_ups(), rack_tenths=20)
    for tenths, expected in ((20, "optimal"), (19, "infeasible")):
        assert status(cooled(ups, ups=True, rack_tenths=tenths)) == expected


def test_a_quiet_and_small_build_fits_limits_of_nothing() -> None:
    """No part has noise, height, weight or depth: the sums are empty, and hold."""
    limits = make_limits(noise=0, rack_tenths=0, load_hg=0, depth_mm=0)
    assert status(make_instance(limits=limits)) == "optimal"


def test_a_switch_deeper_than_the_rack_is_seen_when_nothing_else_is_deep() -> None:
    instance = two_nodes(sized(make_switch(), depth_mm=2000))
    assert status(limited(instance, depth_mm=1000)) == "infeasible"
