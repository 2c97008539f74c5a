"""A frontier as a table and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.style import TIMES, Style, clean, wrap
from optimizer.report.table import render_table

WORDS = {
    "tco": "total cost of ownership",
    "capex": "purchase price",
    "watts": "peak watts at the wall",
    "throughput": "throughput",
    "speed": "speed per user",
    "users": "users at once",
    "context": "context",
}
UNITS = {"speed": "tok/s"}
"""Units as headings of columns have them, where that is shorter."""
COLUMNS = (
    "x", "y", "accelerators", "accelerator", "nodes", "platform", "weight_format", "capex_usd",
    "tco_usd", "output_tok_s", "tok_s_per_user", "peak_wall_w", "power_cap_w", "proven",
)  # fmt: skip


def render_frontier(document: Mapping[str, Any], style: Style) -> str:
    """The points from the cheapest, and what one more step costs."""
    x, y = document["x"], document["y"]
    points: Sequence[Mapping[str, Any]] = document["points"]
    title = f"{WORDS[y['name']]} against {WORDS[x['name']]}"
    parts = [[style.title(title[0].upper() + title[1:])]]
    if not points:
        return style.page([*parts, ["Nothing fits."] if document["complete"] else _open(style)])
    capped = any(point["power_cap_w"] for point in points)
    heads = (
        f"{x['name']}, {x['unit']}",
        f"{y['name']}, {UNITS.get(y['name'], y['unit'])}",
        "step",
        *(["cap, W"] if capped else []),
        "build",
        "weights",
    )
    rows = []
    for before, point in zip([None, *points], points, strict=False):
        rows.append(
            (
                q.amount(point["x"]),
                _gain(point["y"], y["name"]),
                _step(before, point),
                *([f"{point['power_cap_w'] or '-'}"] if capped else []),
                _headline(point),
                format_name(point["weight_format"]),
            )
        )
    numbers = (True,) * (len(heads) - 2) + (False, False)
    parts.append(render_table(heads, rows, style, numbers, soft="build"))
    count = q.count(len(points), "build")
    text = f"{count} that nothing dominates, each proven: for its {x['name']} none has more."
    text += f" Step: {x['unit']} for one more of {y['name']}, from the line before."
    if any(point["power_cap_w"] for point in points):
        text += " Cap: the power limit of each accelerator, a decision in steps of 5 %."
    if document["spread"] is not None:
        text += " A spread of them; without --points all are shown."
    parts.append(wrap(text, style.width))
    if not document["complete"]:
        parts.append(_open(style))
    return style.page(parts)


def _open(style: Style) -> list[str]:
    return wrap("Time ran out: there may be more (--time-limit).", style.width)


def _gain(value: float, name: str) -> str:
    return f"{value:,.0f}" if name in ("users", "context") else q.three(value)


def _step(before: Mapping[str, Any] | None, point: Mapping[str, Any]) -> str:
    """What one more unit of the gain costs since the point before."""
    if before is None or point["y"] == before["y"]:
        return ""
    return q.three((point["x"] - before["x"]) / (point["y"] - before["y"]))


def _headline(point: Mapping[str, Any]) -> str:
    text = f"{point['accelerators']} {TIMES} {clean(point['accelerator_name'])}"
    return text if point["nodes"] == 1 else f"{text}, {point['nodes']} nodes"


def frontier_csv(document: Mapping[str, Any]) -> str:
    """A row per point; ``x`` and ``y`` in the units of the document."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    x, y = document["x"], document["y"]
    names = {"x": f"{x['name']} [{x['unit']}]", "y": f"{y['name']} [{y['unit']}]"}
    writer.writerow([names.get(column, column) for column in COLUMNS])
    for point in document["points"]:
        writer.writerow([point[column] for column in COLUMNS])
    return out.getvalue()
