"""Every limit that is one number made elastic at once: what it is exceeded by costs points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.instance.caps import Figures
from optimizer.instance.items import Instance, Limits
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.schema.request import Request
from optimizer.solve.candidate import Without
from optimizer.solve.lexicographic import Goal, LowerBound
from optimizer.solve.needs import NEEDS, Need
from optimizer.solve.points import PER_CHANGE, PER_PERCENT, units_in_asked
from optimizer.solve.ways import Setting, WayBound

RATES = {"min_output_milli": "output_milli", "min_user_milli": "user_milli"}
"""Limit of a rate -> the figure that it limits from below."""
SCALE = 10**7
"""Solver units in a point."""


def costs_of(request: Request, limits: Limits) -> dict[str, int]:
    """Field -> solver units for one unit of its limit, by what the change weighs in the request."""
    found = {}
    for need in NEEDS:
        if need.limit(limits) is not None:
            units = units_in_asked(need.path, need.field, request, limits)
            found[need.field] = max(1, round(PER_PERCENT[need.path] * 100 * SCALE / units))
    return found


@dataclass(slots=True)
class Elastic:
    """The limits of one request, to be exceeded for points."""

    limits: Limits
    costs: Mapping[str, int]
    """Field -> solver units for one unit of its limit; none is free."""
    below: int | None = None
    """Solver units that a solution must stay below; then limits are not loosened further."""
    least_changes: int = 0
    """So many limits are exceeded at least, or paid for as if they were."""
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
            furthest = limit + self._furthest(need, self.below)
            held: dict[str, Any] = {need.field: max(0, -furthest) if need.floor else furthest}
            limits = replace(limits, **held)
        return limits

    def cost(self, need: Need) -> int:
        """Solver units for one unit of a limit."""
        return self.costs[need.field]

    def _furthest(self, need: Need, below: int) -> int:
        """Units by which a limit is exceeded at most where the value stays below one."""
        return max(0, below - self._changes(1)) // self.cost(need)

    def _changes(self, exceeded: int) -> int:
        """Solver units for so many limits exceeded, beside those for how far."""
        return PER_CHANGE * SCALE * max(exceeded, self.least_changes)

    def goal(self) -> Goal:
        """Points, as an expression and with a bound for each layout."""
        return Goal(
            self._expression,
            self._bounds,
            figures=self._missed,
            ways=self._ways,
            asked=self.limits,
            counts_money=any(need.goal.counts_money for need in self.needs),
        )

    def _missed(self, figures: Figures) -> int:
        """Points for the targets that figures miss."""
        points = missed = 0
        for field_, cost, limit in self.targets:
            had = figures.ttft_us if field_ == "max_ttft_us" else -getattr(figures, RATES[field_])
            if had > limit:
                points += cost * (had - limit)
                missed += 1
        return points + self._changes(missed)

    def _expression(self, plan: Plan) -> Expr:
        found, points, changes = [], [], []
        for need in self.needs:
            limit, used = need.limit(self.limits), need.goal.expression(plan)
            assert limit is not None
            most = max(0, plan.model.bounds(used)[1] - limit)
            if self.below is not None:
                most = min(most, self._furthest(need, self.below))
            slack = plan.model.variable(f"beyond[{need.field}]", 0, most)
            plan.model.add(slack >= used - limit, "elastic")
            changed = plan.model.boolean(f"changed[{need.field}]")
            plan.model.add(slack <= changed * most, "elastic")
            found.append((need, slack))
            points.append((PER_CHANGE * SCALE, changed))
            changes.append((1, changed))
        plan.model.add(total(changes) >= self.least_changes, "elastic")
        self.slacks[id(plan)] = found
        return total([*((self.cost(need), slack) for need, slack in found), *points])

    def _bounds(self, instance: Instance, without: Without) -> LowerBound:
        bounds = [(need, need.goal.bounds(instance, without)) for need in self.needs]
        return lambda d: self._points([(need, bound(d)) for need, bound in bounds])

    def _ways(self, at: Setting) -> WayBound:
        known = [(need, need.goal.ways) for need in self.needs]
        bounds = [(need, ways(at)) for need, ways in known if ways is not None]
        return lambda way: self._points([(need, bound(way)) for need, bound in bounds])

    def _points(self, least: Iterable[tuple[Need, int]]) -> int:
        """Points of what each need takes at least."""
        points = exceeded = 0
        for need, used in least:
            beyond = used - (need.limit(self.limits) or 0)
            if beyond > 0:
                points += self.cost(need) * beyond
                exceeded += 1
        return points + self._changes(exceeded)
