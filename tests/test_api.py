"""The public names: small, typed, documented, and what they hand back."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

import optimizer
from optimizer import Catalog, InputError, Result
from tests.cli.conftest import SMALL

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = [n for n in optimizer.__all__ if inspect.isfunction(getattr(optimizer, n))]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return optimizer.load_catalog([SMALL], builtin=False)


def ask(catalog: Catalog, **changes: Any) -> Any:
    return optimizer.build_request({"model": "small", "budget": "10k"} | changes, catalog)


@pytest.fixture(scope="module")
def result(catalog: Catalog) -> Result:
    return optimizer.explain(ask(catalog), catalog)


def test_every_public_name_is_there_and_tells_what_it_is() -> None:
    assert sorted(optimizer.__all__) == sorted(optimizer.PUBLIC)
    for name in optimizer.__all__:
        assert len(inspect.getdoc(getattr(optimizer, name)) or "") > 30, name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_typed(name: str) -> None:
    signature = inspect.signature(getattr(optimizer, name))
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter.name


def test_the_page_documents_every_public_name() -> None:
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    assert [n for n in optimizer.__all__ if f"\n### {n}\n" not in page] == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, optimizer; sys.exit(str({'pandas','ortools','pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'solve_all'"):
        _ = optimizer.solve_all


def test_tables_of_an_answer_add_up(result: Result, catalog: Catalog) -> None:
    build = result.build
    assert build is not None
    bill = optimizer.bill_table(result, catalog)
    assert bill.total_usd.sum() == pytest.approx(
        sum(line.total_usd for line in build.bill_of_materials)
    )
    assert list(bill.columns[:5]) == ["kind", "id", "name", "quantity", "condition"]
    assert optimizer.cost_table(result).usd.sum() == pytest.approx(build.costs.tco_usd, abs=0.005)
    limits = optimizer.limit_table(result)
    assert (limits.share.dropna() <= 1 + 1e-9).all()
    budget = limits[limits.rule == "budget"].iloc[0]
    assert budget.used == build.costs.capex_usd


def test_binding_table_has_a_row_per_change(result: Result) -> None:
    table = optimizer.binding_table(result)
    assert len(table) == sum(len(limit.relaxed) for limit in result.binding or ())
    assert "gain" in table.columns


def test_tables_without_a_build_are_empty(catalog: Catalog) -> None:
    nothing = optimizer.optimize(ask(catalog, budget="10"), catalog)
    assert nothing.build is None
    for table in (optimizer.bill_table, optimizer.cost_table, optimizer.limit_table):
        assert len(table(nothing)) == 0
    assert list(optimizer.binding_table(nothing).columns)


def test_comparison(catalog: Catalog) -> None:
    requests = {"4K": ask(catalog, context="4K"), "8K": ask(catalog)}
    document = optimizer.compare(requests, catalog)
    table = optimizer.comparison_table(document)
    assert list(table.index) == ["4K", "8K"]
    assert table.loc["4K"].output_tok_s >= table.loc["8K"].output_tok_s
    with pytest.raises(InputError, match="two requests"):
        optimizer.compare({"one": ask(catalog)}, catalog)


def test_conditions(catalog: Catalog) -> None:
    table = optimizer.comparison_table(optimizer.compare_conditions(ask(catalog), catalog))
    assert table.index[-1] == "mixed"


def test_frontier_never_falls(catalog: Catalog) -> None:
    document = optimizer.frontier(ask(catalog), catalog, x="capex", y="throughput")
    table = optimizer.frontier_table(document)
    assert document["complete"]
    assert len(table) >= 1
    assert table.capex.is_monotonic_increasing
    assert table.throughput.is_monotonic_increasing


def test_rent_of_what_nobody_rents(result: Result, catalog: Catalog) -> None:
    document = optimizer.rent(result, catalog)
    assert len(optimizer.rent_table(document)) == len(document["clouds"])
    nothing = optimizer.optimize(ask(catalog, budget="10"), catalog)
    with pytest.raises(InputError, match="no build"):
        optimizer.rent(nothing, catalog)


def test_prediction_has_bands(catalog: Catalog) -> None:
    point = optimizer.predict("small", "card-80gb", catalog, count=1, concurrency=4)
    table = optimizer.speed_table(point)
    assert (table.low <= table.value).all()
    assert (table.value <= table.high).all()
    with pytest.raises(InputError, match="card-80gb"):
        optimizer.predict("small", "card-80", catalog)


def test_tables_of_the_catalog(catalog: Catalog) -> None:
    cards = optimizer.catalog_table(catalog, "accelerator")
    assert set(cards.id) == {"card-24gb", "card-80gb"}
    assert "sources" not in cards.columns
    assert len(optimizer.catalog_table(catalog, "llm")) == 1
    prices = optimizer.price_table(catalog, "card")
    assert (prices.low <= prices.typical).all()
    assert len(optimizer.error_table(catalog)) > 3


def test_pages_and_charts(result: Result, catalog: Catalog) -> None:
    assert optimizer.html_page(result, catalog).startswith("<!DOCTYPE html>")
    assert "proven optimal" in optimizer.text_page(result)
    assert optimizer.charts(result, catalog)[0].name == "memory"


def test_types_are_complete() -> None:
    """Annotations resolve, so that editors and checkers see them."""
    for name in ("optimize", "compare", "frontier", "rent", "predict", "explain"):
        assert typing.get_type_hints(getattr(optimizer, name))["return"]
