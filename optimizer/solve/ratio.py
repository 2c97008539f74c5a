"""Cost per token: the exact minimum of TCO over throughput.

Dinkelbach's method: with the best ratio C/T so far, minimise ``T * tco - C * throughput``. While
the minimum is negative, its solution has a lower ratio; when it is zero, C/T is proven. Every step
is an exact integer solve, so the ratio is exact too.

Source: W. Dinkelbach, On nonlinear fractional programming, Management Science 13 (1967).
"""

from __future__ import annotations

from collections.abc import Iterable
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
from optimizer.solve.clock import Clock, OutOfTime
from optimizer.solve.lexicographic import (
    Candidate,
    Goal,
    LowerBound,
    Outcome,
    Progress,
    Without,
    linear_goal,
    optimise,
)

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


def optimise_ratio(
    instances: Iterable[Instance],
    clock: Clock,
    *,
    progress: Progress | None = None,
    rules: tuple[Rule, ...] = RULES,
) -> tuple[Outcome, Ratio | None]:
    """The outcome (value and bound belong to the last parametric solve) and the ratio reached."""
    try:
        pool = [_productive(i) for i in instances]
    except OutOfTime:
        return Outcome("unknown"), None
    most = max((d.output_milli for i in pool for d in i.deployments), default=0)
    if most == 0:
        return Outcome("infeasible"), None
    step = optimise(lambda _best: pool, linear_goal("tco"), clock, progress=progress, rules=rules)
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
    return Outcome("feasible", step.winner, ties_broken=False), ratio


def _productive(instance: Instance) -> Instance:
    """Without deployments that make no tokens: their cost per token is not a number."""
    if all(d.output_milli > 0 for d in instance.deployments):
        return instance
    return narrow(instance, [d for d in instance.deployments if d.output_milli > 0])


def _ratio(candidate: Candidate) -> Ratio:
    assert candidate.values is not None
    plan = candidate.formulation.plan
    return Ratio(tco(plan).value(candidate.values), throughput(plan).value(candidate.values))
