"""Why nothing fits: an irreducible set of rules that cannot hold together.

A deletion filter drops one rule after another; where the rest is still infeasible the rule was not
needed. What remains is irreducible: without any one of its members something would fit. Rules
about the room and the parts are tried first, so that the conflict speaks of the workload and the
purse where it can. Fit of the parts and their network are taken for granted throughout.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.instance.items import Instance
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.build import ConflictItem, Explanation
from optimizer.solve.clock import Clock
from optimizer.solve.lexicographic import Progress, start

GRANTED = frozenset({"compatibility", "network"})


def explain(
    instances: Sequence[Instance], clock: Clock, progress: Progress | None = None
) -> Explanation:
    """The irreducible conflict; ``irreducible`` is false where time ran out before the proof.

    ``instances`` must hold the layouts that overflow the memory too, or ``vram`` could never be
    seen to matter.
    """
    kept = list(RULES)
    complete = True
    for rule in RULES:
        if rule.name in GRANTED:
            continue
        if progress is not None:
            progress(f"explaining: is it {rule.name}?")
        trial = tuple(r for r in kept if r is not rule)
        verdict = feasible(instances, trial, clock)
        if verdict is None:
            complete = False
        elif not verdict:
            kept.remove(rule)
    conflict = [r for r in kept if r.name not in GRANTED]
    return Explanation(
        conflict=tuple(ConflictItem(rule=r.name, statement=r.statement) for r in conflict),
        irreducible=complete and bool(conflict),
    )


def feasible(instances: Sequence[Instance], rules: tuple[Rule, ...], clock: Clock) -> bool | None:
    """Whether any case has a solution under ``rules``; None when time ran out undecided."""
    undecided = False
    for instance in instances:
        candidate = start(instance, rules)
        if candidate is None:
            continue
        status = clock.solve(candidate.formulation).status
        if status in ("optimal", "feasible"):
            return True
        undecided = undecided or status == "unknown"
    return None if undecided else False
