"""Power supplies."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_psu(audit: Audit) -> list[Use]:
    """Rule ``psu``: peak load of a node against its supplies, headroom taken off."""
    limits, platform = audit.instance.limits, audit.platform
    if platform.board:
        lost = int(limits.psu_redundant)
        capacity = sum(p.capacity_w * (n - lost) for p, n in audit.psus)
    elif limits.psu_redundant:
        capacity = platform.supply_capacity_redundant_w
    else:
        capacity = platform.supply_capacity_w
    usable = capacity * (1000 - limits.psu_headroom_permille) // 1000
    return [Use("supply load per node", audit.peak_load_w, usable, "W")]
