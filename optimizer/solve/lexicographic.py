"""Exact lexicographic optimisation over several cases.

Instalments of all cases come best bound first, and each is searched in that order: every layout has
a lower bound of the objective (its own throughput, or the least that any build around it costs),
layouts are solved in chunks, and the search ends when no bound left can beat the answer in hand.
Every chunk is a CP-SAT model over all the parts that its layouts can use (a few, where platforms
are many: some of them at a time), solved to proof with the best value so far as a cut. Layouts that
can reach the best value go on to the declared tie-breaks, each again an exact solve with everything
before it fixed. So the answer depends on neither the order of the cases nor the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from optimizer.instance.bounds import Bounds, capex_bounds, tco_bounds
from optimizer.instance.caps import Figures
from optimizer.instance.items import Case, Deployment, Instance, Limits
from optimizer.instance.narrow import narrow
from optimizer.model.objective import PRIMARY, TIE_BREAKS
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.build import Status
from optimizer.solve.candidate import Candidate, Expression, Without, start
from optimizer.solve.clock import Clock, OutOfTime
from optimizer.solve.pool import EVERY_RULE, Pool, in_parts
from optimizer.solve.ties import break_ties
from optimizer.solve.ways import WayBounds, least_capex, least_tco, most_rate

FIRST_CHUNK = 8
GROWTH = 4

Progress = Callable[[str], None]
BestSoFar = Callable[[], int | None]
LowerBound = Callable[[Deployment], int]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is minimised, and a lower bound of it for each deployment of an instance.

    A bound must hold without the rules that are named with the instance.
    """

    expression: Expression
    bounds: Callable[[Instance, Without], LowerBound]
    exact: bool = False
    """Whether a layout's bound is its value, whatever is built around it."""
    money: Callable[[Instance], Bounds] | None = None
    """Bounds of the value by platform, where it is a cost."""
    figures: Callable[[Figures], int] | None = None
    """A bound from what a layout does for its users alone, where that has a part in the value."""
    ways: WayBounds | None = None
    """A bound for a way to carry accelerators, whatever the layout on it."""
    asked: Limits | None = None
    """Limits of which the targets are enough: more speed adds nothing to the value."""
    counts_money: bool = False
    """Whether what a build costs has a part in the value."""


@dataclass(slots=True)
class Outcome:
    """How a solve ended.

    ``value`` and ``bound`` are of the minimised primary objective; no bound where time ran out
    before every layout was seen. ``ties_broken`` says whether every tie-break was proven.
    """

    status: Status
    winner: Candidate | None = None
    value: int | None = None
    bound: int | None = None
    ties_broken: bool = True


@dataclass(slots=True)
class Search:
    """State of one search over all cases."""

    goal: Goal
    clock: Clock
    progress: Progress | None
    rules: tuple[Rule, ...] = RULES
    with_ties: bool = True
    """Whether what can only equal the best value is of interest."""
    best: int | None = None
    incumbent: Candidate | None = None
    bound: int | None = None
    """Least bound among what could not be decided; None while everything was."""
    ranked: list[tuple[Instance, list[tuple[int, Deployment]]]] = field(default_factory=list)
    solved: list[tuple[int, Candidate]] = field(default_factory=list)
    """(Value, candidate) of chunks of which a solution was the best so far, or as good."""

    def case(self, instance: Instance) -> None:
        """Search one case, best bound first."""
        ranked = self.rank(instance)
        done, size = 0, FIRST_CHUNK
        while done < len(ranked):
            chunk = [d for bound, d in ranked[done : done + size] if self._improves(bound)]
            if not chunk:
                return
            if self.progress is not None:
                share = f"{done} of {len(ranked)} layouts"
                self.progress(f"solving {describe(instance.case)}: {share}")
            if not self._solve(narrow(instance, chunk), ranked[done][0]):
                return
            done, size = done + size, size * GROWTH

    def rank(self, instance: Instance) -> list[tuple[int, Deployment]]:
        """The layouts of a case that the limits leave open, the best bound first."""
        names = frozenset(rule.name for rule in self.rules)
        lower = self.goal.bounds(instance, EVERY_RULE - names)
        pool = Pool(instance, names).open()
        ranked = sorted(((lower(d), d) for d in pool), key=lambda pair: (pair[0], pair[1].index))
        self.ranked.append((instance, ranked))
        return ranked

    def _improves(self, bound: int) -> bool:
        """Whether a layout is to be solved: it could beat the best value, or equal that of a build.

        Where a layout's bound is its value, those that can only equal it wait for the ties.
        """
        return self.best is None or bound <= self._cut(self.best)

    def _cut(self, best: int) -> int:
        """The greatest value of interest."""
        strict = self.goal.exact or not self.with_ties or self.incumbent is None
        return best - 1 if strict else best

    def _solve(self, instance: Instance, bound: int) -> bool:
        """Solve one chunk; False when it could not be decided."""
        names = frozenset(rule.name for rule in self.rules)
        money = None if self.goal.money is None else self.goal.money(instance)
        decided = True
        for part in in_parts(instance, names, money, self._level):
            if self.best is not None and self.goal.exact and bound > self._cut(self.best):
                break  # its most promising layout has been built
            candidate = start(part, self.rules)
            if candidate is not None:
                decided = self._solve_part(candidate, bound) and decided
        return decided

    def _level(self) -> int | None:
        return None if self.best is None else self._cut(self.best)

    def _solve_part(self, candidate: Candidate, bound: int) -> bool:
        model, plan = candidate.formulation.model, candidate.formulation.plan
        expression = self.goal.expression(plan)
        if self.best is not None and expression.terms:
            model.add(expression <= self._cut(self.best), "incumbent")
        model.minimize(expression)
        result = self.clock.solve(candidate.formulation)
        candidate.values = result.values
        if result.objective is not None:
            self.solved.append((result.objective, candidate))
            if self.best is None or result.objective < self.best:
                self.best, self.incumbent = result.objective, candidate
        if result.status in ("optimal", "infeasible"):
            return True
        proven = bound if result.bound is None else max(bound, result.bound)
        self.bound = proven if self.bound is None else min(self.bound, proven)
        return False

    def contenders(self) -> list[Candidate]:
        """Layouts that can have the best value, case by case."""
        if not self.goal.exact and self.incumbent is not None:
            return [candidate for value, candidate in self.solved if value == self.best]
        found = []
        for instance, ranked in self.ranked:
            kept = [d for bound, d in ranked if self._reaches(bound)]
            candidate = start(narrow(instance, kept), self.rules) if kept else None
            if candidate is not None:
                found.append(candidate)
        return found

    def _reaches(self, bound: int) -> bool:
        """Whether a layout can have the best value."""
        if self.best is None:
            return False
        return bound == self.best if self.goal.exact else bound <= self.best


