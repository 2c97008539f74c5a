"""The exact Pareto set of two objectives, point by point, each with its proof.

What is maximised (throughput, or speed per user) is a property of the layout alone, so the epsilon
constraint is a choice of layouts: minimise the cost over all layouts that are faster than the last
point, break ties by speed, go on until nothing is left. No point found is dominated, none is
missed: a build that is faster than the last point costs at least as much as the next one.

Source: Y. Y. Haimes, L. S. Lasdon, D. A. Wismer, On a bicriterion formulation of the problems of
integrated system identification and system optimization, IEEE Trans. SMC-1 (1971).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from optimizer.catalog.catalog import Catalog
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Case, Deployment, Instance
from optimizer.instance.narrow import narrow
from optimizer.model.linear import Expr
from optimizer.model.objective import TIE_BREAKS, slowness, sluggishness
from optimizer.model.plan import Plan
from optimizer.schema.build import Build
from optimizer.schema.request import Request
from optimizer.solve.answer import build_of
from optimizer.solve.candidate import Candidate, Expression, Without
from optimizer.solve.clock import Clock
from optimizer.solve.lexicographic import Goal, LowerBound, Progress, linear_goal, optimise


def peak_watts(plan: Plan) -> Expr:
    """Peak watts at the wall of the whole build, its switch included."""
    case = plan.instance.case
    return plan.wall.peak_w * case.nodes + case.switch_wall_w


def _watts_bounds(instance: Instance, _without: Without) -> LowerBound:
    """No supply gives more than it takes: the accelerators' own draw is a lower bound."""
    case = instance.case
    return lambda d: d.power.peak_w * case.nodes + case.switch_wall_w


COSTS: dict[str, Goal] = {
    "tco": linear_goal("tco"),
    "capex": linear_goal("capex"),
    "watts": Goal(peak_watts, _watts_bounds),
}
"""What can be minimised: cents, or watts."""
GAINS: dict[str, tuple[Callable[[Deployment], int], Expression]] = {
    "throughput": (lambda d: d.output_milli, slowness),
    "speed": (lambda d: d.user_milli, sluggishness),
}
"""What can be maximised: milli-tokens per second of a layout, and the tie-break that does it."""


@dataclass(frozen=True, slots=True)
class Point:
    """A build that nothing dominates: ``x`` in cents or watts, ``y`` in milli-tokens/s."""

    x: int
    y: int
    winner: Candidate


@dataclass(slots=True)
class Pareto:
    """The search for the Pareto set over the cases of a question.

    ``complete`` is False when time ran out: the points until then are proven, more may exist.
    """

    instances: Sequence[Instance]
    x: str
    y: str
    clock: Clock
    progress: Progress | None = None
    complete: bool = True
    _found: list[Point] = field(default_factory=list)

    def points(self) -> Iterator[Point]:
        """Every non-dominated point, cheapest first."""
        last = -1
        while (point := self.cheapest(last + 1)) is not None:
            yield point
            last = point.y

    def spread(self, count: int) -> list[Point]:
        """At most ``count`` non-dominated points, from the cheapest to the fastest.

        The levels between are evenly spaced; each gives the cheapest point at or above it.
        """
        first = self.cheapest(0)
        if first is None:
            return []
        reach = self._fastest(first.y)
        found = [first]
        for step in range(1, count):
            level = first.y + -(-(reach - first.y) * step // (count - 1))
            if level > found[-1].y and (point := self.cheapest(level)) is not None:
                found.append(point)
        return found

    def _fastest(self, floor: int) -> int:
        """The greatest gain of any build."""
        outcome = optimise(
            lambda _best: self._above(floor), linear_goal(self.y), self.clock, ties=()
        )
        if outcome.status != "optimal" or outcome.value is None:
            self.complete = self.complete and outcome.status == "infeasible"
            return floor
        return -outcome.value

    def cheapest(self, level: int) -> Point | None:
        """The cheapest build whose gain is at least ``level``, and of those the fastest."""
        _, faster = GAINS[self.y]
        goal = COSTS[self.x]
        if self.progress is not None:
            self.progress(f"point {len(self._found) + 1}: above {level / 1000:,.1f} tok/s")
        ties = (faster, *TIE_BREAKS)
        outcome = optimise(lambda _best: self._above(level), goal, self.clock, ties=ties)
        if outcome.status != "optimal" or not outcome.ties_broken:
            self.complete = self.complete and outcome.status == "infeasible"
            return None
        winner = outcome.winner
        assert outcome.value is not None
        assert winner is not None
        assert winner.values is not None
        gain = -faster(winner.formulation.plan).value(winner.values)
        point = Point(outcome.value, gain, winner)
        self._found.append(point)
        return point

    def _above(self, level: int) -> Iterator[Instance]:
        value, _ = GAINS[self.y]
        for instance in self.instances:
            kept = [d for d in instance.deployments if value(d) >= level]
            if kept:
                yield narrow(instance, kept)


@dataclass(frozen=True, slots=True)
class Frontier:
    """Builds that nothing dominates, cheapest first: (x in cents or watts, y, build)."""

    points: tuple[tuple[int, int, Build], ...]
    complete: bool


def every_layout(compiler: Compiler, case: Case) -> Instance:
    """A case with every layout, under every power limit where that is a decision."""
    if not compiler.may_cap:
        return compiler.whole(case)
    ways = [o.way for o in compiler.ways(case)]
    return compiler.scored(case, ways, caps=compiler.caps(case, "all"))


def frontier(
    request: Request,
    catalog: Catalog,
    x: str,
    y: str,
    clock: Clock,
    *,
    points: int | None = None,
    progress: Progress | None = None,
) -> Frontier:
    """The Pareto set of a request: ``x`` (COSTS) minimised against ``y`` (GAINS) maximised.

    All of the request's limits hold; its objective plays no part. All points, or with ``points``
    at most so many, spread. Every build passed every check. Power limits of accelerators are a
    decision, in the steps that answers look at, unless the request fixes one or none.
    """
    compiler = Compiler(request, catalog, progress=progress)
    instances = [every_layout(compiler, case) for case in compiler.cases()]
    search = Pareto(instances, x, y, clock, progress)
    found = list(search.points()) if points is None else search.spread(points)
    builds = []
    for point in found:
        build = build_of(point.winner, catalog)
        assert build is not None
        builds.append((point.x, point.y, build))
    return Frontier(tuple(builds), search.complete)
