"""Noise."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_noise(audit: Audit) -> list[Use]:
    """Rule ``noise``: sound energies add."""
    limit = audit.instance.limits.noise
    if limit is None:
        return []
    node = sum(i.space.noise * n for i, n in audit.node_items)
    site = sum(i.space.noise * n for i, n in audit.site_items)
    return [Use("sound energy", node * audit.instance.case.nodes + site, limit, "10^-3 of 0 dBA")]
