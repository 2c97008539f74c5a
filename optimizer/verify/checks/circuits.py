"""Circuits of the site."""

from __future__ import annotations

from optimizer.physics.electrical import assign_equal
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_circuits(audit: Audit) -> list[Use]:
    """Rule ``circuits``: every supply plugged into one circuit, each within its rating."""
    case = audit.instance.case
    supplies = audit.supplies
    share = -(-audit.peak_wall_w // max(1, supplies))
    plan = assign_equal(case.circuits_w, case.nodes * supplies, share)
    if not plan or not supplies:
        need = share * case.nodes * supplies
        return [Use("all circuits", max(need, sum(case.circuits_w) + 1), sum(case.circuits_w), "W")]
    names = case.circuit_names
    return [
        Use(name, count * share, watts, "W")
        for name, count, watts in zip(names, plan, case.circuits_w, strict=True)
    ]
