"""Exact pruning: drop what another candidate matches or beats in everything that is ever read.

Two candidates are compared only inside one signature (the attributes that decide what they fit).
Inside it, every attribute that a rule or an objective reads is a column where less is better. A
candidate is dropped when another is no worse in every column and comes first in the declared
tie-break (TCO, capex, name), so that not even a tie can change the answer. Tests compare every
objective with and without pruning.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from importlib import import_module
from operator import le
from typing import Any, TypeVar

T = TypeVar("T")
Row = tuple[int, ...]
MANY = 200
"""Candidates in one group from which arrays are worth importing."""
BLOCK = 256


def undominated(
    candidates: Sequence[T],
    signature: Callable[[T], Hashable],
    columns: Callable[[T], Row],
    order: Callable[[T], Row],
    ways: Callable[[T], Sequence[Row]] | None = None,
) -> list[T]:
    """Candidates that no other dominates, in their original order.

    ``order`` breaks ties (lexicographically smaller wins); a dominating candidate must also come
    no later in it. ``ways`` are what may stand in the first columns where the candidate dominates:
    any one of them suffices.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, candidate in enumerate(candidates):
        groups.setdefault(signature(candidate), []).append(index)
    keep: list[int] = []
    for members in groups.values():
        if len(members) == 1:
            keep += members
            continue
        ranked = sorted((order(candidates[i]), columns(candidates[i]), i) for i in members)
        rows = [(row, index, _better(row, ways, candidates[index])) for _, row, index in ranked]
        keep += _front(rows) if len(rows) < MANY else _large_front(rows)
    return [candidates[i] for i in sorted(keep)]


def _better(row: Row, ways: Callable[[T], Sequence[Row]] | None, candidate: T) -> list[Row]:
    """What the candidate dominates with."""
    return [row] if ways is None else [way + row[len(way) :] for way in ways(candidate)]


Ranked = tuple[Row, int, list[Row]]


def _front(ranked: Sequence[Ranked]) -> list[int]:
    front: list[Row] = []
    kept: list[int] = []
    for row, index, better in ranked:
        if not any(all(map(le, other, row)) for other in front):
            kept.append(index)
            front += better
    return kept


def _large_front(ranked: Sequence[Ranked]) -> list[int]:
    """The same by blocks: most rows fall to the front so far, which arrays find at once."""
    np: Any = import_module("numpy")
    front: list[Row] = []
    kept: list[int] = []
    for begin in range(0, len(ranked), BLOCK):
        block = ranked[begin : begin + BLOCK]
        if front:
            rows = np.array([row for row, _, _ in block], dtype=np.int64)
            beaten = _beaten(np, rows, np.array(front, dtype=np.int64))
            block = [r for r, lost in zip(block, beaten.tolist(), strict=True) if not lost]
        before = len(front)
        for row, index, better in block:
            if not any(all(map(le, other, row)) for other in front[before:]):
                kept.append(index)
                front += better
    return kept


def _beaten(np: Any, rows: Any, front: Any) -> Any:
    """Which rows some row of the front matches in every column."""
    alive = np.ones((len(rows), len(front)), dtype=bool)
    for column in range(rows.shape[1]):
        alive &= front[:, column] <= rows[:, column : column + 1]
    return alive.any(axis=1)
