"""What a limit costs is the difference of two proven answers."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.explanation import Binding
from optimizer.solve.knobs import with_value
from optimizer.solve.run import SolveOptions, solve

PLAIN = {"model": "small", "accelerators": ["card-24gb"], "budget": 4000, "concurrency": 2}
"""One card and a tower cost $3,750; a second card would make $4,500."""


@pytest.fixture(scope="module")
def result(small: Catalog) -> Result:
    return solve(build_request(PLAIN, small), small, SolveOptions(binding=True))


def by_key(result: Result) -> dict[str, Binding]:
    assert result.binding is not None
    return {b.path.rpartition(".")[2]: b for b in result.binding}


def test_the_next_dollars(result: Result) -> None:
    budget = by_key(result)["budget_usd"]
    assert budget.binds
    assert (budget.used, budget.available) == (3750, 4000)
    gains = {r.after: r for r in budget.relaxed}
    assert list(gains) == [4400.0, 5000.0, 14000.0]
    assert gains[4400.0].objective_gain == 0
    assert gains[5000.0].objective_gain > 0
    assert gains[5000.0].extra_capex_usd == 750
    assert gains[5000.0].flag == "--budget 5000"
    assert gains[5000.0].build.accelerators == 2


def test_every_gain_is_the_difference_of_two_answers(result: Result, small: Catalog) -> None:
    assert result.binding is not None
    assert result.objective.value is not None
    held = result.objective.value
    for relaxed in (r for b in result.binding for r in b.relaxed):
        again = solve(with_value(result.request, relaxed.path, relaxed.after), small)
        assert again.objective.value == relaxed.objective
        assert relaxed.objective_gain == pytest.approx(relaxed.objective / held - 1, abs=1e-6)


def test_what_does_not_bind_says_how_much_is_used(result: Result) -> None:
    units = by_key(result)["units"]
    assert not units.binds
    assert (units.used, units.available) == (5, 42)
    assert [r.objective_gain for r in units.relaxed] == [0]


def test_limits_that_bind_come_first(result: Result) -> None:
    assert result.binding is not None
    binds = [b.binds for b in result.binding]
    assert binds == sorted(binds, reverse=True)


def test_a_gain_in_money_is_less_money(small: Catalog) -> None:
    targets = {"min_tok_s": 900}
    plain = {"model": "small", "accelerators": ["card-24gb"], "targets": targets}
    request = build_request(plain, small)
    result = solve(request, small, SolveOptions(binding=True))
    assert result.status == "optimal"
    for binding in result.binding or ():
        for relaxed in binding.relaxed:
            assert result.objective.value is not None
            assert relaxed.objective <= result.objective.value
            assert relaxed.objective_gain >= 0


def test_nothing_is_asked_for_nothing_is_told(small: Catalog) -> None:
    assert solve(build_request(PLAIN, small), small).binding is None
