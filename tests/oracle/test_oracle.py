"""The solver against exhaustive enumeration that goes through ``verify`` alone.

Status, optimum and every tie-break are equal on seeded random instances with all rules active.
"""

from __future__ import annotations

from functools import cache

import pytest

from optimizer.verify.enumerate import Solution, best_of, solutions
from tests.oracle.random_instance import random_instance
from tests.oracle.solver import LINEAR, OBJECTIVES, Answer, by_model, by_program

QUICK = range(10)
MANY = range(10, 260)
ALL_KINDS = range(100)


@cache
def enumerated(seed: int, nodes: int | None = None) -> tuple[Solution, ...]:
    return tuple(solutions(random_instance(seed, nodes)))


def expected(seed: int, objective: str) -> Answer:
    status, rank, _ = best_of(enumerated(seed), objective)
    return status, rank


def assert_agrees(seed: int) -> None:
    instance = random_instance(seed)
    for objective in OBJECTIVES:
        answer, _ = by_program([instance], objective)
        assert answer == expected(seed, objective), objective


@pytest.mark.parametrize("seed", QUICK)
def test_program_agrees(seed: int) -> None:
    assert_agrees(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_program_agrees_on_many(seed: int) -> None:
    assert_agrees(seed)


@pytest.mark.parametrize("seed", range(0, 60, 5))
def test_one_model_of_everything_agrees(seed: int) -> None:
    """Without bounds, chunks and narrowing: the formulation alone."""
    objective = LINEAR[seed // 5 % len(LINEAR)]
    assert by_model(random_instance(seed), objective) == expected(seed, objective)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(400, 440))
def test_one_model_of_everything_agrees_on_many(seed: int) -> None:
    for objective in LINEAR:
        assert by_model(random_instance(seed), objective) == expected(seed, objective), objective


@pytest.mark.parametrize("seed", range(600, 602))
def test_several_cases_compete(seed: int) -> None:
    """One, two and three nodes in one search: the best of all, whatever their order."""
    cases = [random_instance(seed, nodes) for nodes in (1, 2, 3)]
    found = [s for nodes in (1, 2, 3) for s in enumerated(seed, nodes)]
    for objective in OBJECTIVES:
        status, rank, _ = best_of(found, objective)
        for order in (cases, cases[::-1]):
            answer, _ = by_program(order, objective)
            assert answer == (status, rank), objective


@pytest.mark.slow
def test_feasible_and_infeasible_are_both_common() -> None:
    statuses = [bool(enumerated(seed)) for seed in ALL_KINDS]
    assert statuses.count(True) > 15
    assert statuses.count(False) > 15


@pytest.mark.slow
def test_instances_are_varied() -> None:
    """Several nodes, boards, redundancy, UPS and coolers all occur among the answers."""
    seen = set()
    for seed in ALL_KINDS:
        instance = random_instance(seed)
        for solution in enumerated(seed):
            choice = solution.choice
            platform = instance.items[choice.platform]
            kinds = {instance.items[i].kind for i in (*choice.per_node, *choice.per_site)}
            seen |= kinds | {f"{instance.case.nodes} nodes", f"board {platform.board}"}  # type: ignore[attr-defined]
            seen |= {f"redundancy {instance.limits.redundancy}"}
            seen |= {f"capped {instance.deployments[choice.deployment].kept_permille < 1000}"}
            seen |= {f"delta {any(b.delta for b in instance.case.breakers)}"}
            seen |= {key.split(":")[1] for key in choice.purchases}
    assert seen >= {"accelerator", "bridge", "cpu", "memory", "storage", "psu", "chassis"}
    assert seen >= {"nic", "cable", "switch", "cooling", "ups", "new", "used", "owned"}
    assert seen >= {
        "1 nodes",
        "2 nodes",
        "3 nodes",
        "board True",
        "redundancy n+1",
        "redundancy 2n",
        "capped True",
        "delta True",
    }


@pytest.mark.parametrize("seed", [3, 8, 21])
def test_neither_workers_nor_seed_change_the_plan(seed: int) -> None:
    instance = random_instance(seed)
    for objective in ("tco", "throughput"):
        first = by_program([instance], objective)
        assert by_program([instance], objective, workers=2, seed=7) == first
