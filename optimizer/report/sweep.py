"""What came of a sweep, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.style import Style, clean, wrap

MOST = 12
STATUS = {
    "optimal": "proven optimal",
    "infeasible": "proven that nothing fits",
    "feasible": "not proven in time",
    "unknown": "without an answer in time",
    "invalid": "not a request (see the column error)",
}


def render_sweep(document: Mapping[str, Any], style: Style) -> str:
    """Points by status, and how often each accelerator is the best."""
    count = q.count(document["points"], "request")
    lines = [style.title(f"{count}, {document['distinct']:,} of them distinct")]
    for status, number in document["status"].items():
        lines.append(f"  {number:>9,}  {STATUS.get(status, status)}")
    parts = [lines]
    if document["accelerators"]:
        best = [style.title("Accelerator of the best build")]
        shown = list(document["accelerators"].items())
        best += [f"  {number:>9,}  {clean(card)}" for card, number in shown[:MOST]]
        if len(shown) > MOST:
            best.append(f"             and {len(shown) - MOST} more")
        parts.append(best)
    parts.append(wrap(f"Rows: {clean(document['file'])}", style.width))
    return style.page(parts)
