"""Stock of offers."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_stock(audit: Audit) -> list[Use]:
    """Rule ``stock``: units bought at offers of limited number."""
    return [Use(p.key, n, p.stock, "units") for p, n in audit.bought if p.stock is not None]
