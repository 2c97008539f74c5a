"""All cases in instalments: what is scored first, and what need not be scored at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

from optimizer.instance.bounds import Needs
from optimizer.instance.caps import Caps, Figures
from optimizer.instance.compile import BestSoFar, Compiler
from optimizer.instance.filters import RATES, Filters, Open, joining_cents
from optimizer.instance.heat import without_needless_cooling
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case, Instance
from optimizer.instance.ranking import Ranked, Ranking, by_rate
from optimizer.instance.reach import Rate

FIRST_WAYS = 16
"""Ways to carry accelerators of a case that are scored before its first solve."""
GROWTH = 4
RANKED = ("throughput", "speed", "tco", "capex")
"""Objectives of which ways have a bound that no build on them can beat."""

CapsAt = Callable[[Case, int | None], Caps | None]
"""(A case, the best value so far) -> power caps to look at; None: full power, or the one fixed."""


def stages(compiler: Compiler, objective: str, best: BestSoFar) -> Iterator[Instance]:
    """Every case in instalments; of all cases the most promising ways first.

    Ways that the limits rule out, and those whose bound is over the ``best`` value found meanwhile,
    are never scored. Where speed is maximised, layouts at full power come first; those under a
    power cap follow, if they could still reach the best value. See :class:`Caps` for what is left
    out of them.
    """
    if objective not in RANKED:
        yield from (compiler.whole(case) for case in compiler.cases())
        return
    search = BestFirst(compiler, objective, best)
    if objective not in RATES:
        yield from search.instalments(lambda case, _level: compiler.caps(case, "least"))
        return
    yield from search.instalments(lambda _case, _level: None, full_power=True)
    if not compiler.may_cap:
        return
    if best() is None:
        # The lowest caps tell whether anything fits: the lower, the looser every limit but targets.
        yield from search.instalments(lambda case, _level: compiler.caps(case, "least"))
    if best() is not None:
        yield from search.instalments(search.reaching, below_tdp=True)


@dataclass(frozen=True, slots=True)
class BestFirst:
    """The search over all cases for one objective."""

    compiler: Compiler
    objective: str
    best: BestSoFar

    def reaching(self, case: Case, level: int | None) -> Caps | None:
        """Caps under which a layout may reach the best value so far."""
        reach = None if level is None else -level
        return self.compiler.caps(case, "reach", reach, self.objective)

    def instalments(
        self, caps: CapsAt, *, full_power: bool = False, below_tdp: bool = False
    ) -> Iterator[Instance]:
        """Instalments of all cases, best bound first, until no bound left can reach the best."""
        queue: list[tuple[int, int, Instalments]] = []
        for order, case in enumerate(self.compiler.cases()):
            self.compiler.pause()
            one = self._of(case, caps, full_power, below_tdp)
            bound = one.bound()
            if bound is not None:
                queue.append((bound, order, one))
        heapify(queue)
        while queue:
            bound, order, one = heappop(queue)
            level = self.best()
            if level is not None and bound > level:
                return
            found = one.next(level)
            bound_left = one.bound()
            if bound_left is not None:
                heappush(queue, (bound_left, order, one))
            left = without_needless_cooling(found)
            # Circuits are given up for cooling that is needed, or for nothing.
            if found.deployments and (left is found or not one.case.given_up):
                yield left

    def _of(self, case: Case, caps: CapsAt, full_power: bool, below_tdp: bool) -> Instalments:
        compiler = self.compiler
        joining = joining_cents(case, compiler.admitted.purchases)
        bounds = compiler.ground(case).bounds
        filters = Filters(bounds, compiler.limits, self.objective, joining)
        seated = compiler.seated(case, full_power=full_power)
        return Instalments(compiler, case, self._ranking(case), filters, seated, caps, below_tdp)

    def _ranking(self, case: Case) -> Ranking:
        """The ways of a case; cases that differ in nothing that bounds read share them."""
        held, rate = self.compiler.rankings, self.objective in RATES
        key = (self.objective, case.volts, case.nodes, case.network_gbps if rate else 0)
        if key not in held:
            held[key] = Ranking(self._by_rate(case) if rate else self._by_cost(case))
        return held[key]

    def _by_rate(self, case: Case) -> Iterator[Ranked]:
        compiler, like = self.compiler, (case.volts, case.nodes, case.network_gbps)
        alike = (c for c in compiler.cases() if (c.volts, c.nodes, c.network_gbps) == like)
        seated = [compiler.seated(c) for c in alike]
        rate: Rate = "output" if self.objective == "throughput" else "user"
        return by_rate(
            compiler.reach,
            case.nodes,
            case.network_gbps,
            rate,
            compiler.affordable(case),
            lambda way: any(one(way) for one in seated),
        )

    def _by_cost(self, case: Case) -> Iterator[Ranked]:
        """Ways by the least that they cost; those on which no layout fits are left out."""
        reach, money = self.compiler.reach, self.objective
        ranked = [
            (one.tco if money == "tco" else one.capex, one)
            for key, ways in self.compiler.affordable(case).items()
            if reach.fits(key, case.nodes)
            for one in ways
        ]
        return iter(sorted(ranked, key=lambda pair: (pair[0], pair[1].way)))


@dataclass(slots=True)
class Instalments:
    """The ways of one case, in the order of their bounds."""

    compiler: Compiler
    case: Case
    ranking: Ranking
    filters: Filters
    seated: Callable[[Open], bool]
    """Whether a way may stand in the room."""
    caps: CapsAt
    below_tdp: bool
    size: int = FIRST_WAYS
    _at: int = 0

    def bound(self) -> int | None:
        """What no build on the ways left can beat; None where no way is left."""
        while (ranked := self.ranking.at(self._at)) is not None:
            if self.seated(ranked[1]):
                return ranked[0] + self.filters.joining_bound
            self._at += 1
        return None

    def next(self, level: int | None) -> Instance:
        """The next ways that can reach the level, with every layout on them that can."""
        chunk = list(self._chunk(level))
        self.size *= GROWTH
        return self.compiler.scored(
            self.case,
            [o.way for o in chunk],
            self.filters.worth(level, self.compiler.admitted.offered),
            self.filters.affords(level, {o.needs for o in chunk}),
            self.caps(self.case, level),
            self.below_tdp,
        )

    def _chunk(self, level: int | None) -> Iterable[Open]:
        taken = 0
        while taken < self.size and (bound := self.bound()) is not None:
            if level is not None and bound > level:
                return
            ranked = self.ranking.at(self._at)
            assert ranked is not None
            yield ranked[1]
            self._at, taken = self._at + 1, taken + 1


def below_tdp_that_pays(compiler: Compiler, case: Case, cents: int, milli: int) -> Instance | None:
    """Layouts under power caps that may cost no more per token than a TCO over an output.

    By the same argument as everywhere: a bound of TCO over a bound of output that is above a ratio
    already reached is above every lower one too.
    """
    caps = compiler.caps(case, "all")
    if caps is None:
        return None
    bounds, offered = compiler.ground(case).bounds, compiler.admitted.offered
    known: dict[Needs, int | None] = {}

    def pays(way: HostKey, figures: Figures, memory_gib: int, storage_gb: int) -> bool:
        needs = Needs(way.accelerator, way.count, memory_gib, storage_gb, figures.average_w, 0, 0)
        if needs not in known:
            known[needs] = bounds.tco.least(offered[way], needs)
        least = known[needs]
        return least is not None and least * milli <= figures.output_milli * cents

    ways = {o.way: o for o in compiler.ways(case)}
    found = compiler.scored(case, ways, caps=replace(caps, pays=pays), below_tdp=True)
    return found if found.deployments else None
