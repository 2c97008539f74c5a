"""Conflicts and repairs against exhaustive enumeration that knows no solver.

Every conflict is infeasible by itself and feasible without any one of its members; every number
that repairs is feasible as it stands and infeasible one unit before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from optimizer.instance.items import Instance
from optimizer.solve.bench import Loosen, Seek, least
from optimizer.solve.clock import Clock
from optimizer.solve.conflict import GRANTED, Clash, Filter
from optimizer.solve.elastic import Elastic
from optimizer.solve.needs import NEEDS, Need
from optimizer.solve.pool import EVERY_RULE
from tests.oracle.dropped import DROP, NAMES, UNASKED, feasible
from tests.oracle.random_instance import random_instance

QUICK = range(10)
MANY = range(10, 380)
STRETCHED = [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in range(30)]


class Question:
    """One random instance, as the explanations see it."""

    def __init__(self, seed: int) -> None:
        self.instance = random_instance(seed)
        self.clock = Clock(60, workers=1)

    def stages(
        self, _names: frozenset[str], loosen: Loosen, _seek: Seek | None = None
    ) -> Iterator[Instance]:
        yield replace(self.instance, limits=loosen(self.instance.limits))

    def clashes(self) -> list[Clash]:
        return list(Filter(self.stages, self.clock, lambda _text: None).clashes())

    def with_limit(self, field: str, value: int | None) -> Instance:
        change: dict[str, Any] = {field: value}
        return replace(self.instance, limits=replace(self.instance.limits, **change))


@cache
def infeasible(seed: int) -> bool:
    return not feasible(random_instance(seed))


def assert_irreducible(question: Question, clashes: list[Clash]) -> None:
    seen: set[str] = set()
    for clash in clashes:
        assert clash.irreducible or not clash.rules
        assert not feasible(question.instance, clash.names)
        for rule in clash.rules:
            assert feasible(question.instance, clash.names - {rule}), rule
        assert seen.isdisjoint(clash.rules)
        seen |= set(clash.rules)
    if clashes[-1].rules and len(clashes) < 3:
        assert feasible(question.instance, NAMES - seen)


def assert_repairs_exact(question: Question, need: Need) -> bool:
    """Whether there is a repair; if so, that it is the smallest, else that there is none."""
    if need.limit(question.instance.limits) is None:
        return False
    outcome = least(question.stages, need.goal, EVERY_RULE, question.clock, need.loosen)
    if outcome.status == "infeasible":
        assert not feasible(question.with_limit(need.field, need.loose))
        return False
    assert outcome.status == "optimal"
    assert outcome.value is not None
    sign = -1 if need.floor else 1
    assert feasible(question.with_limit(need.field, sign * outcome.value))
    assert not feasible(question.with_limit(need.field, sign * (outcome.value - 1)))
    return True


@cache
def explain(seed: int) -> tuple[list[int], int]:
    """Check the explanation of one infeasible instance: sizes of conflicts, repairs replayed."""
    question = Question(seed)
    clashes = question.clashes()
    assert_irreducible(question, clashes)
    rules = {rule for clash in clashes for rule in clash.rules}
    repairs = sum(assert_repairs_exact(question, n) for n in NEEDS if n.rule in rules)
    return [len(clash.rules) for clash in clashes], repairs


@pytest.mark.parametrize("seed", QUICK)
def test_explanations_are_exact(seed: int) -> None:
    if infeasible(seed):
        explain(seed)


@pytest.mark.slow
def test_explanations_are_exact_on_many() -> None:
    """At least 200 infeasible instances; conflicts of every size and repairs occur."""
    found = [explain(seed) for seed in (*QUICK, *MANY) if infeasible(seed)]
    assert len(found) >= 200
    assert sum(repairs for _, repairs in found) >= 80
    assert {size for sizes, _ in found for size in sizes} >= {0, 1, 2, 3}


def stretched(question: Question) -> list[tuple[Need, int]] | None:
    """The limits that the cheapest stretch exceeds, each with what it must be then."""
    costs = {need.field: 1 + 7 * place for place, need in enumerate(NEEDS)}
    elastic = Elastic(question.instance.limits, costs)
    goal = elastic.goal()
    outcome = least(question.stages, goal, EVERY_RULE, question.clock, elastic.loosen)
    if outcome.winner is None or outcome.winner.values is None:
        assert outcome.status == "infeasible"
        return None
    pairs = elastic.slacks[id(outcome.winner.formulation.plan)]
    beyond = [(need, slack.value(outcome.winner.values)) for need, slack in pairs]
    limits = [(need, need.limit(elastic.limits)) for need, units in beyond if units]
    found = {need.field: units for need, units in beyond}
    return [(n, limit + found[n.field]) for n, limit in limits if limit is not None]


@pytest.mark.parametrize("seed", STRETCHED)
def test_the_cheapest_stretch_wastes_nothing(seed: int) -> None:
    """Feasible with all the limits stretched, infeasible with any one a unit tighter."""
    question = Question(seed)
    found = stretched(question)
    loose = question.instance
    if found is None:
        for need in NEEDS:
            if need.limit(loose.limits) is not None:
                loose = replace(loose, limits=need.loosen(loose.limits))
        assert not feasible(loose)
        return
    assert bool(found) == infeasible(seed)

    def with_all(units_less: Need | None) -> Instance:
        limits = question.instance.limits
        for need, value in found:
            tight = value - (need is units_less)
            change: dict[str, Any] = {need.field: -tight if need.floor else tight}
            limits = replace(limits, **change)
        return replace(question.instance, limits=limits)

    assert feasible(with_all(None))
    for need, _ in found:
        assert not feasible(with_all(need)), need.field


def test_what_is_granted_has_no_number_to_drop() -> None:
    """A new rule needs a line in the table of ``dropped``."""
    assert set(DROP) | UNASKED == NAMES - GRANTED