FIGURES: dict[str, Callable[[Figures], int]] = {
    "throughput": lambda figures: -figures.output_milli,
    "speed": lambda figures: -figures.user_milli,
}
"""Objectives that a layout decides by itself."""
WAYS: dict[str, WayBounds] = {
    "throughput": most_rate("output"),
    "speed": most_rate("user"),
    "tco": least_tco,
    "capex": least_capex,
}


def linear_goal(objective: str) -> Goal:
    """The goal of an objective that is one linear expression."""
    expression, sign = PRIMARY[objective]

    def bounds(instance: Instance, without: Without) -> LowerBound:
        if objective == "throughput":
            return lambda d: -d.output_milli
        if objective == "speed":
            return lambda d: -d.user_milli
        assert money is not None
        held = money(instance)
        return lambda d: held.of(d, without)

    money = {"tco": tco_bounds, "capex": capex_bounds}.get(objective)
    figures = FIGURES.get(objective)
    return Goal(
        lambda plan: expression(plan) * sign,
        bounds,
        exact=figures is not None,
        money=money,
        figures=figures,
        ways=WAYS[objective],
        counts_money=money is not None,
    )


def optimise(
    instances: Callable[[BestSoFar], Iterable[Instance]],
    goal: Goal,
    clock: Clock,
    *,
    progress: Progress | None = None,
    ties: Sequence[Expression] = TIE_BREAKS,
    rules: tuple[Rule, ...] = RULES,
    below: int | None = None,
    proven: int | None = None,
) -> Outcome:
    """The best build over all instances, then the tie-breaks in their order.

    ``instances`` may ask for the best value so far, and leave out what cannot reach it. Where only
    values ``below`` one count, ``infeasible`` means that there are none. With ``proven`` the best
    value is known, and only ties are broken.
    """
    level = below if proven is None else proven
    search = Search(goal, clock, progress, rules, bool(ties), best=level)
    try:
        for instance in instances(lambda: search.best):
            if proven is None:
                search.case(instance)
            else:
                search.rank(instance)
    except OutOfTime:
        if search.incumbent is None:
            return Outcome("unknown")
        return Outcome("feasible", search.incumbent, search.best, ties_broken=False)
    if proven is None and (search.incumbent is None or search.best is None):
        return Outcome("infeasible" if search.bound is None else "unknown")
    assert search.best is not None
    if search.bound is not None and search.bound < search.best:
        return Outcome("feasible", search.incumbent, search.best, search.bound, ties_broken=False)
    winner, broken = break_ties(
        search.contenders(), goal.expression, search.best, clock, ties, search.incumbent
    )
    winner = winner or search.incumbent
    if winner is None:
        return Outcome("unknown")
    return Outcome("optimal", winner, search.best, search.best, broken)


def describe(case: Case) -> str:
    """A case in words."""
    nodes = "1 node" if case.nodes == 1 else f"{case.nodes} nodes"
    return f"{nodes} at {case.volts} V" + (f" with {case.switch}" if case.switch else "")
