"""Why nothing fits: an irreducible set of rules that cannot hold together.

A deletion filter drops one rule after another; where the rest is still infeasible the rule was not
needed. What remains is irreducible: without any one of its members something would fit. Rules
about the room and the parts are tried first, so that the conflict speaks of the workload and the
purse where it can. Fit of the parts and their network are taken for granted throughout.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.instance.bounds import Bounds, capex_bounds, tco_bounds
from optimizer.instance.items import Deployment, Instance
from optimizer.instance.narrow import narrow
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.build import ConflictItem, Explanation
from optimizer.solve.clock import Clock
from optimizer.solve.lexicographic import Progress, start

GRANTED = frozenset({"compatibility", "network"})
FIRST_CHUNK = 64
GROWTH = 8


class Case:
    """An instance with every layout, the unfit ones too, cheapest bound first."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.capex, self.tco = capex_bounds(instance), tco_bounds(instance)
        self.ranked = sorted(
            (d for d in instance.deployments if self.capex.carried(d)),
            key=lambda d: (self.capex.of(d), d.index),
        )

    def open_under(self, names: frozenset[str]) -> list[Deployment]:
        """Layouts that no rule of ``names`` refuses by itself, without looking at any part."""
        return [d for d in self.ranked if not self._refused(d, names)]

    def _refused(self, d: Deployment, names: frozenset[str]) -> bool:
        limits, case = self.instance.limits, self.instance.case
        return (
            ("vram" in names and d.vram_need_mib > d.vram_usable_mib)
            or ("budget" in names and _over(self.capex, d, limits.budget_cents))
            or ("lifetime-cost" in names and _over(self.tco, d, limits.max_tco_cents))
            or ("circuits" in names and d.power.peak_w * case.nodes > case.circuits_w)
            or ("cooling" in names and self._too_hot(d))
            or ("targets" in names and d.user_milli < limits.min_user_milli)
            or ("targets" in names and d.output_milli < limits.min_output_milli)
        )

    def _too_hot(self, d: Deployment) -> bool:
        """Whether the cards alone make more heat than the room takes, and nothing may be added."""
        limits = self.instance.limits
        removed = limits.heat_removal_w + limits.liquid_removal_w
        return not limits.extra_cooling and d.power.peak_w * self.instance.case.nodes > removed


def _over(bounds: Bounds, deployment: Deployment, cents: int | None) -> bool:
    return cents is not None and bounds.of(deployment) > cents


def explain(
    instances: Sequence[Instance], clock: Clock, progress: Progress | None = None
) -> Explanation:
    """The irreducible conflict; ``irreducible`` is false where time ran out before the proof.

    ``instances`` must hold the layouts that overflow the memory too, or ``vram`` could never be
    seen to matter.
    """
    cases = [Case(instance) for instance in instances]
    kept = list(RULES)
    complete = True
    for rule in RULES:
        if rule.name in GRANTED:
            continue
        if progress is not None:
            progress(f"explaining: is it {rule.name}?")
        verdict = feasible(cases, tuple(r for r in kept if r is not rule), clock)
        if verdict is None:
            complete = False
        elif not verdict:
            kept.remove(rule)
    conflict = [r for r in kept if r.name not in GRANTED]
    return Explanation(
        conflict=tuple(ConflictItem(rule=r.name, statement=r.statement) for r in conflict),
        irreducible=complete and bool(conflict),
    )


def feasible(cases: Sequence[Case], rules: tuple[Rule, ...], clock: Clock) -> bool | None:
    """Whether any case has a solution under ``rules``; None when time ran out undecided."""
    names = frozenset(rule.name for rule in rules)
    undecided = False
    for case in cases:
        layouts, done, size = case.open_under(names), 0, FIRST_CHUNK
        while done < len(layouts):
            candidate = start(narrow(case.instance, layouts[done : done + size]), rules)
            done, size = done + size, size * GROWTH
            status = clock.solve(candidate.formulation).status if candidate else "infeasible"
            if status in ("optimal", "feasible"):
                return True
            undecided = undecided or status == "unknown"
    return None if undecided else False
