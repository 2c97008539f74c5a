"""What came of a sweep, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.sensitivity import value_text
from optimizer.report.style import Style, clean, wrap
from optimizer.report.table import render_table

MOST = 12
STATUS = {
    "optimal": "proven optimal",
    "infeasible": "proven that nothing fits",
    "feasible": "not proven in time",
    "unknown": "without an answer in time",
    "invalid": "not a request (see the column error)",
}


def render_sweep(document: Mapping[str, Any], style: Style) -> str:
    """Points by status, how often each accelerator is the best, and what each value changes."""
    count = q.count(document["points"], "request")
    lines = [style.title(f"{count}, {document['distinct']:,} of them distinct")]
    for status, number in document["status"].items():
        lines.append(f"  {number:>9,}  {STATUS.get(status, status)}")
    if document["first_error"]:
        lines += [
            f"  {part}"
            for part in wrap(f"The first: {clean(document['first_error'])}", style.width - 2)
        ]
    parts = [lines]
    if document["accelerators"]:
        best = [style.title("Accelerator of the best build")]
        shown = list(document["accelerators"].items())
        best += [f"  {number:>9,}  {clean(card)}" for card, number in shown[:MOST]]
        if len(shown) > MOST:
            best.append(f"             and {len(shown) - MOST} more")
        parts.append(best)
    parts += [_by_value(document, axis, style) for axis in document["axes"]]
    parts.append(wrap(f"Rows: {clean(document['file'])}", style.width))
    return style.page(parts)


def _by_value(document: Mapping[str, Any], axis: str, style: Style) -> list[str]:
    """What the requests with each value of an axis have come to; medians over those built."""
    entries = [entry for entry in document["by_value"] if entry["axis"] == axis]
    if len(entries) < 2:
        return []
    rows = [
        (
            value_text(entry["value"]),
            f"{entry['built']:,} of {entry['requests']:,}",
            "-" if entry["tco_usd_median"] is None else q.amount(entry["tco_usd_median"]),
            "-" if entry["output_tok_s_median"] is None else q.three(entry["output_tok_s_median"]),
            entry["accelerator"] or "-",
        )
        for entry in entries
    ]
    heads = (clean(axis), "built", "median TCO, $", "median tok/s", "most often best")
    shown = rows if len(rows) <= MOST else [*rows[: MOST // 2], *rows[-MOST // 2 :]]
    lines = render_table(heads, shown, style, (False, True, True, True, False), heads[-1])
    if len(rows) > MOST:
        lines.insert(1 + MOST // 2, f"... {len(rows) - MOST} more")
    return lines
