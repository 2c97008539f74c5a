"""Cost per token: the exact minimum of TCO over throughput.

Dinkelbach's method: with the best ratio C/T so far, minimise ``T * tco - C * throughput``. While
the minimum is negative, its solution has a lower ratio; when it is zero, C/T is proven. Every step
is an exact integer solve, so the ratio is exact too.

Source: W. Dinkelbach, On nonlinear fractional programming, Management Science 13 (1967).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import gcd

from optimizer.instance.items import Instance
from optimizer.model.linear import Expr
from optimizer.model.objective import tco, throughput
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.solve.lexicographic import Candidate, Clock, Outcome, Progress, optimise

MAX_STEPS = 64


@dataclass(frozen=True, slots=True)
class Ratio:
    """TCO in cents over milli-tokens per second, of one solution."""

    cents: int
    milli: int

    def goal(self, most_milli: int) -> Callable[[Plan], Expr]:
        """The expression that is negative exactly where the ratio is lower."""
        shared = gcd(self.cents, self.milli) or 1
        cents, milli = self.cents // shared, self.milli // shared
        # A solution with a ratio no higher costs at most this, for its throughput is bounded.
        most = self.cents * most_milli // self.milli + 1

        def expression(plan: Plan) -> Expr:
            return plan.costs.capped_tco(most) * milli - throughput(plan) * cents

        return expression


def optimise_ratio(
    instances: Iterable[Instance],
    clock: Clock,
    *,
    rules: tuple[Rule, ...] = RULES,
    progress: Progress | None = None,
) -> tuple[Outcome, Ratio | None]:
    """The outcome (value and bound belong to the last parametric solve) and the ratio reached."""
    pool = [_productive(i) for i in instances]
    most = max((d.output_milli for i in pool for d in i.deployments), default=0)
    if most == 0:
        return Outcome("infeasible"), None
    outcome = optimise(pool, "tco", clock, rules=rules, progress=progress)
    if outcome.winner is None:
        return outcome, None
    ratio = _ratio(outcome.winner)
    proven_feasible = outcome
    for _ in range(MAX_STEPS):
        step = optimise(
            pool, "tco", clock, rules=rules, progress=progress, primary=ratio.goal(most)
        )
        if step.winner is None:
            return _unproven(proven_feasible), ratio
        if step.status == "optimal" and step.value == 0:
            return step, _ratio(step.winner)
        ratio, proven_feasible = _ratio(step.winner), step
        if clock.over or step.status != "optimal":
            return _unproven(step), ratio
    return _unproven(proven_feasible), ratio


def _productive(instance: Instance) -> Instance:
    """Without deployments that make no tokens: their cost per token is not a number."""
    kept = [d for d in instance.deployments if d.output_milli > 0]
    if len(kept) == len(instance.deployments):
        return instance
    return replace(instance, deployments=tuple(replace(d, index=i) for i, d in enumerate(kept)))


def _ratio(candidate: Candidate) -> Ratio:
    assert candidate.values is not None
    plan = candidate.formulation.plan
    return Ratio(tco(plan).value(candidate.values), throughput(plan).value(candidate.values))


def _unproven(outcome: Outcome) -> Outcome:
    return Outcome("feasible", outcome.winner, None, None, ties_broken=False)
