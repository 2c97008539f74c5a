"""Ways to carry accelerators, the best bound first, worked out only as far as somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from optimizer.instance.filters import Open
from optimizer.instance.reach import Key, Rate, Reach

SHARP = 2
"""Bounds go from perfect links over those that there are to the search for saturation."""
Ranked = tuple[int, Open]
"""(A bound of the objective, to be minimised, that no build on a way beats; the way.)"""


@dataclass(slots=True)
class Ranking:
    """A list that grows as it is read; many cases read the same one, each at its own pace."""

    source: Iterator[Ranked]
    _held: list[Ranked] = field(default_factory=list)

    def at(self, index: int) -> Ranked | None:
        """The entry of this index; None past the end."""
        while len(self._held) <= index:
            following = next(self.source, None)
            if following is None:
                return None
            self._held.append(following)
        return self._held[index]


def by_rate(
    reach: Reach,
    nodes: int,
    network_gbps: int,
    rate: Rate,
    ways: Mapping[Key, Sequence[Open]],
    wanted: Callable[[Open], bool],
) -> Iterator[Ranked]:
    """Ways by the most that they can give. Sharper bounds are worked out where rough ones lead.

    Rates have their sign turned. Left out are ways on which no layout fits, and those alike of
    which none is ``wanted``.
    """
    queue: list[tuple[int, int, Key]] = [
        (-ceiling, 0, key) for key in ways if (ceiling := reach.ceiling(key, nodes, rate))
    ]
    heapify(queue)
    left: dict[Key, list[Open]] = {}
    while queue:
        bound, step, key = heappop(queue)
        if step == SHARP:
            yield from ((bound, one) for one in left.pop(key))
            continue
        if step == 0:
            left[key] = list(ways[key]) if any(map(wanted, ways[key])) else []
            most = reach.filled(key, nodes, network_gbps, rate) if left[key] else 0
        else:
            most = reach.most(key, nodes, network_gbps, rate)
        if most:
            heappush(queue, (-most, step + 1, key))
