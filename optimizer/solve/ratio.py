"""Cost per token: the exact minimum of TCO over throughput.

Dinkelbach's method: with the best ratio C/T so far, minimise ``T * tco - C * throughput``. While
the minimum is negative, its solution has a lower ratio; when it is zero, C/T is proven. Every step
is an exact integer solve, so the ratio is exact too.

Source: W. Dinkelbach, On nonlinear fractional programming, Management Science 13 (1967).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import gcd

from optimizer.instance.bounds import tco_bounds
from optimizer.instance.items import Instance
from optimizer.instance.narrow import narrow
from optimizer.model.linear import Expr
from optimizer.model.objective import tco, throughput
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.build import Status
from optimizer.solve.candidate import Candidate, Without
from optimizer.solve.clock import Clock, OutOfTime
from optimizer.solve.lexicographic import Goal, LowerBound, Outcome, Progress, linear_goal, optimise

MAX_STEPS = 64


@dataclass(frozen=True, slots=True)
class Ratio:
    """TCO in cents over milli-tokens per second, of one solution."""

    cents: int
    milli: int

    def goal(self, most_milli: int) -> Goal:
        """Negative exactly where the ratio is lower than this one."""
        shared = gcd(self.cents, self.milli) or 1
        cents, milli = self.cents // shared, self.milli // shared
        # A solution with a ratio no higher costs at most this, for its throughput is bounded.
        most = self.cents * most_milli // self.milli + 1

        def expression(plan: Plan) -> Expr:
            return plan.costs.capped_tco(most) * milli - throughput(plan) * cents

        def bounds(instance: Instance, without: Without) -> LowerBound:
            least = tco_bounds(instance)
            return lambda d: least.of(d, without) * milli - d.output_milli * cents

        return Goal(expression, bounds)


EVERYTHING = Ratio(2**40, 1)
"""A cost per token that nothing exceeds."""


def optimise_ratio(
    instances: Iterable[Instance],
    clock: Clock,
    *,
    progress: Progress | None = None,
    rules: tuple[Rule, ...] = RULES,
    more: Callable[[Ratio], Iterable[Instance]] = lambda _ratio: (),
) -> tuple[Outcome, Ratio | None]:
    """The outcome (value and bound belong to the last parametric solve) and the ratio reached.

    ``more`` gives further layouts for a ratio reached with the first ones: all that could have one
    no higher. Without any ratio it is asked for everything.
    """
    step, ratio = Outcome("unknown"), None
    try:
        pool = [_productive(i) for i in instances]
        step, ratio = _least_ratio(pool, None, clock, progress, rules)
        if clock.over or step.status not in ("optimal", "infeasible"):
            return step, ratio
        further = [_productive(i) for i in more(ratio or EVERYTHING)]
    except OutOfTime:
        status: Status = "unknown" if step.winner is None else "feasible"
        return Outcome(status, step.winner, ties_broken=False), ratio
    if not any(i.deployments for i in further):
        return step, ratio
    return _least_ratio(pool + further, ratio, clock, progress, rules)


def _least_ratio(
    pool: list[Instance],
    ratio: Ratio | None,
    clock: Clock,
    progress: Progress | None,
    rules: tuple[Rule, ...],
) -> tuple[Outcome, Ratio | None]:
    """Dinkelbach's method over a pool, from a ratio that some solution in it has."""
    most = max((d.output_milli for i in pool for d in i.deployments), default=0)
    if most == 0:
        return Outcome("infeasible"), None
    step = Outcome("unknown")
    if ratio is None:
        goal = linear_goal("tco")
        step = optimise(lambda _best: pool, goal, clock, progress=progress, rules=rules)
        if step.winner is None:
            return step, None
        ratio = _ratio(step.winner)
    for _ in range(MAX_STEPS):
        goal = ratio.goal(most)
        better = optimise(lambda _best: pool, goal, clock, progress=progress, rules=rules)
        if better.winner is None:
            break
        step, ratio = better, _ratio(better.winner)
        if step.status == "optimal" and step.value == 0:
            return step, ratio
        if clock.over or step.status != "optimal":
            break
    status: Status = "unknown" if step.winner is None else "feasible"
    return Outcome(status, step.winner, ties_broken=False), ratio


def _productive(instance: Instance) -> Instance:
    """Without deployments that make no tokens: their cost per token is not a number."""
    if all(d.output_milli > 0 for d in instance.deployments):
        return instance
    return narrow(instance, [d for d in instance.deployments if d.output_milli > 0])


def _ratio(candidate: Candidate) -> Ratio:
    assert candidate.values is not None
    plan = candidate.formulation.plan
    return Ratio(tco(plan).value(candidate.values), throughput(plan).value(candidate.values))
