"""Every rule has its twin, its pair of tests, and bites."""

from __future__ import annotations

import inspect

import pytest

from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.verify.checks import CHECKS
from tests.rules import (
    test_air,
    test_compatibility,
    test_electrical,
    test_lanes,
    test_memory,
    test_money,
    test_network,
    test_outlets,
    test_room,
    test_service,
    test_ups,
)
from tests.rules.pairs import Pair, status, without

PAIRS: list[Pair] = [
    *test_air.PAIRS,
    *test_compatibility.PAIRS,
    *test_electrical.PAIRS,
    *test_lanes.PAIRS,
    *test_memory.PAIRS,
    *test_money.PAIRS,
    *test_network.PAIRS,
    *test_outlets.PAIRS,
    *test_room.PAIRS,
    *test_service.PAIRS,
    *test_ups.PAIRS,
]
NAMES = [rule.name for rule in RULES]


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)
    ids = [p.id for p in PAIRS]
    assert len(set(ids)) == len(ids)


def test_every_rule_has_a_twin_of_its_name() -> None:
    assert set(CHECKS) == set(NAMES)


def test_every_rule_has_a_pair_of_tests() -> None:
    assert {p.rule for p in PAIRS} == set(NAMES)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_rule_states_itself(rule: Rule) -> None:
    """A line for people, and the inequality or the meaning in the docstring."""
    assert rule.statement
    assert not rule.statement.endswith(".")
    assert inspect.getdoc(rule.add)
    assert CHECKS[rule.name].__doc__.startswith(f"Rule ``{rule.name}``:")  # type: ignore[union-attr]


@pytest.mark.parametrize("rule", NAMES)
def test_dropping_a_rule_changes_an_answer(rule: str) -> None:
    """What the rule forbids alone is feasible without it."""
    pair = next(p for p in PAIRS if p.rule == rule)
    assert status(pair.breaks) == "infeasible"
    assert status(pair.breaks, without(rule)) == "optimal"
