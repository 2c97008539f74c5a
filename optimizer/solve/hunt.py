"""The cases of one variant of a request in instalments: the most promising ways first.

Of cases that differ in their circuits alone, one is searched at first. Before the others are, all
of them are asked at once what they could give if circuits played no part: most often nothing, or
nothing better than what is had, and they are left out together. Cases that differ in their switch
are asked so before the first of them is searched, as if any nodes were joined for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case
from optimizer.instance.ranking import Ranking
from optimizer.solve.standing import Family, Scope, family_of, kind_of

FIRST_WAYS = 8
GROWTH = 6

NOTHING = 2**62
"""A bound that nothing reaches."""


@dataclass(slots=True)
class Line:
    """The ways of one case, in the order of their bounds; none is better than the ``floor``."""

    case: Case
    ways: Ranking
    seated: Callable[[Open], bool]
    """Whether a way may stand in the room, with the circuits that there are."""
    worth: Callable[[Open, int | None], bool]
    """Whether a way may reach a level, by better bounds, which take some effort."""
    floor: int = -NOTHING
    _size: int = FIRST_WAYS
    _at: int = 0

    def bound(self) -> int | None:
        """What no build on the ways left can beat; None where no way is left."""
        while (ranked := self.ways.at(self._at)) is not None:
            bound, way = ranked
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
            ranked = self.ways.at(self._at)
            assert ranked is not None
            if self.worth(ranked[1], level):
                taken.append(ranked[1].way)
            self._at += 1
        self._size *= GROWTH
        return tuple(taken)


@dataclass(frozen=True, slots=True)
class Unopened:
    """Cases of one scope, of which none is searched before all were asked for their least."""

    scope: Scope
    groups: Sequence[Sequence[Case]]


@dataclass(slots=True)
class Hunt:
    """One pass over the cases.

    ``rank`` gives the ways of a case, whatever joins and feeds its nodes; ``relaxed`` what no build
    of a scope can beat, whatever does: None where that is not known, NOTHING where there is none.
    ``level`` is the greatest value of interest. With ``in_order`` nothing is left out for its
    bound, and cases come as they are.
    """

    cases: Sequence[Case]
    rank: Callable[[Case], Ranking]
    seated: Callable[[Case], Callable[[Open], bool]]
    worth: Callable[[Case], Callable[[Open, int | None], bool]]
    relaxed: Callable[[Scope], int | None]
    level: Callable[[], int | None]
    in_order: bool
    ranked: dict[Family, Ranking]
    """Rankings that are known; new ones are added."""
    _queue: list[tuple[int, int, Line | Unopened]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def instalments(self) -> Iterator[tuple[Case, tuple[HostKey, ...]]]:
        """A case and ways of it, again and again, until no way is left that reaches the level."""
        for family, kinds in _families(self.cases).items():
            if len(kinds) == 1:
                self._start(kinds[0], -NOTHING)
            else:
                self._wait(Unopened(family, kinds), -NOTHING)
        while self._queue:
            bound, number, one = heappop(self._queue)
            level = None if self.in_order else self.level()
            if level is not None and bound > level:
                return
            if isinstance(one, Unopened):
                self._open(one)
                continue
            taken = one.take(level)
            if taken:
                yield one.case, taken
            self._add(one, number)

    def _start(self, alike: Sequence[Case], floor: int) -> None:
        """Search the first case of a kind, and keep the others for later."""
        first, *others = alike
        line = Line(first, self._ways(first), self.seated(first), self.worth(first), floor)
        self._add(line, next(self._numbers))
        if others:
            self._wait(Unopened(kind_of(first), [[case] for case in others]), floor)

    def _open(self, one: Unopened) -> None:
        """Search the cases of a scope, if they may give anything."""
        floor = self.relaxed(one.scope)
        if floor != NOTHING:
            for group in one.groups:
                self._start(group, -NOTHING if floor is None else floor)

    def _wait(self, one: Unopened, floor: int) -> None:
        best = self._ways(one.groups[0][0]).at(0)
        if best is not None:
            self._push(max(floor, best[0]), next(self._numbers), one)

    def _add(self, line: Line, number: int) -> None:
        bound = line.bound()
        if bound is not None:
            self._push(bound, number, line)

    def _push(self, bound: int, number: int, one: Line | Unopened) -> None:
        heappush(self._queue, (number if self.in_order else bound, number, one))

    def _ways(self, case: Case) -> Ranking:
        key = family_of(case)
        if key not in self.ranked:
            self.ranked[key] = self.rank(case)
        return self.ranked[key]


def _families(cases: Sequence[Case]) -> dict[Scope, list[list[Case]]]:
    """Cases of one voltage and number of nodes, by their kinds; the fastest network first."""
    kinds: dict[Scope, list[Case]] = {}
    for case in cases:
        kinds.setdefault(kind_of(case), []).append(case)
    families: dict[Scope, list[list[Case]]] = {}
    for alike in kinds.values():
        families.setdefault(family_of(alike[0]), []).append(alike)
    return families
