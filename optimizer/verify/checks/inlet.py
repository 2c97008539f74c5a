"""How warm the air is that the machines take in."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_inlet(audit: Audit) -> list[Use]:
    """Rule ``inlet``: the air at the front, altitude added, against the platform's limit."""
    asked = audit.instance.limits.inlet_tenths
    if asked is None:
        return []
    return [Use("inlet air, altitude added", asked, audit.platform.max_inlet_tenths, "C/10")]
