"""A case in instalments: what is scored first, and what need not be scored at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from optimizer.instance.bounds import Needs
from optimizer.instance.caps import Caps, Figures
from optimizer.instance.compile import BestSoFar, Compiler
from optimizer.instance.filters import RATES, Filters, Open, joining_cents
from optimizer.instance.heat import without_needless_cooling
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case, Instance
from optimizer.instance.reach import Reach

FIRST_WAYS = 16
"""Ways to carry accelerators that are scored before the first solve."""
GROWTH = 4
RANKED: dict[str, Callable[[Reach, Open, Case], int]] = {
    "throughput": lambda reach, o, case: -reach.output(o.way, case.nodes, case.network_gbps),
    "speed": lambda reach, o, case: -reach.user(o.way, case.nodes, case.network_gbps),
    "tco": lambda _reach, o, _case: o.tco,
    "capex": lambda _reach, o, _case: o.capex,
}
"""Objective -> a bound that no build on a way can beat."""


def stages(compiler: Compiler, case: Case, objective: str, best: BestSoFar) -> Iterator[Instance]:
    """The case in instalments, the most promising ways first.

    Ways that the limits rule out, and those whose bound is over the ``best`` value found meanwhile,
    are never scored. Where speed is maximised, layouts at full power come first; those under a
    power cap follow, if they could still reach the best value. See :class:`Caps` for what is left
    out of them.
    """
    if objective not in RANKED:
        yield compiler.whole(case)
        return
    search = Instalments(compiler, case, objective, best)
    if objective not in RATES:
        yield from search.of(compiler.ways(case), lambda _level: compiler.caps(case, "least"))
        return
    ways = compiler.ways(case)
    yield from search.of([o for o in ways if o.at_full_power(case)], lambda _level: None)
    if not compiler.may_cap:
        return
    if best() is None:
        # The lowest caps tell whether anything fits: the lower, the looser every limit but targets.
        yield from search.of(ways, lambda _level: compiler.caps(case, "least"))
    if best() is not None:
        yield from search.of(ways, search.reaching, below_tdp=True)


@dataclass(frozen=True, slots=True)
class Instalments:
    """The instalments of one case, for one objective."""

    compiler: Compiler
    case: Case
    objective: str
    best: BestSoFar

    def reaching(self, level: int | None) -> Caps | None:
        """Caps under which a layout may reach the best value so far."""
        reach = None if level is None else -level
        return self.compiler.caps(self.case, "reach", reach, self.objective)

    def of(
        self,
        ways: list[Open],
        caps: Callable[[int | None], Caps | None],
        below_tdp: bool = False,
    ) -> Iterator[Instance]:
        """These ways, best bound first."""
        compiler, case = self.compiler, self.case
        ranked = self._best_first(ways)
        bounds, joining = (
            compiler.ground(case).bounds,
            joining_cents(case, compiler.admitted.purchases),
        )
        filters = Filters(bounds, compiler.limits, self.objective, joining)
        done, size = 0, FIRST_WAYS
        while done < len(ranked):
            level = self.best()
            chunk = [o for least, o in ranked[done : done + size] if filters.reaches(least, level)]
            if not chunk:
                return
            found = compiler.scored(
                case,
                [o.way for o in chunk],
                filters.worth(level, compiler.admitted.offered),
                filters.affords(level, {o.needs for o in chunk}),
                caps(level),
                below_tdp,
            )
            if found.deployments:
                yield without_needless_cooling(found)
            done, size = done + size, size * GROWTH

    def _best_first(self, ways: list[Open]) -> list[tuple[int, Open]]:
        """Ways with a bound of the objective (to be minimised), the best first."""
        case, known = self.case, self.compiler.ranked
        found = []
        for o in ways:
            key = (o.way, case.volts, case.nodes, case.network_gbps, self.objective)
            if key not in known:
                known[key] = RANKED[self.objective](self.compiler.reach, o, case)
            if self.objective not in RATES or known[key] < 0:
                found.append((known[key], o))
        return sorted(found, key=lambda pair: (pair[0], pair[1].way))


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
        needs = Needs(way.accelerator, way.count, memory_gib, storage_gb, figures.average_w)
        if needs not in known:
            known[needs] = bounds.least(bounds.tco, needs, offered[way])
        least = known[needs]
        return least is not None and least * milli <= figures.output_milli * cents

    ways = {o.way: o for o in compiler.ways(case)}
    found = compiler.scored(case, ways, caps=replace(caps, pays=pays), below_tdp=True)
    return found if found.deployments else None
