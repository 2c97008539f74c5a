"""Ways to carry accelerators, the best bound first, worked out only as far as somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.reach import Key, Rate, Reach

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
    opened: Callable[[HostKey], Open | None],
) -> Iterator[Ranked]:
    """Ways by the most that they can give. A sharp bound is worked out where a rough one leads.

    Rates have their sign turned. Left out are ways on which no layout fits, and those that are not
    ``opened``: those that the limits rule out.
    """
    queue: list[tuple[int, int, Key]] = []
    held: dict[Key, list[Open]] = {}
    for key, ways in reach.keys.items():
        found = [one for way in ways if (one := opened(way)) is not None]
        if found and (ceiling := reach.ceiling(key, nodes, rate)):
            held[key] = found
            queue.append((-ceiling, 0, key))
    heapify(queue)
    while queue:
        bound, sharp, key = heappop(queue)
        if sharp:
            yield from ((bound, one) for one in held[key])
        elif most := reach.most(key, nodes, network_gbps, rate):
            heappush(queue, (-most, 1, key))
