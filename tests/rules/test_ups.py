"""Rule ``ups``: units of one type, each on a circuit of its own, for the minutes asked.

The default node draws 110 W at the wall (see ``test_electrical``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance, Item
from optimizer.physics.circuits import Breaker
from tests.make import (
    fitting_parts,
    joined_parts,
    make_breakers,
    make_case,
    make_instance,
    make_joined_case,
    make_limits,
    make_platform,
    make_power,
    make_switch,
    make_ups,
    swap,
)
from tests.rules.pairs import Pair, assert_pair, limit_pair, solve, status


def backed(unit: Item, *, supplies: int = 1, case: Any = None, **limits: Any) -> Instance:
    """A server with so many supplies behind units of one type."""
    parts = [*swap(fitting_parts(), make_platform(supplies=supplies)), unit]
    asked = make_limits(**{"ups": True, "max_ups": 1, **limits})
    return make_instance(parts, case=case or make_case(), limits=asked)


def between(name: str, fits: Item, breaks: Item, **facts: Any) -> Pair:
    return Pair("ups", name, backed(fits, **facts), backed(breaks, **facts))


def rated(watts: int, **facts: Any) -> Item:
    return make_ups(capacity_w=watts, capacity_va=10 * watts, **facts)


TWO = make_case(breakers=make_breakers(1000, 1000))
FEEDS = make_case(breakers=make_breakers(1000, 1000, feeds="ab"))
STRONG = (Breaker("#1", 1000, amps=20), Breaker("#2", 1000, amps=20))
PAIRS = [
    between("watts", rated(110), rated(109)),
    # A load of 110 W at a power factor of 0.9 is 122.2 VA.
    between(
        "volt-amperes",
        make_ups(capacity_w=200, capacity_va=123),
        make_ups(capacity_w=200, capacity_va=122),
    ),
    between("what the switch draws", rated(150), rated(149), case=make_case(switch_wall_w=40)),
    # Two supplies of 55 W, one behind each unit.
    between("two units", rated(55), rated(54), supplies=2, case=TWO, max_ups=2),
    # Three supplies of 36.7 W: two of them behind one unit, 73.3 W.
    between("the fullest unit", rated(74), rated(73), supplies=3, case=TWO, max_ups=2),
    # One of two supplies lost: the other carries all of it, on whichever unit it hangs.
    between(
        "a supply lost", rated(110), rated(109), supplies=2, case=TWO, max_ups=2, redundancy="n+1"
    ),
    # Two of two on each of two units: with one lost, either unit may carry two thirds.
    between(
        "a supply of four lost",
        rated(74),
        rated(73),
        supplies=4,
        case=TWO,
        max_ups=2,
        redundancy="n+1",
    ),
    # A unit per feed, and each carries everything alone.
    between(
        "a feed lost", rated(110), rated(109), supplies=2, case=FEEDS, max_ups=2, redundancy="2n"
    ),
    # 95 % of what the circuit gives reaches the load: 110 / 0.95 = 115.8 W.
    Pair(
        "ups",
        "losses on its circuit",
        backed(rated(500, efficiency_permille=950), case=make_case(breakers=make_breakers(116))),
        backed(rated(500, efficiency_permille=950), case=make_case(breakers=make_breakers(115))),
    ),
    between(
        "a plug for its circuit",
        rated(500, input_amps=20),
        rated(500, input_amps=21),
        case=make_case(breakers=STRONG),
    ),
]
UNITS = limit_pair(
    "ups", "number of units", backed(rated(55), supplies=2, case=TWO), "max_ups", 2, 1
)


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_number_of_units_is_bounded() -> None:
    """Two units of 55 W carry 110 W; the bound also bounds the variables."""
    found, choice = solve(UNITS.fits)
    assert found == "optimal"
    assert choice is not None
    assert choice.per_site == {"ups": 2}
    assert status(UNITS.breaks) == "infeasible"


def test_a_supply_hangs_on_one_unit() -> None:
    """Two units of 60 W do not carry the one supply of 110 W between them."""
    assert status(backed(rated(60), supplies=1, case=TWO, max_ups=2)) == "infeasible"
    assert status(backed(rated(60), supplies=2, case=TWO, max_ups=2)) == "optimal"


def test_every_unit_has_its_own_circuit() -> None:
    """Two units for one circuit are one too many; on two feeds they come in pairs."""
    one = make_case(breakers=make_breakers(1000))
    assert status(backed(rated(55), supplies=2, case=one, max_ups=2)) == "infeasible"
    assert (
        status(backed(rated(110), supplies=2, case=FEEDS, max_ups=1, redundancy="2n"))
        == "infeasible"
    )


def test_units_are_of_one_type() -> None:
    """60 W and 50 W would do together for two supplies of 55 W, were they not two types."""
    parts = [*swap(fitting_parts(), make_platform(supplies=2))]
    parts += [rated(60, name="a"), rated(54, name="b")]
    limits = make_limits(ups=True, max_ups=2)
    _, choice = solve(make_instance(parts, case=TWO, limits=limits))
    assert choice is not None
    assert choice.per_site == {"a": 2}


def test_no_ups_is_bought_unless_asked_for() -> None:
    _, choice = solve(backed(make_ups(), ups=False))
    assert choice is not None
    assert choice.per_site == {}


def test_no_unit_on_the_market_is_an_infeasibility() -> None:
    assert status(make_instance(limits=make_limits(ups=True))) == "infeasible"


def test_a_unit_is_shared_by_all_nodes() -> None:
    """Three nodes of 110 W and a switch of 20 W: 350 W."""
    switch = replace(make_switch(), power=make_power(20))
    case = make_joined_case(3, switch)
    for watts, expected in ((350, "optimal"), (349, "infeasible")):
        parts = [*swap(joined_parts(), switch), rated(watts)]
        limits = make_limits(ups=True, max_ups=1)
        assert status(make_instance(parts, case=case, limits=limits)) == expected
