"""Many requests in one session: each answer is that of a solve of its own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.solve.run import SolveOptions, solve
from optimizer.solve.session import Session, allows_more
from tests.studies.small import ask, small_catalog

OPTIONS = SolveOptions(explain=False, notes=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("catalog") / "small")


def document(result: Result) -> dict[str, Any]:
    """All of the answer but the time that it took."""
    return result.model_dump(exclude={"timings"})


def drawn(chance: random.Random, catalog: Catalog, model: str) -> Request:
    """A request whose limits, tariff and objective vary; its workload seldom does."""
    plain: dict[str, Any] = {
        "model": model,
        "objective": chance.choice(["throughput", "tco", "capex", "speed", "cost-per-token"]),
        "electricity": chance.choice([0.09, 0.19, 0.4]),
        "concurrency": chance.choice([1, 1, 1, 4]),
        "max_nodes": 1,
    }
    if chance.random() < 0.7:
        plain["budget"] = chance.choice([3_000, 3_750, 5_000, 12_000, 18_000, 40_000, 90_000])
    if chance.random() < 0.3:
        plain["max_tco"] = chance.choice([5_000, 20_000, 60_000])
    if chance.random() < 0.3:
        plain["targets"] = {"min_tok_s": chance.choice([20, 200, 1000])}
    if chance.random() < 0.2:
        plain["site"] = {"base": "server-room", "heat_removal_w": chance.choice([300, 900, 4000])}
    return build_request(plain, catalog)


def assert_same(catalog: Catalog, model: str, seed: int, count: int) -> int:
    """Both ways, one request after another; how many answers were implied."""
    chance, session, implied = random.Random(seed), Session(catalog), 0
    for _ in range(count):
        request = drawn(chance, catalog, model)
        found, known = session.solve(request, OPTIONS)
        assert document(found) == document(solve(request, catalog, OPTIONS))
        implied += known
    return implied


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_a_session_answers_as_single_solves_do(small: Catalog, seed: int) -> None:
    assert assert_same(small, "small", seed, 40) > 0


@pytest.mark.slow
@pytest.mark.parametrize("model", ["llama-70b", "qwen3-32b"])
def test_a_session_answers_as_single_solves_do_on_the_shipped_catalog(model: str) -> None:
    assert assert_same(load_catalog(), model, 2, 40) >= 4


def test_a_tighter_limit_that_the_build_keeps_needs_no_solve(small: Catalog) -> None:
    """The best build for 18,000 dollars and more costs 3,750 dollars of them, or all."""
    session = Session(small)
    first, implied = session.solve(ask(small, objective="capex", budget="90k"), OPTIONS)
    assert not implied
    assert first.build is not None
    _, implied = session.solve(ask(small, objective="capex", budget="4k"), OPTIONS)
    assert implied
    _, implied = session.solve(ask(small, objective="capex", budget="3k"), OPTIONS)
    assert not implied, "the build costs more: that nothing fits must be proven"
    nothing, implied = session.solve(ask(small, objective="capex", budget="2k"), OPTIONS)
    assert implied
    assert nothing.status == "infeasible"


def test_what_allows_more(small: Catalog) -> None:
    def given(**plain: Any) -> Request:
        return ask(small, objective="throughput", **plain)

    assert allows_more(given(), given(budget="9k"))
    assert allows_more(given(budget="9k"), given(budget="9k"))
    assert not allows_more(given(budget="9k"), given())
    assert not allows_more(given(budget="9k"), given(budget="10k"))
    assert allows_more(given(), given(targets={"min_tok_s": 5}))
    assert not allows_more(given(targets={"min_tok_s": 5}), given(targets={"min_tok_s": 4}))
    assert not allows_more(given(electricity=0.1), given(electricity=0.2))
    assert allows_more(given(electricity=0.1), given(electricity=0.2), any_tariff=True)
