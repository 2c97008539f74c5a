"""The answer as a workbook: figures as figures, totals as live formulas, text as text.

Change a quantity or a price and the totals follow. Text from data is stored as text, whatever it
begins with, so that no spreadsheet runs it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.report.answer import goal_text, headline, question_parts
from optimizer.report.limits import HIDDEN, LABELS
from optimizer.report.purchase import purchase_groups
from optimizer.report.style import clean, clip
from optimizer.report.tables import Cell, bill_records, cost_records
from optimizer.schema.build import Build, Result

BILL, COSTS = "Bill of materials", "TCO"
USD = "#,##0.00"
LONGEST = 1000
"""Characters of text in a cell."""


def answer_workbook(result: Result, catalog: Catalog) -> bytes:
    """The file's content: sheets for the answer, the bill, the TCO, the limits, the purchase."""
    from openpyxl import Workbook  # noqa: PLC0415  (slow, and few answers are exported)

    book = Workbook()
    sheet = book.active
    sheet.title = "Answer"
    _answer(sheet, result, catalog)
    if result.build is not None:
        rows = _bill(book.create_sheet(BILL), result.build, catalog)
        _costs(book.create_sheet(COSTS), result.build, rows)
        _limits(book.create_sheet("Limits"), result.build)
        _purchase(book.create_sheet("Purchase list"), result, catalog)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _put(sheet: Any, row: int, column: int, value: Cell, style: str = "") -> None:
    """A figure as a figure, text as text that is never a formula."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = clip(clean(value), LONGEST)
        cell.data_type = "s"
        cell.quotePrefix = True
    else:
        cell.value = value
    if style:
        cell.number_format = style


def _formula(sheet: Any, row: int, column: int, formula: str) -> None:
    """A formula of our own; nothing from data stands in it."""
    from openpyxl.styles import Font  # noqa: PLC0415

    cell = sheet.cell(row, column, formula)
    cell.number_format = USD
    cell.font = Font(bold=formula.startswith("=SUM("))


def _heads(sheet: Any, heads: Sequence[str], widths: Iterable[int]) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for column, (head, width) in enumerate(zip(heads, widths, strict=True), 1):
        _put(sheet, 1, column, head)
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"


def _answer(sheet: Any, result: Result, catalog: Catalog) -> None:
    names = {e.id: e.name for e in (*catalog.llms.values(), *catalog.engines.values())}
    _heads(sheet, ("Question", " · ".join(question_parts(result, names))), (24, 90))
    rows: list[tuple[str, Cell]] = [("Status", result.status)]
    if result.build is not None:
        made, used = result.build.performance, result.build.deployment
        rows += [
            ("Answer", headline(result)[0]),
            ("Goal", goal_text(result)),
            ("Throughput, tok/s", made.output_tok_s),
            ("Per user, tok/s", made.tok_s_per_user),
            ("First token, s", made.ttft_s),
            ("Error band, %", made.error_band_pct),
            ("Peak at the wall, W", result.build.power.peak_wall_w),
            ("Average at the wall, W", result.build.power.average_wall_w),
            ("Start with", used.launch_command),
            ("Container image", used.container),
        ]
    rows += [("Warning", text) for text in result.warnings]
    rows += [("Note", text) for text in result.notes]
    rows += [
        ("Catalog", result.provenance.catalog_date),
        ("Catalog sha256", result.provenance.catalog_sha256),
        ("Oldest price", result.provenance.oldest_offer),
    ]
    for row, (label, value) in enumerate(rows, 2):
        _put(sheet, row, 1, label)
        _put(sheet, row, 2, value)


def _bill(sheet: Any, build: Build, catalog: Catalog) -> range:
    """Total = quantity x price, and their sum; returns the rows of the parts."""
    heads = ("Kind", "Part", "Quantity", "Each, $", "Total, $", "Condition", "Price of", "Seen",
             "Estimate", "Address")  # fmt: skip
    _heads(sheet, heads, (14, 48, 10, 14, 14, 13, 26, 12, 10, 40))
    records = bill_records(build, catalog)
    for row, r in enumerate(records, 2):
        inside = "  " if r["included"] else ""
        _put(sheet, row, 1, r["kind"])
        _put(sheet, row, 2, f"{inside}{r['name']}")
        _put(sheet, row, 3, r["quantity"])
        if r["included"]:
            _put(sheet, row, 4, "included")
            continue
        _put(sheet, row, 4, r["unit_price_usd"], USD)
        _formula(sheet, row, 5, f"=C{row}*D{row}")
        for column, key in enumerate(("condition", "vendor", "seen"), 6):
            _put(sheet, row, column, r[key])
        _put(sheet, row, 9, "estimate" if r["estimated"] else None)
        _put(sheet, row, 10, r["url"])
    last = len(records) + 1
    _put(sheet, last + 1, 2, "Total")
    _formula(sheet, last + 1, 5, f"=SUM(E2:E{last})")
    return range(2, last + 1)


def _costs(sheet: Any, build: Build, rows: range) -> None:
    """Hardware by kind follows the bill; the other lines are figures; the total is their sum."""
    _heads(sheet, ("Line", "$", "From"), (36, 16, 40))
    totals: dict[str, float] = {}
    for line in build.bill_of_materials:
        totals[line.kind] = totals.get(line.kind, 0.0) + line.total_usd
    records = cost_records(build)
    for row, record in enumerate(records, 2):
        item, usd = str(record["item"]), float(record["usd"] or 0)
        kind = item.removeprefix("hardware: ")
        _put(sheet, row, 1, item)
        if kind != item and kind in totals and abs(totals[kind] - usd) < 0.005:
            where = f"'{BILL}'!A{rows.start}:A{rows.stop - 1}"
            what = f"'{BILL}'!E{rows.start}:E{rows.stop - 1}"
            _formula(sheet, row, 2, f"=SUMIF({where},MID(A{row},11,99),{what})")
            _put(sheet, row, 3, "the bill of materials")
        else:
            _put(sheet, row, 2, usd, USD)
            _put(sheet, row, 3, "computed by the program; does not follow the bill")
    last = len(records) + 1
    _put(sheet, last + 1, 1, "Total cost of ownership")
    _formula(sheet, last + 1, 2, f"=SUM(B2:B{last})")


def _limits(sheet: Any, build: Build) -> None:
    _heads(sheet, ("Limit", "Used", "Of", "Unit", "Share"), (34, 14, 14, 10, 10))
    kept = [u for u in build.limits if (u.used or u.available) and u.scope not in HIDDEN]
    for row, use in enumerate((u for u in kept if u.rule != "compatibility"), 2):
        _put(sheet, row, 1, LABELS.get((use.rule, use.scope), use.scope))
        _put(sheet, row, 2, use.used)
        _put(sheet, row, 3, use.available)
        _put(sheet, row, 4, use.unit)
        _formula(sheet, row, 5, f"=IF(C{row}=0,1,B{row}/C{row})")
        sheet.cell(row, 5).number_format = "0%"


def _purchase(sheet: Any, result: Result, catalog: Catalog) -> None:
    """What to buy from whom, with a sum per vendor."""
    heads = ("Vendor", "Part", "Condition", "Quantity", "Each, $", "Total, $", "Seen", "Address")
    _heads(sheet, heads, (28, 48, 13, 10, 14, 14, 12, 40))
    row = 2
    for group in purchase_groups(result, catalog):
        first = row
        for r in group.records:
            for column, key in enumerate(("name", "condition", "quantity"), 2):
                _put(sheet, row, column, r[key])
            _put(sheet, row, 1, group.vendor)
            _put(sheet, row, 5, r["unit_price_usd"], USD)
            _formula(sheet, row, 6, f"=D{row}*E{row}")
            _put(sheet, row, 7, r["seen"])
            _put(sheet, row, 8, r["url"])
            row += 1
        _put(sheet, row, 2, "Together")
        _formula(sheet, row, 6, f"=SUM(F{first}:F{row - 1})")
        row += 2
