"""The cap on the TCO."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_lifetime_cost(audit: Audit) -> list[Use]:
    """Rule ``lifetime-cost``: TCO against its cap."""
    cap = audit.instance.limits.max_tco_cents
    return [] if cap is None else [Use("TCO", audit.costs.tco, cap, "cents")]
