"""Dominance is exact: with and without it, every objective has the same best build."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.instance.items import Instance
from optimizer.verify.enumerate import OBJECTIVES, best_of, solutions
from tests.oracle.random_instance import random_instance
from tests.oracle.variants import pruned, with_twins


def instance_of(seed: int) -> Instance:
    """A random instance with near twins of some of its parts and layouts."""
    return with_twins(random_instance(seed % 60), seed)


def assert_same(instance: Instance) -> None:
    """Equal ranks: objective, TCO, capex, parts, speeds and names of what is bought."""
    slim = pruned(instance)
    every, few = tuple(solutions(instance)), tuple(solutions(slim))
    for objective in OBJECTIVES:
        status, rank, choice = best_of(every, objective)
        slim_status, slim_rank, slim_choice = best_of(few, objective)
        assert (slim_status, slim_rank) == (status, rank), objective
        if choice is not None:
            assert slim_choice is not None
            assert slim_choice.purchases == choice.purchases
            assert _layout(slim, slim_choice.deployment) == _layout(instance, choice.deployment)


def _layout(instance: Instance, index: int) -> object:
    return replace(instance.deployments[index], index=0)


@pytest.mark.parametrize("seed", range(10))
def test_same_best(seed: int) -> None:
    assert_same(instance_of(seed))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(5))
def test_same_best_on_many(block: int) -> None:
    for seed in range(10 + 60 * block, 70 + 60 * block):
        assert_same(instance_of(seed))


@pytest.mark.slow
def test_pruning_bites() -> None:
    """A proof on instances in which nothing is dropped would prove nothing."""
    dropped: set[str] = set()
    layouts = 0
    for seed in range(60):
        instance = instance_of(seed)
        slim = pruned(instance)
        dropped |= {i.kind for i in instance.items.values() if i.id not in slim.items}
        layouts += len(instance.deployments) - len(slim.deployments)
    assert len(dropped) >= 8
    assert layouts > 10
