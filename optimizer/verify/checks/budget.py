"""The purse."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_budget(audit: Audit) -> list[Use]:
    """Rule ``budget``: capex against the budget."""
    budget = audit.instance.limits.budget_cents
    return [] if budget is None else [Use("capex", audit.costs.capex, budget, "cents")]
