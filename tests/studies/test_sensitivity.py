"""Sensitivity: swings, break points by hand arithmetic, chances that add up."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.report.sensitivity import render_sensitivity
from optimizer.report.style import Style
from optimizer.scenario.grid import Question
from optimizer.scenario.keys import Names
from optimizer.studies.chance import chance
from optimizer.studies.sensitivity import (
    Assumption,
    Bench,
    break_points,
    read_assumption,
    scaled,
    tornado,
    usual,
)
from tests.studies.small import answer, ask, small_catalog

BANDS = """
offers:
  - {component: card-24gb, condition: used, low: 500, typical: 800, high: 20000,
      vendor: Market, date: "2026-05-05", source: bench, confidence: low}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("catalog") / "small")


def bench(catalog: Catalog, **plain: Any) -> Bench:
    question = Question({"model": "small", **plain}, Names())
    return Bench(question, catalog, lambda asked, priced, _: answer(asked, priced))


def test_a_price_flips_the_build_where_arithmetic_says(catalog: Catalog) -> None:
    """3,000 + 750 f = 18,000 at f = 20; every solve on either side agrees."""
    study = bench(catalog, objective="capex")
    found = break_points(study, Assumption("price:used", 1.0, 41.0))
    (flip,) = found["flips"]
    assert flip["below"] <= 20 <= flip["above"]
    assert flip["above"] - flip["below"] <= 40 * 1e-4 * 1.001
    assert flip["from"] == "1 x Card 24 GB in Tower workstation"
    gone = {(c["component"], c["condition"]): c["quantity"] for c in flip["changes"]}
    assert gone["card-24gb", "used"] == -1
    assert flip["to"] == "1 x Card 80 GB in Tower workstation"


@pytest.mark.slow
def test_a_whole_number_flips_between_two_neighbours(catalog: Catalog) -> None:
    """Where one user more no longer fits on the small card, against every number solved."""
    costs = {}
    for users in range(1, 41):
        build = answer(ask(catalog, objective="capex", concurrency=users), catalog).build
        costs[users] = None if build is None else build.deployment.accelerator
    expected = [(u, u + 1) for u in range(1, 40) if costs[u] != costs[u + 1]]
    found = break_points(bench(catalog, objective="capex"), Assumption("concurrency", 1, 40))
    assert set(expected) <= {(f["below"], f["above"]) for f in found["flips"]}


def test_the_same_build_at_both_ends_has_no_break(catalog: Catalog) -> None:
    found = break_points(bench(catalog, objective="capex"), Assumption("price:used", 1.0, 2.0))
    assert (found["flips"], found["now"]) == ([], 1.0)


def test_a_tornado_by_hand(catalog: Catalog) -> None:
    """Twice the tariff costs the energy line once more; half of it half a line less."""
    study = bench(catalog, objective="tco", electricity=0.2)
    base = study.base()
    assert base.build is not None
    energy = next(line.usd for line in base.build.costs.lines if line.item == "energy")
    found = tornado(
        study, [Assumption("electricity", 0.1, 0.4), Assumption("price:card-80gb", 0.5, 2.0)]
    )
    first, last = found["bars"]
    assert first["name"] == "electricity"
    assert first["high"]["change"] == pytest.approx(energy, abs=0.05)
    assert first["low"]["change"] == pytest.approx(-energy / 2, abs=0.05)
    assert last["swing"] == 0, "a card that is not bought"
    assert not first["high"]["build_changes"]


def test_the_usual_assumptions_can_all_be_asked(catalog: Catalog) -> None:
    study = bench(catalog, objective="tco")
    found = tornado(study, usual(study.request))
    assert len(found["bars"]) == 8
    swings = [bar["swing"] or 0 for bar in found["bars"]]
    assert swings == sorted(swings, reverse=True)
    text = render_sensitivity({"tornado": found}, Style())
    assert all(len(line) <= 80 for line in text.splitlines())


def test_certain_prices_leave_no_regret(catalog: Catalog) -> None:
    found = chance(bench(catalog, objective="tco"), 8, 0)
    assert found["within_budget"] == 1.0
    assert found["regret_p90"] >= 0
    assert found["meets_all"] <= min(found["meets_targets"], found["within_budget"])


@pytest.mark.slow
def test_uncertain_prices_by_chance(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The used card costs 500 to 20,000: seldom more than 15,000, where the new one wins."""
    wide = small_catalog(tmp_path_factory.mktemp("wide") / "small", BANDS)
    study = bench(wide, objective="capex")
    found = chance(study, 40, 1)
    assert found == chance(study, 40, 1), "the same samples each time"
    assert 0.5 < found["stays_best"] <= 1
    assert found["regret_mean"] <= found["regret_p90"] or found["regret_p90"] == 0


@pytest.mark.slow
def test_speed_targets_are_met_by_chance(catalog: Catalog) -> None:
    """A target at the prediction is met about half of the time, one far below always."""
    build = answer(ask(catalog, objective="capex"), catalog).build
    assert build is not None
    speed = build.performance.output_tok_s
    low = chance(bench(catalog, objective="capex", targets={"min_tok_s": speed * 0.2}), 60, 0)
    near = chance(bench(catalog, objective="capex", targets={"min_tok_s": speed * 0.999}), 60, 0)
    assert low["meets_targets"] >= 0.95
    assert 0.25 < near["meets_targets"] < 0.75


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("electricity", "gives no range"),
        ("electrcity=0.1..0.4", "Did you mean electricity"),
        ("price:used=0..2", "factors lie above 0"),
        ("price:used=a..b", "factors lie above 0"),
        ("budget=x..y", "budget"),
    ],
)
def test_ranges_that_are_none(text: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        read_assumption(text, Question({"model": "small"}, Names()))


def test_prices_of_nothing(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="Did you mean card-24gb"):
        scaled(catalog, ask(catalog), "card-24g", 2.0)
    with pytest.raises(InputError, match="is not a number"):
        break_points(bench(catalog), Assumption("site", "attic", "server-room"))
