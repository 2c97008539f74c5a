"""Exports: totals that add up, by formulas that compute them again."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.errors import InputError
from optimizer.report.export import ANSWERS, PURCHASES, export_for
from optimizer.report.purchase import purchase_groups
from optimizer.schema.build import Result

HARDWARE = 412.5 + 9_800 + 8 * 11_999 + 24 * 310 + 420
"""The bill of the hand-made answer."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def computed(book: Any, sheet: str, cell: str) -> Any:
    """The value of a cell: a small spreadsheet program that knows the formulas used here."""
    value = book[sheet][cell].value
    if not isinstance(value, str) or book[sheet][cell].data_type != "f":
        return value
    if match := re.fullmatch(r"=([A-Z]\d+)\*([A-Z]\d+)", value):
        return computed(book, sheet, match[1]) * computed(book, sheet, match[2])
    if match := re.fullmatch(r"=SUM\(([A-Z])(\d+):[A-Z](\d+)\)", value):
        cells = [f"{match[1]}{row}" for row in range(int(match[2]), int(match[3]) + 1)]
        return sum(computed(book, sheet, c) or 0 for c in cells)
    form = r"=SUMIF\('(.+)'!A(\d+):A(\d+),MID\((A\d+),11,99\),'.+'!E\d+:E\d+\)"
    if match := re.fullmatch(form, value):
        wanted = str(book[sheet][match[4]].value)[10:]
        rows = range(int(match[2]), int(match[3]) + 1)
        kinds = [r for r in rows if book[match[1]][f"A{r}"].value == wanted]
        return sum(computed(book, match[1], f"E{r}") or 0 for r in kinds)
    if match := re.fullmatch(r"=IF\((C\d+)=0,1,(B\d+)/C\d+\)", value):
        over = computed(book, sheet, match[1])
        return computed(book, sheet, match[2]) / over if over else 1
    raise AssertionError(f"unknown formula {value}")


def workbook(result: Result, catalog: Catalog) -> Any:
    return load_workbook(io.BytesIO(ANSWERS[".xlsx"](result, catalog)))


def row_of(sheet: Any, label: str, column: int = 1) -> int:
    return next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, column).value == label)


def test_workbook_totals_are_live_and_right(answer: Result, catalog: Catalog) -> None:
    book = workbook(answer, catalog)
    bill = book["Bill of materials"]
    at = row_of(bill, "Total", 2)
    assert bill[f"E{at}"].value == f"=SUM(E2:E{at - 1})"
    assert computed(book, "Bill of materials", f"E{at}") == pytest.approx(HARDWARE)
    row = row_of(bill, "DDR5-4800 RDIMM 64 GB", 2)
    assert computed(book, "Bill of materials", f"E{row}") == 24 * 310
    bill[f"C{row}"].value = 25  # one more module, and the totals follow
    assert computed(book, "Bill of materials", f"E{at}") == pytest.approx(HARDWARE + 310)


def test_workbook_tco_adds_up_and_hardware_follows_the_bill(
    answer: Result, catalog: Catalog
) -> None:
    book = workbook(answer, catalog)
    costs = book["TCO"]
    at = row_of(costs, "Total cost of ownership")
    assert computed(book, "TCO", f"B{at}") == pytest.approx(120_080)
    cards = row_of(costs, "hardware: accelerator")
    assert costs[f"B{cards}"].data_type == "f"
    assert computed(book, "TCO", f"B{cards}") == 8 * 11_999
    platform = row_of(costs, "hardware: platform")  # holds other parts too: a figure
    assert costs[f"B{platform}"].data_type == "n"


def test_workbook_purchase_list_adds_up_by_vendor(answer: Result, catalog: Catalog) -> None:
    book = workbook(answer, catalog)
    sheet = book["Purchase list"]
    at = row_of(sheet, "Together", 2)
    assert computed(book, "Purchase list", f"F{at}") == pytest.approx(HARDWARE)


def test_limits_share_is_computed(answer: Result, catalog: Catalog) -> None:
    book = workbook(answer, catalog)
    at = row_of(book["Limits"], "PCIe lanes")
    assert computed(book, "Limits", f"E{at}") == pytest.approx(152 / 160)


def test_csv_holds_both_tables(answer: Result, catalog: Catalog) -> None:
    rows = list(csv.DictReader(io.StringIO(ANSWERS[".csv"](answer, catalog).decode())))
    bill = [r for r in rows if r["section"] == "bill"]
    tco = [r for r in rows if r["section"] == "tco"]
    assert sum(float(r["total_usd"]) for r in bill) == pytest.approx(HARDWARE)
    assert sum(float(r["total_usd"]) for r in tco) == pytest.approx(120_080)
    assert next(r for r in tco if r["name"] == "resale")["total_usd"] == "-30400.0"
    assert next(r for r in bill if r["kind"] == "cpu")["included"] == "True"


def test_json_is_the_document(answer: Result, catalog: Catalog) -> None:
    document = json.loads(ANSWERS[".json"](answer, catalog))
    assert document["build"]["costs"]["tco_usd"] == 120_080


def test_markdown_tables_are_whole(answer: Result, catalog: Catalog) -> None:
    text = ANSWERS[".md"](answer, catalog).decode()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    tables = "\n".join(text.splitlines()).split("\n\n")
    for table in (t for t in tables if t.startswith("|")):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1
    assert any("**113,1" in row or "**114" in row for row in rows)
    assert "| **TCO** | **120,080.00** |" in rows


def test_markdown_of_an_infeasible_request(impossible: Result, catalog: Catalog) -> None:
    text = ANSWERS[".md"](impossible, catalog).decode()
    assert "proven infeasible" in text
    assert "- `--budget 41300`" in text


@pytest.mark.parametrize("ending", sorted({*ANSWERS} | {*PURCHASES}))
def test_an_answer_without_a_build_exports_too(
    ending: str, impossible: Result, catalog: Catalog
) -> None:
    for known in (ANSWERS, PURCHASES):
        if ending in known:
            assert known[ending](impossible, catalog)


def test_purchase_groups_hold_everything_bought_once(answer: Result, catalog: Catalog) -> None:
    groups = purchase_groups(answer, catalog)
    assert [g.vendor for g in groups] == ["Shop", "on the shelf"]
    assert groups[0].total_usd == pytest.approx(HARDWARE)
    names = [r["name"] for g in groups for r in g.records]
    assert len(names) == len(set(names)) == 6
    assert "EPYC 9354" not in names  # comes inside the server


def test_purchase_list_can_be_ticked_off(answer: Result, catalog: Catalog) -> None:
    text = PURCHASES[".md"](answer, catalog).decode()
    assert f"# Purchase list, ${HARDWARE:,.2f}" in text
    assert text.count("- [ ] ") == 6
    assert "## On the shelf" in text


@pytest.mark.parametrize(
    ("name", "advice"),
    [("answer.xlx", "Did you mean .xlsx?"), ("answer", "Endings: .csv, .json, .md, .xlsx")],
)
def test_unknown_endings_are_refused_with_the_nearest(name: str, advice: str) -> None:
    with pytest.raises(InputError, match=re.escape(advice)):
        export_for(Path(name), "--export")
