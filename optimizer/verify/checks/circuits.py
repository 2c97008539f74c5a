"""Circuits of the site."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.plugs import holds, worst_loads
from optimizer.verify.use import Use


def check_circuits(audit: Audit) -> list[Use]:
    """Rule ``circuits``: every supply on one circuit, each within its rating in every state."""
    case, plan = audit.instance.case, audit.plug_plan
    redundancy = audit.instance.limits.redundancy
    if not plan or not holds(plan, case.breakers, audit.peak_wall_w, redundancy):
        need, have = audit.peak_wall_w * case.nodes, case.circuits_w
        return [Use("all circuits", max(need, have + 1), have, "W")]
    worst = worst_loads(plan, case.breakers, audit.peak_wall_w, redundancy)
    return [
        Use(b.name, watts, b.line_w, "W")
        for b, (_, watts) in zip(case.breakers, worst, strict=True)
    ]
