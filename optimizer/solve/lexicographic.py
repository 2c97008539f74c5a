"""Exact lexicographic optimisation over several cases.

The primary objective is solved case by case, each with the best value so far as a cut; cases that
reach the best value go on to the declared tie-breaks, each again an exact solve with everything
before it fixed. The answer therefore depends on neither the order of the cases nor on workers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from optimizer.instance.items import Case, Instance
from optimizer.model.build import Formulation, build_model
from optimizer.model.linear import Expr
from optimizer.model.objective import PRIMARY, TIE_BREAKS
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.build import Status
from optimizer.solve.engine import EngineOptions, EngineResult, run

ONE_WORKER_S = 3.0
"""How long a single worker may try before a portfolio takes over."""
PORTFOLIO = 8


@dataclass(slots=True)
class Clock:
    """Time left, seed, workers, and the stop flag, shared by all solves of one request."""

    time_limit_s: float
    workers: int | None = None
    seed: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds left, at least zero."""
        return max(0.0, self.started + self.time_limit_s - time.monotonic())

    @property
    def over(self) -> bool:
        """True when time ran out or the user interrupted."""
        return self.stop.is_set() or self.left() <= 0

    def solve(self, formulation: Formulation, hint: list[int] | None = None) -> EngineResult:
        """One solve. Without a number of workers asked for: one first, then a portfolio.

        On easy instances eight workers on two cores cost several times one; on a hard packing a
        single worker may never finish the proof.
        """
        model = formulation.model
        if self.over:
            return EngineResult("unknown", None, None, None)
        if self.workers is not None:
            options = EngineOptions(self.left(), self.workers, self.seed)
            return run(model, options, hint=hint, stop=self.stop)
        quick = EngineOptions(min(ONE_WORKER_S, self.left()), 1, self.seed)
        result = run(model, quick, hint=hint, stop=self.stop)
        if result.status in ("optimal", "infeasible") or self.over:
            return result
        long = EngineOptions(self.left(), PORTFOLIO, self.seed)
        again = run(model, long, hint=result.values or hint, stop=self.stop)
        return again if _rank(again) <= _rank(result) else result


def _rank(result: EngineResult) -> tuple[int, int]:
    order = {"optimal": 0, "infeasible": 0, "feasible": 1, "unknown": 2}
    return order[result.status], result.objective if result.objective is not None else 0


@dataclass(slots=True)
class Candidate:
    """A case that can still win, with its model, its best solution and its proven bound."""

    case: Case
    instance: Instance
    formulation: Formulation
    values: list[int] | None = None
    bound: int | None = None


@dataclass(slots=True)
class Outcome:
    """How a solve ended.

    ``value`` and ``bound`` are of the minimised primary objective. ``ties_broken`` says whether
    every tie-break was proven.
    """

    status: Status
    winner: Candidate | None = None
    value: int | None = None
    bound: int | None = None
    ties_broken: bool = True


Progress = Callable[[str], None]
Primary = Callable[[Plan], Expr]


def primary_expression(objective: str) -> Primary:
    """The expression to minimise for a linear objective."""
    expression, sign = PRIMARY[objective]
    return lambda plan: expression(plan) * sign


def optimise(
    instances: Iterable[Instance],
    objective: str,
    clock: Clock,
    *,
    rules: tuple[Rule, ...] = RULES,
    progress: Progress | None = None,
    primary: Primary | None = None,
) -> Outcome:
    """Solve every instance for the objective and its tie-breaks."""
    goal = primary or primary_expression(objective)
    alive: list[Candidate] = []
    best: int | None = None
    proven = True
    bound: int | None = None
    for instance in instances:
        candidate = start(instance, rules)
        if candidate is None:
            continue
        if progress is not None:
            progress(f"solving {describe(instance.case)}")
        result, best = _primary(candidate, goal, best, clock)
        if result.status in ("feasible", "unknown"):
            proven = False
            bound = _lower(bound, candidate.bound)
        if candidate.values is not None:
            alive.append(candidate)
    if best is None:
        return Outcome("infeasible" if proven else "unknown")
    alive = [c for c in alive if _value(c, goal) == best]
    if not proven:
        low = best if bound is None else min(bound, best)
        return Outcome("feasible", alive[0], best, low, ties_broken=False)
    winner, broken = break_ties(alive, goal, best, clock)
    return Outcome("optimal", winner, best, best, broken)


def describe(case: Case) -> str:
    """A case in words."""
    nodes = "1 node" if case.nodes == 1 else f"{case.nodes} nodes"
    return f"{nodes} at {case.volts} V" + (f" with {case.switch}" if case.switch else "")


def start(instance: Instance, rules: tuple[Rule, ...]) -> Candidate | None:
    """The model of an instance, or None when it has nothing to choose from.

    Then it is infeasible, and no model is needed to know it.
    """
    if not instance.deployments or not instance.platforms():
        return None
    return Candidate(instance.case, instance, build_model(instance, rules))


def _primary(
    candidate: Candidate, goal: Primary, best: int | None, clock: Clock
) -> tuple[EngineResult, int | None]:
    plan, model = candidate.formulation.plan, candidate.formulation.model
    expression = goal(plan)
    if best is not None and expression.terms:
        model.add(expression <= best, "incumbent")
    model.minimize(expression)
    result = clock.solve(candidate.formulation)
    candidate.values, candidate.bound = result.values, result.bound
    if candidate.bound is None:
        candidate.bound = model.bounds(expression)[0]
    if result.objective is not None and (best is None or result.objective < best):
        best = result.objective
    return result, best


def break_ties(
    alive: list[Candidate], goal: Primary, best: int, clock: Clock
) -> tuple[Candidate, bool]:
    """Fix the primary value, then minimise each tie-break over the cases that are left."""
    stages: list[Callable[[Plan], Expr]] = [goal, *TIE_BREAKS]
    level = best
    for index, tie in enumerate(TIE_BREAKS):
        found: int | None = None
        for candidate in alive:
            plan, model = candidate.formulation.plan, candidate.formulation.model
            held = stages[index](plan)
            if held.terms:
                model.add(held.equals(level), "fixed")
            expression = tie(plan)
            if found is not None and expression.terms:
                model.add(expression <= found, "incumbent")
            model.minimize(expression)
            result = clock.solve(candidate.formulation, candidate.values)
            if result.status == "infeasible":
                candidate.values = None
                continue
            if result.status != "optimal":
                return _first(alive), False
            candidate.values = result.values
            assert result.objective is not None
            found = result.objective if found is None else min(found, result.objective)
        assert found is not None, "a tie-break lost every solution"
        alive = [c for c in alive if c.values is not None and _value(c, tie) == found]
        level = found
    return alive[0], True


def _first(alive: list[Candidate]) -> Candidate:
    return next(c for c in alive if c.values is not None)


def _value(candidate: Candidate, expression: Primary) -> int:
    assert candidate.values is not None
    return expression(candidate.formulation.plan).value(candidate.values)


def _lower(held: int | None, found: int | None) -> int | None:
    known = [b for b in (held, found) if b is not None]
    return min(known, default=None)
