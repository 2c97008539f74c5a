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
    powered,
    sized,
    swap,
)
from tests.rules.pairs import OPTIONS, Pair, assert_pair, limit_pair, limited, solve, status

LIQUID = make_platform(liquid=True)


def parted(*changed: Item, **facts: Any) -> Instance:
    return make_instance(swap(fitting_parts(), *changed), **facts)


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
