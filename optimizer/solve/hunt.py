"""The cases of one variant of a request in instalments: the most promising ways first.

Of cases that differ in their circuits alone, one is searched at first. Before the others are, all
of them are asked at once what they could give if circuits played no part: most often nothing, or
nothing better than what is had, and they are left out together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case
from optimizer.instance.seats import Seat
from optimizer.solve.standing import Kind, kind_of

FIRST_WAYS = 24
GROWTH = 6

NOTHING = 2**62
"""A bound that nothing reaches."""
Ranked = Sequence[tuple[int, Open]]
"""Ways with their bounds, the best first."""


@dataclass(slots=True)
class Line:
    """The ways of one case, in the order of their bounds; none is better than the ``floor``."""

    case: Case
    ways: Ranked
    seated: Callable[[Open], Sequence[Seat]]
    """Where a way may stand in the room."""
    worth: Callable[[Open, int | None], bool]
    """Whether a way may reach a level, by better bounds, which take some effort."""
    floor: int = -NOTHING
    _size: int = FIRST_WAYS
    _at: int = 0

    def bound(self) -> int | None:
        """What no build on the ways left can beat; None where no way is left."""
        while self._at < len(self.ways):
            bound, way = self.ways[self._at]
            if self.seated(way):
                return max(bound, self.floor)
            self._at += 1
        return None

    def take(self, level: int | None) -> tuple[HostKey, ...]:
        """The next ways that can reach a level."""
        taken: list[HostKey] = []
        while len(taken) < self._size and (bound := self.bound()) is not None:
            if level is not None and bound > level:
                break
            way = self.ways[self._at][1]
            if self.worth(way, level):
                taken.append(way.way)
            self._at += 1
        self._size *= GROWTH
        return tuple(taken)


@dataclass(slots=True)
class Hunt:
    """One pass over the cases.

    ``rank`` gives the ways of a case, which depend on no circuits, ``relaxed`` what no build of
    some kind can beat whatever its circuits are: None where that is not known, NOTHING where there
    is none. ``level`` is the greatest value of interest. With ``in_order`` nothing is left out for
    its bound, and cases come as they are.
    """

    cases: Sequence[Case]
    rank: Callable[[Case], Ranked]
    seated: Callable[[Case], Callable[[Open], Sequence[Seat]]]
    worth: Callable[[Case], Callable[[Open, int | None], bool]]
    relaxed: Callable[[Kind], int | None]
    level: Callable[[], int | None]
    in_order: bool = False
    _ranked: dict[Hashable, Ranked] = field(default_factory=dict)
    _queue: list[tuple[int, int, Line | list[Case]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def instalments(self) -> Iterator[tuple[Case, tuple[HostKey, ...]]]:
        """A case and ways of it, again and again, until no way is left that reaches the level."""
        kinds: dict[Hashable, list[Case]] = {}
        for case in self.cases:
            kinds.setdefault(kind_of(case), []).append(case)
        for alike in kinds.values():
            self._add(self._line(alike[0]))
        for alike in kinds.values():
            ways = self._ways(alike[0])
            if len(alike) > 1 and ways:
                self._push(ways[0][0], next(self._numbers), alike[1:])
        while self._queue:
            bound, number, one = heappop(self._queue)
            level = None if self.in_order else self.level()
            if level is not None and bound > level:
                return
            if isinstance(one, Line):
                taken = one.take(level)
                if taken:
                    yield one.case, taken
                self._add(one, number)
            else:
                self._open(one)

    def _ways(self, case: Case) -> Ranked:
        key = (case.volts, case.nodes, case.network_gbps)
        if key not in self._ranked:
            self._ranked[key] = self.rank(case)
        return self._ranked[key]

    def _line(self, case: Case, floor: int | None = None) -> Line:
        least = -NOTHING if floor is None else floor
        return Line(case, self._ways(case), self.seated(case), self.worth(case), least)

    def _add(self, line: Line, number: int | None = None) -> None:
        bound = line.bound()
        if bound is not None:
            self._push(bound, next(self._numbers) if number is None else number, line)

    def _push(self, bound: int, number: int, one: Line | list[Case]) -> None:
        heappush(self._queue, (number if self.in_order else bound, number, one))

    def _open(self, cases: list[Case]) -> None:
        """Search more cases of one kind, if they may give anything."""
        floor = self.relaxed(kind_of(cases[0]))
        if floor != NOTHING:
            for case in cases:
                self._add(self._line(case, floor))
