"""Uninterruptible supplies."""

from __future__ import annotations

from optimizer.instance.items import (
    UpsItem,
)
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_ups(audit: Audit) -> list[Use]:
    """Rule ``ups``: watts and VA of the units against the peak; none bought unless asked."""
    limits = audit.instance.limits
    units = [(i, n) for i, n in audit.on_site("ups") if isinstance(i, UpsItem)]
    count = sum(n for _, n in units)
    if not limits.ups:
        return [Use("UPS not asked for", count, 0, "units")]
    load = audit.build_peak_w
    watts = sum(i.capacity_w * n for i, n in units)
    va = sum(i.capacity_va * n for i, n in units)
    return [
        Use("UPS watts", load, watts, "W"),
        Use("UPS volt-amperes", -(-load * 1000 // UPS_LOAD_POWER_FACTOR_PERMILLE), va, "VA"),
        Use("UPS units", count, limits.max_ups, "units"),
    ]
