"""Service targets."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_targets(audit: Audit) -> list[Use]:
    """Rule ``targets``: asked against delivered."""
    limits, d = audit.instance.limits, audit.deployment
    rows = [Use("tok/s per user asked", limits.min_user_milli, d.user_milli, "milli-tok/s")]
    if limits.min_output_milli:
        rows.append(Use("tok/s asked", limits.min_output_milli, d.output_milli, "milli-tok/s"))
    if limits.max_ttft_us is not None:
        rows.append(Use("time to first token", d.ttft_us, limits.max_ttft_us, "us"))
    return rows
