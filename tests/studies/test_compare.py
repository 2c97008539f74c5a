"""Answers side by side: deltas, failures by hand, and the price that tips a choice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.report.compare import render_comparison
from optimizer.report.style import Style
from optimizer.schema.assumptions import YearsByCondition
from optimizer.schema.request import Request
from optimizer.studies.compare import Variant, compare, condition_variants
from tests.studies.small import answer, ask, small_catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return small_catalog(tmp_path / "small")


def by_condition(catalog: Catalog, request: Request) -> dict[str, Any]:
    variants = condition_variants(request, catalog)
    return compare("condition", variants, catalog, lambda asked, _: answer(asked, catalog))


def column(document: dict[str, Any], label: str) -> dict[str, Any]:
    (found,) = [c for c in document["variants"] if c["label"] == label]
    return dict(found)


def test_refurbished_only_where_it_is_offered(catalog: Catalog) -> None:
    labels = [v.label for v in condition_variants(ask(catalog), catalog)]
    assert labels == ["new", "used", "mixed"]


@pytest.mark.parametrize("objective", ["tco", "capex"])
def test_new_against_used(catalog: Catalog, objective: str) -> None:
    """15,000 + 3,000 new; 750 used and a tower that is only sold new."""
    document = by_condition(catalog, ask(catalog, objective=objective))
    assert [c["capex_usd"] for c in document["variants"]] == [18_000, 3_750, 3_750]
    assert (document["baseline"], document["best"], document["next"]) == ("new", "used", "new")
    assert column(document, "used")["against_baseline"]["capex_usd"] == -14_250
    assert column(document, "mixed")["same_build_as"] == "used"


def test_expected_failures_by_hand(catalog: Catalog) -> None:
    """New parts 1 % a year, used 3 %, three years: tower, CPU, 8 modules, drive, and the card."""
    document = by_condition(catalog, ask(catalog))
    assert column(document, "new")["expected_failures"] == pytest.approx(12 * 0.03)
    assert column(document, "used")["expected_failures"] == pytest.approx(11 * 0.03 + 0.09)


def test_lines_add_up_to_the_total(catalog: Catalog) -> None:
    for found in by_condition(catalog, ask(catalog))["variants"]:
        assert sum(found["lines"].values()) == pytest.approx(found["tco_usd"], abs=0.01)
        shift = found["against_baseline"]["tco_usd"]
        assert shift == pytest.approx(found["tco_usd"] - 18_000 - _opex(catalog), abs=0.01)


def _opex(catalog: Catalog) -> float:
    """What the new build costs beside its price."""
    result = answer(ask(catalog, conditions=["new"]), catalog)
    assert result.build is not None
    return result.build.costs.opex_usd


def test_what_differs_in_the_bill(catalog: Catalog) -> None:
    changes = column(by_condition(catalog, ask(catalog)), "used")["changes"]
    assert {(c["component"], c["condition"], c["quantity"]) for c in changes} == {
        ("card-80gb", "new", -1),
        ("card-24gb", "used", 1),
    }


def test_months_without_warranty(catalog: Catalog) -> None:
    """Nothing is known in the small catalog; with 2 years for new parts, 1 and 3 years are left."""
    figures = by_condition(catalog, ask(catalog))
    assert column(figures, "new")["months_without_warranty"] is None
    held = {"new": 2.0, "refurbished": 1.0, "used": 0.0, "owned": 0.0}
    warranty = YearsByCondition.model_validate(held)
    classes = {k: c.replace(warranty=warranty) for k, c in catalog.cost_classes.items()}
    figures = by_condition(replace(catalog, cost_classes=classes), ask(catalog))
    assert column(figures, "new")["months_without_warranty"] == 12
    assert column(figures, "used")["months_without_warranty"] == 36


def test_one_thing_varied(catalog: Catalog) -> None:
    """The attic pays 0.20 at a PUE of 1, the server room 0.12 at 1.5."""
    variants = [Variant(s, ask(catalog, site=s)) for s in ("server-room", "attic")]
    document = compare("site", variants, catalog, lambda asked, _: answer(asked, catalog))
    rooms = document["variants"]
    assert rooms[1]["lines"]["energy"] / rooms[0]["lines"]["energy"] == pytest.approx(
        0.20 / 0.18, rel=0.03
    )
    assert rooms[0]["against_baseline"] == dict.fromkeys(rooms[0]["against_baseline"], 0)
    assert "flip" not in document


def test_nothing_fits_anywhere(catalog: Catalog) -> None:
    document = by_condition(catalog, ask(catalog, budget="100"))
    assert {c["status"] for c in document["variants"]} == {"infeasible"}
    assert document["best"] is None


def test_an_interruption_keeps_what_was_solved(catalog: Catalog) -> None:
    variants = condition_variants(ask(catalog), catalog)
    solved = answer(variants[0].request, catalog).model_copy(update={"interrupted": True})
    document = compare("condition", variants, catalog, lambda _asked, _label: solved)
    assert document["interrupted"]
    assert document["not_solved"] == ["used", "mixed"]
    text = render_comparison(document, Style())
    assert "Interrupted; not solved: used, mixed" in text
    assert "the only answer" in text
