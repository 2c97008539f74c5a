"""Parts on the shelf: free to use, used only where they serve, and what is left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.report.shelf import render_shelf
from optimizer.report.style import TIMES, Style
from optimizer.schema.build import ShelfLine
from tests.studies.small import answer, ask, small_catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return small_catalog(tmp_path / "small")


def shelf(catalog: Catalog, **plain: object) -> tuple[ShelfLine, ...]:
    result = answer(ask(catalog, **plain), catalog)
    assert result.build is not None
    return result.build.shelf


def test_what_is_used_is_kept_and_the_rest_is_sold(catalog: Catalog) -> None:
    """The small LLM fits on one card: of three, two are left at 600 dollars each."""
    owned = {"card-24gb": {"quantity": 3, "resale": 600}}
    (line,) = shelf(catalog, objective="capex", owned=owned)
    assert (line.owned, line.kept, line.left, line.resale_usd) == (3, 1, 2, 1200)
    assert line.condition == "used"


def test_what_is_owned_costs_nothing(catalog: Catalog) -> None:
    """Without it the used card costs 750."""
    bought = answer(ask(catalog, objective="capex"), catalog).build
    owned = answer(ask(catalog, objective="capex", owned={"card-24gb": 1}), catalog).build
    assert bought is not None
    assert owned is not None
    assert bought.costs.capex_usd - owned.costs.capex_usd == 750


def test_a_part_that_does_not_serve_is_left(catalog: Catalog) -> None:
    (line,) = shelf(catalog, objective="capex", accelerators=["card-80gb"], owned={"card-24gb": 2})
    assert (line.kept, line.left, line.resale_usd) == (0, 2, None)


def test_nothing_owned_nothing_said(catalog: Catalog) -> None:
    assert shelf(catalog, objective="capex") == ()


def test_the_page_says_keep_add_and_sell(catalog: Catalog) -> None:
    owned = {"card-24gb": {"quantity": 3, "resale": 600}}
    result = answer(ask(catalog, objective="capex", owned=owned), catalog)
    assert result.build is not None
    text = "\n".join(render_shelf(result.build, Style()))
    assert f"Keep  1 {TIMES} Card 24 GB" in text
    assert f"Sell  2 {TIMES} Card 24 GB (for about $1,200)" in text
    assert f"Add   1 {TIMES} " in text
