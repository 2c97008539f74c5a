"""What must not happen to an answer when the question changes in a known direction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance, PlatformItem
from optimizer.verify.enumerate import solutions
from tests.oracle.random_instance import random_instance
from tests.oracle.solver import OBJECTIVES, Answer, by_program
from tests.oracle.variants import shuffled, with_twins

SEEDS = [
    pytest.param(seed, marks=[pytest.mark.slow] if seed > 702 else []) for seed in range(700, 710)
]


def answers(instance: Instance) -> dict[str, Answer]:
    return {objective: by_program([instance], objective)[0] for objective in OBJECTIVES}


def assert_not_worse(after: Instance, before: Instance) -> None:
    """Every primary objective of ``after`` is as low as ``before``, which may be infeasible."""
    old, new = answers(before), answers(after)
    for objective in OBJECTIVES:
        (old_status, old_rank), (new_status, new_rank) = old[objective], new[objective]
        if old_status == "infeasible":
            continue
        assert new_status == "optimal"
        assert new_rank is not None
        assert old_rank is not None
        assert new_rank[0] <= old_rank[0], objective


@pytest.mark.parametrize("seed", SEEDS)
def test_larger_market_is_not_worse(seed: int) -> None:
    instance = random_instance(seed)
    assert_not_worse(with_twins(instance, seed), instance)


@pytest.mark.parametrize("seed", SEEDS)
def test_dearer_part_is_not_cheaper(seed: int) -> None:
    """One offer in three rises by ten dollars: nothing costs less than before."""
    instance = random_instance(seed)
    dearer = tuple(
        replace(p, unit=replace(p.unit, price=p.unit.price + 1000)) if i % 3 == seed % 3 else p
        for i, p in enumerate(instance.purchases)
    )
    assert_not_worse(instance, replace(instance, purchases=dearer))


LOOSER: dict[str, Any] = {
    "budget_cents": lambda held: None,
    "max_tco_cents": lambda held: None,
    "heat_removal_w": lambda held: held + 500,
    "liquid_removal_w": lambda held: held + 500,
    "noise": lambda held: None if held is None else held * 2,
    "rack_tenths": lambda held: held + 10,
    "depth_mm": lambda held: held + 200,
    "load_hg": lambda held: held + 200,
    "min_output_milli": lambda held: held // 2,
    "min_user_milli": lambda held: 0,
    "max_ttft_us": lambda held: None,
    "psu_headroom_permille": lambda held: held // 2,
    "redundancy": lambda held: "none",
    "ups": lambda held: False,
    "airflow_w": lambda held: None if held is None else held + 200,
    "inlet_tenths": lambda held: None,
    "floor_hg": lambda held: None if held is None else held + 60,
    "max_ups": lambda held: held + 1,
    "extra_cooling": lambda held: True,
}


def test_every_limit_is_loosened() -> None:
    assert set(LOOSER) == set(random_instance(0).limits.__slots__)


@pytest.mark.parametrize("seed", SEEDS)
def test_looser_limit_is_not_worse(seed: int) -> None:
    """Two limits of each instance, another two on the next."""
    instance = random_instance(seed)
    names = list(LOOSER)
    for name in (names[2 * seed % len(names)], names[(2 * seed + 1) % len(names)]):
        held = getattr(instance.limits, name)
        limits = replace(instance.limits, **{name: LOOSER[name](held)})
        assert_not_worse(replace(instance, limits=limits), instance)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_power_is_not_worse(seed: int) -> None:
    instance = random_instance(seed)
    circuits = tuple(replace(b, line_w=b.line_w + 300) for b in instance.case.breakers)
    more = replace(instance, case=replace(instance.case, breakers=circuits))
    assert_not_worse(more, instance)


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_the_market_does_not_change_the_plan(seed: int) -> None:
    instance = random_instance(seed)
    for objective in ("throughput", "tco", "cost-per-token"):
        answer, choice = by_program([instance], objective)
        other, other_choice = by_program([shuffled(instance, seed)], objective)
        assert other == answer
        if choice is not None:
            assert other_choice is not None
            assert other_choice.purchases == choice.purchases
            assert other_choice.platform == choice.platform
            assert other_choice.per_node == choice.per_node
            assert other_choice.per_site == choice.per_site


@pytest.mark.parametrize("seed", SEEDS)
def test_facts_that_only_people_read_change_nothing(seed: int) -> None:
    """Names, idle power and the figures of a layout that no rule reads."""
    instance = random_instance(seed)
    items = {}
    for key, item in instance.items.items():
        idle = replace(item.power, idle_w=item.power.idle_w + 7)
        fresh = replace(item, name="another", power=idle)
        inside = isinstance(fresh, PlatformItem)
        items[key] = replace(fresh, included=(("x", 1),)) if inside else fresh  # type: ignore[call-arg]
    layouts = tuple(
        replace(
            d,
            power=replace(d.power, idle_w=d.power.idle_w + 7),
            saturated_user_milli=1,
            batch1_milli=2,
            tpot_us=3,
            sequences=4,
            tensor_parallel=5,
            pipeline_parallel=6,
            replicas=7,
        )
        for d in instance.deployments
    )
    other = replace(instance, items=items, deployments=layouts)
    assert [*solutions(other)] == [*solutions(instance)]
    assert by_program([other], "tco") == by_program([instance], "tco")
