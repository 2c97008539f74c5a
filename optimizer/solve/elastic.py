"""Every limit that is one number made elastic at once: what it is exceeded by costs points."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.instance.bounds import capex_bounds, tco_bounds
from optimizer.instance.caps import Figures
from optimizer.instance.items import Deployment, Instance, Limits
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.solve.candidate import Without
from optimizer.solve.lexicographic import Goal, LowerBound
from optimizer.solve.needs import NEEDS, Need
from optimizer.solve.points import LEAST_BASE, PER_CHANGE, PER_PERCENT

RATES = {"min_output_milli": "output_milli", "min_user_milli": "user_milli"}
"""Limit of a rate -> the figure that it limits from below."""
SCALE = 10**7
"""Solver units in a point."""


@dataclass(slots=True)
class Elastic:
    """The limits of one request, to be exceeded for points."""

    limits: Limits
    below: int | None = None
    """Solver units that a solution must stay below; then limits are not loosened further."""
    slacks: dict[int, list[tuple[Need, Expr]]] = field(default_factory=dict)
    """Plan (by identity) -> by how much it exceeds each limit."""

    targets: tuple[tuple[str, int, int], ...] = field(init=False)
    """(Field, points for a unit, what the minimum must not exceed) of each service target."""

    def __post_init__(self) -> None:
        held = [n for n in self.needs if n.rule == "targets"]
        self.targets = tuple((n.field, self.cost(n), n.limit(self.limits) or 0) for n in held)

    @property
    def needs(self) -> list[Need]:
        """Limits that are asked for."""
        return [n for n in NEEDS if n.limit(self.limits) is not None]

    def loosen(self, limits: Limits) -> Limits:
        """Limits without any that is elastic, or stretched as far as ``below`` lets any be."""
        for need in self.needs:
            limit = need.limit(self.limits)
            if self.below is None or limit is None:
                limits = need.loosen(limits)
                continue
            furthest = limit + self.below // self.cost(need)
            held: dict[str, Any] = {need.field: max(0, -furthest) if need.floor else furthest}
            limits = replace(limits, **held)
        return limits

    def cost(self, need: Need) -> int:
        """Solver units for one unit of a limit; at least one, so that nothing is free."""
        limit = need.limit(self.limits)
        assert limit is not None
        base = max(abs(limit), LEAST_BASE[need.field])
        return max(1, round(PER_PERCENT[need.path] * 100 * SCALE / base))

    def goal(self) -> Goal:
        """Points, as an expression and with a bound for each layout."""
        return Goal(self._expression, self._bounds, figures=self._missed)

    def _missed(self, figures: Figures) -> int:
        """Points for the targets that figures miss."""
        points = 0
        for field_, cost, limit in self.targets:
            had = figures.ttft_us if field_ == "max_ttft_us" else -getattr(figures, RATES[field_])
            if had > limit:
                points += cost * (had - limit) + PER_CHANGE * SCALE
        return points

    def _expression(self, plan: Plan) -> Expr:
        found, points = [], []
        for need in self.needs:
            limit, used = need.limit(self.limits), need.goal.expression(plan)
            assert limit is not None
            most = max(0, plan.model.bounds(used)[1] - limit)
            if self.below is not None:
                most = min(most, self.below // self.cost(need))
            slack = plan.model.variable(f"beyond[{need.field}]", 0, most)
            plan.model.add(slack >= used - limit, "elastic")
            changed = plan.model.boolean(f"changed[{need.field}]")
            plan.model.add(slack <= changed * most, "elastic")
            found.append((need, slack))
            points.append((PER_CHANGE * SCALE, changed))
        self.slacks[id(plan)] = found
        return total([*((self.cost(need), slack) for need, slack in found), *points])

    def _bounds(self, instance: Instance, without: Without) -> LowerBound:
        costs = {need.field: self.cost(need) for need in self.needs}
        capex, tco = capex_bounds(instance), tco_bounds(instance)
        limits = self.limits

        def of(d: Deployment) -> int:
            known = {
                "budget_cents": lambda: capex.of(d, without) - (limits.budget_cents or 0),
                "max_tco_cents": lambda: tco.of(d, without) - (limits.max_tco_cents or 0),
                "min_output_milli": lambda: limits.min_output_milli - d.output_milli,
                "min_user_milli": lambda: limits.min_user_milli - d.user_milli,
                "max_ttft_us": lambda: d.ttft_us - (limits.max_ttft_us or 0),
            }
            beyond = [(cost, known[name]()) for name, cost in costs.items() if name in known]
            return sum(cost * units + PER_CHANGE * SCALE for cost, units in beyond if units > 0)

        return of
