"""Near-optimal builds: each the best of those that differ, by solving again without the others."""

from __future__ import annotations

from itertools import combinations

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.report.alternatives import render_alternatives
from optimizer.report.style import Style
from optimizer.scenario.request import build_request
from optimizer.schema.request import Request
from optimizer.solve.alternatives import alternatives, differences
from optimizer.solve.run import solve

PLAIN = {"model": "small", "targets": {"min_tok_s": 100}}


@pytest.fixture(scope="module")
def request_(small: Catalog) -> Request:
    return build_request(PLAIN, small)


def test_the_best_comes_first(small: Catalog, request_: Request) -> None:
    found = alternatives(request_, small, within=1.0)
    best = solve(request_, small)
    assert found.complete
    assert found.builds[0].build == best.build
    assert found.builds[0].differs == ()


@pytest.mark.parametrize("least", [1, 2])
def test_each_differs_from_all_and_none_is_better(
    small: Catalog, request_: Request, least: int
) -> None:
    found = alternatives(request_, small, within=1.0, count=9, least_differences=least)
    for one, other in combinations(found.builds, 2):
        assert len(differences(one.features, other.features)) >= least
        assert one.objective <= other.objective  # the TCO is minimised


def test_the_best_of_another_accelerator_is_among_them(small: Catalog, request_: Request) -> None:
    found = alternatives(request_, small, within=5.0, count=9)
    best = found.builds[0].features.accelerator
    policy = request_.policy.replace(exclude=(best,))
    other = solve(request_.replace(policy=policy), small)
    assert other.objective.value in [
        b.objective for b in found.builds if b.features.accelerator != best
    ]


@pytest.mark.parametrize("objective", ["throughput", "cost-per-token", "capex"])
def test_nothing_worse_than_allowed(small: Catalog, objective: str) -> None:
    request = build_request({"model": "small", "budget": 12_000, "objective": objective}, small)
    wide = alternatives(request, small, within=1.0, count=9)
    near = alternatives(request, small, within=0.1, count=9)
    assert [b.objective for b in near.builds] == [
        b.objective for b in wide.builds if b.objective_gain >= -0.1
    ]


def test_as_many_as_asked_for(small: Catalog, request_: Request) -> None:
    assert len(alternatives(request_, small, within=5.0, count=1).builds) == 2


def test_nothing_fits(small: Catalog) -> None:
    found = alternatives(build_request(PLAIN | {"budget": 100}, small), small)
    assert (found.status, found.builds, found.complete) == ("infeasible", (), True)


def test_fewer_differences_are_proposed_where_fewer_can_be_asked(
    small: Catalog, request_: Request
) -> None:
    for least, proposed in ((1, False), (2, True)):
        found = alternatives(request_, small, within=0.001, least_differences=least)
        assert len(found.builds) == 1
        text = " ".join(render_alternatives(found, small, Style()).split())
        assert "A larger --within gives up more" in text
        assert ("a smaller --differ" in text) == proposed


def test_another_kind_of_platform_is_named(small: Catalog, request_: Request) -> None:
    found = alternatives(request_, small, within=0.001)
    (best,) = found.builds
    features = best.features.replace(platform="barebone")
    changed = best.replace(features=features, differs=("accelerator", "platform"))
    text = render_alternatives(found.replace(builds=(best, changed)), small, Style())
    assert "1. Another accelerator and kind of platform (barebone)\n" in text
