"""What came of a sweep, as one document: counts, each value of each axis, and one slice to draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from optimizer.scenario.grid import Axis, Grid
from optimizer.scenario.paths import told
from optimizer.studies.sweep.rows import Row

MOST_LINES = 6
"""Values of a second axis that are drawn beside each other."""
DRAWN = ("status", "goal", "unit", "value", "accelerator")
"""What a slice holds of a row."""
MOST_VALUES = 200
"""Values of an axis that the document looks at one by one, and that are drawn at most."""


def digest(rows: Sequence[Row], grid: Grid) -> dict[str, Any]:
    """How the requests ended, which accelerators they came to, and what each value changes.

    ``slice`` holds the objective along the axis with most values, for some values of the next, all
    other axes at the value in their middle; None where no two requests are comparable.
    """
    status = Counter(str(row["status"]) for row in rows)
    cards = Counter(str(row["accelerator"]) for row in rows if row.get("accelerator"))
    return {
        "schema_version": "1",
        "points": len(rows),
        "distinct": len({row["fingerprint"] for row in rows if row.get("fingerprint")}),
        "status": dict(sorted(status.items())),
        "first_error": next((row["error"] for row in rows if row.get("error")), None),
        "how": dict(sorted(Counter(str(row["how"]) for row in rows).items())),
        "accelerators": dict(cards.most_common()),
        "axes": {axis.name: [told(value) for value in axis.values] for axis in grid.axes},
        "by_value": [
            entry
            for place, axis in enumerate(grid.axes)
            if len(axis.values) <= MOST_VALUES
            for entry in _by_value(rows, grid, place, axis)
        ],
        "slice": _slice(rows, grid),
    }


def _by_value(rows: Sequence[Row], grid: Grid, place: int, axis: Axis) -> Iterator[dict[str, Any]]:
    """What the requests with each value of one axis have come to."""
    held: list[list[Row]] = [[] for _ in axis.values]
    for row in rows:
        held[grid.places(int(row["point"]))[place]].append(row)
    for value, mine in zip(axis.values, held, strict=True):
        built = [row for row in mine if row.get("tco_usd") is not None]
        best = Counter(str(row["accelerator"]) for row in built).most_common(1)
        yield {
            "axis": axis.name,
            "value": told(value),
            "requests": len(mine),
            "built": len(built),
            "tco_usd_median": round(median(r["tco_usd"] for r in built), 2) if built else None,
            "output_tok_s_median": median(r["output_tok_s"] for r in built) if built else None,
            "accelerator": best[0][0] if best else None,
            "accelerator_in": best[0][1] if best else 0,
        }


def _slice(rows: Sequence[Row], grid: Grid) -> dict[str, Any] | None:
    """The objective along one axis, a line for each of some values of another."""
    sizes = [len(axis.values) for axis in grid.axes]
    able = [i for i, axis in enumerate(grid.axes) if sizes[i] > 1 and axis.name != "objective"]
    if not able:
        return None
    along = max(able, key=lambda i: (is_numeric(grid.axes[i].values), sizes[i]))
    across = max((i for i in able if i != along), key=lambda i: sizes[i], default=None)
    middle = [size // 2 for size in sizes]
    lines = [0] if across is None else _spread(sizes[across], MOST_LINES)
    shown = _spread(sizes[along], MOST_VALUES)
    by_point = {int(row["point"]): row for row in rows}

    def points(line: int) -> list[dict[str, Any]]:
        found = []
        for at in shown:
            moved = {along: at} if across is None else {along: at, across: line}
            row = by_point[grid.point([moved.get(i, middle[i]) for i in range(len(sizes))])]
            value = told(grid.axes[along].values[at])
            found.append({"at": value, **{key: row.get(key) for key in DRAWN}})
        return found

    series: list[dict[str, Any]] = [
        {
            "value": None if across is None else told(grid.axes[across].values[line]),
            "points": points(line),
        }
        for line in lines
    ]
    goals = {(p["goal"], p["unit"]) for line in series for p in line["points"] if p["goal"]}
    if len(goals) != 1:
        return None
    ((goal, unit),) = goals
    return {
        "along": grid.axes[along].name,
        "across": None if across is None else grid.axes[across].name,
        "fixed": {
            axis.name: told(axis.values[middle[i]])
            for i, axis in enumerate(grid.axes)
            if i not in (along, across)
        },
        "goal": goal,
        "unit": unit,
        "series": series,
    }


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether every value of an axis is a number, as a table holds it; none counts as one."""
    held = [told(value) for value in values]
    return all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in held)


def _spread(count: int, most: int) -> list[int]:
    """At most so many places, evenly, both ends among them."""
    if count <= most:
        return list(range(count))
    return [round(i * (count - 1) / (most - 1)) for i in range(most)]
