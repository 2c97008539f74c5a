"""Rules ``airflow`` and ``inlet``, the floor, and what parts of the site itself draw and warm.

The default node draws 110 W at the wall.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance, Item
from optimizer.model.build import build_model
from optimizer.solve.engine import run
from optimizer.verify.audit import Audit
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
    make_power,
    make_switch,
    make_ups,
    parted,
    powered,
    sized,
    swap,
)
from tests.rules.pairs import (
    OPTIONS,
    Pair,
    assert_pair,
    broken_rules,
    limit_pair,
    limited,
    solve,
    status,
    without,
)

LIQUID = make_platform(liquid=True)


def with_unit(unit: Item, *changed: Item, **limits: Any) -> Instance:
    parts = [*swap(fitting_parts(), *changed), unit]
    return make_instance(parts, limits=make_limits(**limits))


AIRFLOW = [
    limit_pair("airflow", "one node", parted(), "airflow_w", 110, 109),
    limit_pair(
        "airflow",
        "the switch",
        parted(case=make_case(switch_wall_w=40)),
        "airflow_w",
        150,
        149,
    ),
    # The node's heat goes into the liquid; the pumps of its distribution unit stay in the room.
    limit_pair(
        "airflow",
        "pumps",
        with_unit(powered(make_cooling(liquid=True), 30), LIQUID, liquid_removal_w=0),
        "airflow_w",
        30,
        29,
    ),
    limit_pair(
        "airflow",
        "losses of a UPS",
        with_unit(powered(make_ups(), 25), ups=True, max_ups=1),
        "airflow_w",
        135,
        134,
    ),
]
WARM = make_platform(max_inlet_tenths=350)
INLET = [
    limit_pair("inlet", "35 C", parted(WARM), "inlet_tenths", 350, 351),
    Pair(
        "inlet",
        "what the platform bears",
        parted(make_platform(max_inlet_tenths=300), limits=make_limits(inlet_tenths=300)),
        parted(make_platform(max_inlet_tenths=299), limits=make_limits(inlet_tenths=300)),
    ),
]
HEAVY = sized(make_gpu(), weight_hg=15)
SERVER = sized(make_platform(), weight_hg=300)
ROOM = [
    # A server of 30 kg with two cards of 1.5 kg.
    limit_pair(
        "rack",
        "floor",
        parted(SERVER, HEAVY, hosts=[make_host(count=2)]),
        "floor_hg",
        330,
        329,
    ),
    limit_pair(
        "cooling",
        "losses of a UPS warm the room",
        with_unit(powered(make_ups(), 25), ups=True, max_ups=1),
        "heat_removal_w",
        135,
        134,
    ),
]
PAIRS = [*AIRFLOW, *INLET, *ROOM]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_an_air_conditioners_own_heat_goes_outside() -> None:
    """110 W of heat; a unit that removes 110 W and draws 1,000 W needs no second one."""
    unit = powered(make_cooling(removal_w=110), 1000)
    instance = limited(with_unit(unit, heat_removal_w=0), airflow_w=110)
    _, choice = solve(instance)
    assert choice is not None
    assert choice.per_site == {"cooler": 1}


def test_nodes_and_switch_share_the_air() -> None:
    switch = replace(make_switch(), power=make_power(20))
    instance = make_instance(swap(joined_parts(), switch), case=make_joined_case(2, switch))
    assert status(limited(instance, airflow_w=240)) == "optimal"
    assert status(limited(instance, airflow_w=239)) == "infeasible"


def test_bought_cooling_pays_for_its_energy() -> None:
    """A mean of 100 W at 0.2 cents per watt and horizon: 20 cents, beside those of the node."""
    unit = powered(make_cooling(removal_w=110), 300, 100)
    parts = [*fitting_parts(), unit]
    for needed, cents in ((True, 20), (False, 0)):
        instance = make_instance(
            parts,
            microcents_per_cooling_watt=200_000,
            limits=make_limits(heat_removal_w=0 if needed else 110),
            prices={"cooler": 1},
        )
        formulation = build_model(instance)
        formulation.model.minimize(formulation.plan.costs.tco)
        result = run(formulation.model, OPTIONS)
        assert result.values is not None
        assert formulation.plan.costs.charges.value(result.values) == cents
        audit = Audit(formulation.plan.extract(result.values), instance)
        assert audit.costs.lines.get("cooling energy", 0) == cents
        assert audit.costs.tco == cents + int(needed)


def test_losses_of_a_ups_are_paid_like_the_build() -> None:
    """25 W lost all day at a cent a watt: 25 cents beside the node's mean of 110 W."""
    ups = powered(make_ups(), 25)
    instance = make_instance(
        [*fitting_parts(), ups],
        microcents_per_watt=1_000_000,
        limits=make_limits(ups=True, max_ups=1),
    )
    _, choice = solve(instance)
    assert choice is not None
    audit = Audit(choice, instance)
    assert audit.costs.lines["energy"] == audit.average_wall_w + 25
    assert audit.build_average_w == audit.average_wall_w + 25


