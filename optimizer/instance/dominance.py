"""Exact pruning: drop what another candidate matches or beats in everything that is ever read.

Two candidates are compared only inside one signature (the attributes that decide what they fit).
Inside it, every attribute that a rule or an objective reads is a column where less is better. A
candidate is dropped when another is no worse in every column and comes first in the declared
tie-break (TCO, capex, name), so that not even a tie can change the answer. Tests compare every
objective with and without pruning.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from operator import le
from typing import TypeVar

T = TypeVar("T")


def undominated(
    candidates: Sequence[T],
    signature: Callable[[T], Hashable],
    columns: Callable[[T], tuple[int, ...]],
    order: Callable[[T], tuple[int, ...]],
) -> list[T]:
    """Candidates that no other dominates, in their original order.

    ``order`` breaks ties (lexicographically smaller wins); a dominating candidate must also come
    no later in it.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, candidate in enumerate(candidates):
        groups.setdefault(signature(candidate), []).append(index)
    keep: list[int] = []
    for members in groups.values():
        keep += _front([candidates[i] for i in members], members, columns, order)
    return [candidates[i] for i in sorted(keep)]


def _front(
    group: list[T],
    indices: list[int],
    columns: Callable[[T], tuple[int, ...]],
    order: Callable[[T], tuple[int, ...]],
) -> list[int]:
    if len(group) == 1:
        return indices
    ranked = sorted((order(c), columns(c), i) for c, i in zip(group, indices, strict=True))
    front: list[tuple[int, ...]] = []
    kept: list[int] = []
    for _, row, index in ranked:
        if not any(all(map(le, better, row)) for better in front):
            kept.append(index)
            front.append(row)
    return kept
