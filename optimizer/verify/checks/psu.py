"""Power supplies."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_psu(audit: Audit) -> list[Use]:
    """Rule ``psu``: peak load of a node against its supplies, headroom taken off.

    With redundancy, against those that are left when one is lost, or the larger half.
    """
    limits, platform = audit.instance.limits, audit.platform
    if platform.board:
        capacity = 0
        for psu, count in audit.psus:
            lost = 1 if limits.redundancy == "n+1" else 0
            lost = count - count // 2 if limits.redundancy == "2n" else lost
            capacity += psu.capacity_w * (count - lost)
    elif limits.redundancy == "n+1":
        capacity = platform.supply_capacity_redundant_w
    elif limits.redundancy == "2n":
        capacity = platform.supply_capacity_halved_w
    else:
        capacity = platform.supply_capacity_w
    usable = capacity * (1000 - limits.psu_headroom_permille) // 1000
    return [Use("supply load per node", audit.peak_load_w, usable, "W")]