def plugged(*spare: tuple[int, float], plug: tuple[int, float] | None = (120, 15)) -> Instance:
    """A node whose heat wants two air conditioners of 60 W that plug in."""
    unit = make_cooling(removal_w=60, plug=plug)
    case = make_case(spare=spare)
    return make_instance([*fitting_parts(), unit], case=case, limits=make_limits(heat_removal_w=0))


def test_cooling_that_comes_with_its_circuit_needs_none() -> None:
    assert status(plugged(plug=None)) == "optimal"


@pytest.mark.parametrize(
    ("spare", "expected"),
    [
        (((120, 15.0), (120, 20.0)), "optimal"),
        (((120, 15.0),), "infeasible"),
        (((120, 15.0), (120, 10.0)), "infeasible"),  # the plug is larger than the breaker
        (((120, 15.0), (240, 30.0)), "infeasible"),  # another voltage
        (((110, 15.0), (127, 20.0)), "optimal"),
    ],
)
def test_every_unit_that_plugs_in_has_its_own_circuit(
    spare: tuple[tuple[int, float], ...], expected: str
) -> None:
    instance = plugged(*spare)
    assert status(instance) == expected
    chosen = solve(instance, without("circuits"))[1]
    assert chosen is not None
    assert broken_rules(chosen, instance) == (set() if expected == "optimal" else {"circuits"})


def test_large_and_small_plugs_share_what_there_is() -> None:
    """One 30 A and one 15 A unit need a 30 A circuit and another."""
    large = make_cooling("large", removal_w=60, plug=(240, 30))
    small = make_cooling("small", removal_w=50, plug=(240, 15))
    limits = make_limits(heat_removal_w=0)
    for amps, expected in (
        ((30.0, 15.0), "optimal"),
        ((30.0, 30.0), "optimal"),
        ((15.0, 15.0), "infeasible"),
    ):
        case = make_case(spare=tuple((240, a) for a in amps))
        instance = make_instance([*fitting_parts(), large, small], case=case, limits=limits)
        assert status(instance) == expected


def test_circuits_that_are_added_are_paid_and_checked() -> None:
    """Two of 700 cents in the purchase, under installation; without them the twin complains."""
    added = Item("added", "circuit", "added")
    instance = make_instance(
        [*fitting_parts(), added],
        case=make_case(new_circuits=(("added", 2),)),
        prices={"added": 700},
    )
    _, choice = solve(instance)
    assert choice is not None
    assert choice.per_site == {"added": 2}
    assert Audit(choice, instance).costs.lines["installation"] == 1400
    assert "hardware: circuit" not in Audit(choice, instance).costs.lines
    missing = replace(
        choice,
        per_site={},
        purchases={k: n for k, n in choice.purchases.items() if "added" not in k},
    )
    assert broken_rules(missing, instance) == {"circuits"}
