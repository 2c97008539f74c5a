"""Comma-separated values: one row per part and per line of the TCO.

Spreadsheets run cells that begin like a formula, so text that begins so gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from optimizer.catalog.catalog import Catalog
from optimizer.report.purchase import purchase_groups
from optimizer.report.style import clean
from optimizer.report.tables import Cell, bill_records, cost_records
from optimizer.schema.build import Result

TRIGGERS = ("=", "+", "-", "@", "\t", "\r")
FIRST = ("section", "item")


def guarded(value: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if text.lstrip(" '\"").startswith(TRIGGERS) else text


def bill_csv(result: Result, catalog: Catalog) -> str:
    """Bill of materials (section bill) and TCO (section tco) in one table; a header only without.

    The total of a section is not among its rows.
    """
    build = result.build
    if build is None:
        return csv_text(["section", "status"], [{"section": "answer", "status": result.status}])
    rows = [{"section": "bill", **record} for record in bill_records(build, catalog)]
    costs = [
        {"section": "tco", "name": record["item"], "total_usd": record["usd"]}
        for record in cost_records(build)
    ]
    return csv_text(list(rows[0]), [*rows, *costs])


def purchase_csv(result: Result, catalog: Catalog) -> str:
    """What to buy, vendor by vendor."""
    rows = [
        {"vendor": group.vendor, **{k: v for k, v in record.items() if k != "vendor"}}
        for group in purchase_groups(result, catalog)
        for record in group.records
    ]
    return csv_text(list(rows[0]) if rows else ["vendor"], rows)


def csv_text(heads: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> str:
    """A header and a line per row; what a row lacks is empty."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(["" if row.get(h) is None else guarded(row.get(h)) for h in heads])
    return held.getvalue()
