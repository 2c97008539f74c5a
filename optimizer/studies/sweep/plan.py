"""Which points are solved together, and in which order.

Points that differ in limits, tariff or objective alone share compiled instances, and a point with
looser limits can answer for one with tighter ones. So these come together, the loosest first; side
by side stand groups of one LLM, then of the same parts and prices. Batches get smaller towards the
end, so that no process waits long for the last. The plan depends on the grid alone: not on the
machine, nor on what is done already.
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
LOAD: frozenset[str | int] = frozenset(
    ("context", "concurrency", "input_tokens", "output_tokens", "targets", "max_nodes")
)
"""Keys that change nothing about parts and their prices."""
LEAST, MOST = 8, 125
"""Points of a batch. Batches are what is handed out, written and, after a stop, done again."""
WHOLE = 16
"""Groups no larger than this stay together, though their batch gets larger than meant."""
SHARE = 32
"""A batch holds this part of what is left: guided self-scheduling, for up to about 16 workers a
plan without idle ends."""


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
    found: list[Batch] = []
    held: list[tuple[int, ...]] = []
    left = grid.size
    for group in _groups(grid):
        rest = tuple(group)
        while rest:
            size = max(LEAST, min(MOST, left // SHARE))
            room = size - sum(map(len, held))
            part = rest if len(rest) <= max(room, WHOLE) else rest[:room]
            held.append(part)
            rest = rest[len(part) :]
            if len(part) >= room:
                found.append(Batch(len(found), tuple(held)))
                left -= len(found[-1].points)
                held = []
    if held:
        found.append(Batch(len(found), tuple(held)))
    return found


def _groups(grid: Grid) -> Iterator[list[int]]:
    """Points with the same values on every axis that is not shared, the loosest first."""
    apart = [i for i, axis in enumerate(grid.axes) if axis.path not in SHARED]
    apart.sort(key=lambda i: _nearness(grid.axes[i].path))
    ranks = [[_rank(axis, value) for value in axis.values] for axis in grid.axes]
    groups: dict[tuple[int, ...], list[tuple[Any, ...]]] = {}
    for point in range(grid.size):
        places = grid.places(point)
        key = tuple(places[i] for i in apart)
        order = sorted(
            (_is_limit(grid.axes[i]), ranks[i][at]) for i, at in enumerate(places) if i not in apart
        )
        groups.setdefault(key, []).append((*[rank for _, rank in order], point))
    for key in sorted(groups):
        yield [entry[-1] for entry in sorted(groups[key])]


def _nearness(path: Path) -> int:
    """How little groups have in common that differ here: 0 the least, so that it changes last."""
    if path == ("model",):
        return 0
    return 2 if path[0] in LOAD else 1


def _is_limit(axis: Axis) -> tuple[bool, str]:
    """Tariff and objective change first: within each, limits go from loose to tight."""
    return (axis.path in LOOSE_FIRST, axis.name)


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
