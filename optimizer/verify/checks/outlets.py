"""Outlets for power supplies."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_outlets(audit: Audit) -> list[Use]:
    """Rule ``outlets``: supplies on each circuit against the outlets there that take their cord.

    Strips bought hang on a receptacle that their plug fits. Nothing is asked of supplies behind
    uninterruptible ones, nor of circuits with outlets for as many as come.
    """
    bought = sum(n for _, n in audit.on_site("pdu"))
    if audit.instance.limits.ups:
        return [Use("strips behind a UPS", bought, 0, "strips")] if bought else []
    if not bought and all(b.outlets is None for b in audit.instance.case.breakers):
        return []
    if audit.strips_without_place:
        return [Use("receptacles for strips", bought, bought - 1, "receptacles")]
    if audit.lacks_outlets:
        need = audit.supplies * audit.instance.case.nodes
        have = sum(b.places(audit.inlet) for b in audit.circuits)
        return [Use("outlets", need, min(have, need - 1), "outlets")]
    on_them = [sum(p.breaker == i for p in audit.plug_plan) for i in range(len(audit.circuits))]
    return [
        Use(f"outlets of {b.name}", n, b.places(audit.inlet), "outlets")
        for b, n in zip(audit.circuits, on_them, strict=True)
        if n and b.outlets is not None
    ]
