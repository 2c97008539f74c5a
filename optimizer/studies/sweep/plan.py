"""Which points are solved together, and in which order.

Points that differ in limits, tariff or objective alone share compiled instances, and a point with
looser limits can answer for one with tighter ones. So these come together, the loosest first. The
plan depends on the grid alone: not on the machine, nor on what is done already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from optimizer.errors import InputError
from optimizer.scenario import keys
from optimizer.scenario.grid import Axis, Grid
from optimizer.scenario.keys import Path

LOOSE_FIRST: dict[Path, int] = {
    ("budget",): -1,
    ("max_tco",): -1,
    ("targets", "min_tok_s"): 1,
    ("targets", "max_ttft_s"): -1,
    ("site", "heat_removal_w"): -1,
    ("site", "noise_limit_dba"): -1,
}
"""Limits that may differ inside a group -> the sign that sorts the loosest first."""
SHARED: tuple[Path, ...] = (*LOOSE_FIRST, ("electricity",), ("objective",))
LEAST, MOST = 10, 125
"""Points of a batch. Batches are what is handed out, written and, after a stop, done again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Points of one job, group after group."""

    number: int
    groups: tuple[tuple[int, ...], ...]

    @property
    def points(self) -> tuple[int, ...]:
        """All its points."""
        return tuple(point for group in self.groups for point in group)


def batches(grid: Grid) -> list[Batch]:
    """Every point of a grid in exactly one batch."""
    size = max(LEAST, min(MOST, grid.size // 16))
    found: list[Batch] = []
    held: list[tuple[int, ...]] = []
    for group in _groups(grid):
        for start in range(0, len(group), size):
            part = tuple(group[start : start + size])
            if held and sum(map(len, held)) + len(part) > size:
                found.append(Batch(len(found), tuple(held)))
                held = []
            held.append(part)
    if held:
        found.append(Batch(len(found), tuple(held)))
    return found


def _groups(grid: Grid) -> Iterator[list[int]]:
    """Points with the same values on every axis that is not shared, the loosest first."""
    apart = [i for i, axis in enumerate(grid.axes) if axis.path not in SHARED]
    ranks = [[_rank(axis, value) for value in axis.values] for axis in grid.axes]
    groups: dict[tuple[int, ...], list[tuple[Any, ...]]] = {}
    for point in range(grid.size):
        places = _places(grid, point)
        key = tuple(places[i] for i in apart)
        order = sorted(
            (_is_limit(grid.axes[i]), ranks[i][at]) for i, at in enumerate(places) if i not in apart
        )
        groups.setdefault(key, []).append((*[rank for _, rank in order], point))
    for key in sorted(groups):
        yield [entry[-1] for entry in sorted(groups[key])]


def _is_limit(axis: Axis) -> tuple[bool, str]:
    """Tariff and objective change first: within each, limits go from loose to tight."""
    return (axis.path in LOOSE_FIRST, axis.name)


def _places(grid: Grid, point: int) -> list[int]:
    places = []
    for axis in reversed(grid.axes):
        point, at = divmod(point, len(axis.values))
        places.append(at)
    return places[::-1]


def _rank(axis: Axis, value: Any) -> float:
    """Where a value of an axis comes; no limit at all is the loosest."""
    if axis.path not in LOOSE_FIRST:
        return float(axis.values.index(value))
    if value is None:
        return -inf
    parser = keys.TARGETS.get(str(axis.path[-1])) or keys.TOP.get(str(axis.path[-1]))
    try:
        number = float(value if parser is None else parser(value, axis.name))
    except (InputError, TypeError, ValueError):
        return inf  # the point says so when it is solved
    return LOOSE_FIRST[axis.path] * number
