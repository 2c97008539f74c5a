"""Parts that fit each other."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.fits import check_compatibility
from optimizer.verify.use import Use


def check_parts(audit: Audit) -> list[Use]:
    """Rule ``compatibility``: the number of misfits is zero."""
    return [Use("parts that do not fit", len(check_compatibility(audit)), 0, "")]
