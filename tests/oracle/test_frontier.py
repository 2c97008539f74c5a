"""The Pareto set against exhaustive enumeration that goes through ``verify`` alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from optimizer.solve.clock import Clock
from optimizer.solve.frontier import Pareto
from optimizer.verify.audit import Audit
from optimizer.verify.enumerate import Solution, solutions
from optimizer.verify.verify import violations
from tests.oracle.random_instance import random_instance

AXES = [(x, y) for x in ("tco", "capex", "watts") for y in ("throughput", "speed")]
Pair = tuple[int, int]


def pareto(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs (cost, gain) that no other pair matches in both, by the definition."""
    pool = set(pairs)
    return sorted(
        (x, y) for x, y in pool if not any(a <= x and b >= y and (a, b) != (x, y) for a, b in pool)
    )


def pair(solution: Solution, seed: int, nodes: int | None, x: str, y: str) -> Pair:
    if x == "watts":
        cost = Audit(solution.choice, random_instance(seed, nodes)).build_peak_w
    else:
        cost = solution.tco if x == "tco" else solution.capex
    return cost, solution.output_milli if y == "throughput" else solution.user_milli


@cache
def enumerated(seed: int, nodes: int | None) -> tuple[Solution, ...]:
    return tuple(solutions(random_instance(seed, nodes)))


def search(seeds: list[tuple[int, int | None]], x: str, y: str) -> Pareto:
    instances = [random_instance(seed, nodes) for seed, nodes in seeds]
    return Pareto(instances, x, y, Clock(60.0, 1, 0))


def assert_agrees(seeds: list[tuple[int, int | None]], x: str, y: str) -> int:
    """Both come to the same points; every build passes every check. Returns how many."""
    expected = pareto(
        pair(s, seed, nodes, x, y) for seed, nodes in seeds for s in enumerated(seed, nodes)
    )
    run = search(seeds, x, y)
    found = list(run.points())
    assert [(p.x, p.y) for p in found] == expected
    assert run.complete
    for point in found:
        assert point.winner.values is not None
        choice = point.winner.formulation.plan.extract(point.winner.values)
        assert violations(choice, point.winner.instance) == []
    return len(found)


@pytest.mark.parametrize("seed", range(8))
def test_every_point_and_no_other(seed: int) -> None:
    for x, y in AXES:
        assert_agrees([(seed, None)], x, y)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 80))
def test_every_point_and_no_other_on_many(seed: int) -> None:
    for x, y in AXES:
        assert_agrees([(seed, None)], x, y)


def many(first: int) -> list[tuple[int, int | None]]:
    """Sixteen small instances as the cases of one question, so that there is much to trade."""
    return [(first + i, 1 + i % 2) for i in range(16)]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(700, 860, 16))
def test_many_cases_in_one_frontier(first: int) -> None:
    for x, y in AXES:
        assert_agrees(many(first), x, y)


@pytest.mark.slow
def test_frontiers_have_several_points() -> None:
    pools = range(700, 860, 16)
    assert max(assert_agrees(many(first), "watts", "throughput") for first in pools) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("first", [700, 716])
def test_a_spread_is_part_of_the_whole(first: int) -> None:
    """Few points are among all points, both ends included."""
    seeds = many(first)
    whole = [(p.x, p.y) for p in search(seeds, "tco", "throughput").points()]
    for count in (2, 3):
        some = [(p.x, p.y) for p in search(seeds, "tco", "throughput").spread(count)]
        assert set(some) <= set(whole)
        assert len(some) <= count
        assert some[:1] == whole[:1]
        assert some[-1:] == whole[-1:]


def test_time_that_ran_out_is_no_end_of_the_frontier() -> None:
    run = Pareto([random_instance(600, 1)], "tco", "throughput", Clock(0.0, 1, 0))
    assert list(run.points()) == []
    assert not run.complete
