"""Power supplies."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_psu(audit: Audit) -> list[Use]:
    """Rule ``psu``: peak load of a node against its supplies, headroom taken off.

    With redundancy, against those that are left when one is lost, or the larger half. For
    milliseconds, what accelerators draw over their limit against what the supplies' design bears.
    """
    limits, platform = audit.instance.limits, audit.platform
    borne = platform.borne_permille
    if platform.board:
        capacity = 0
        for psu, count in audit.psus:
            lost = 1 if limits.redundancy == "n+1" else 0
            lost = count - count // 2 if limits.redundancy == "2n" else lost
            capacity += psu.capacity_w * (count - lost)
            borne = psu.borne_permille
    elif limits.redundancy == "n+1":
        capacity = platform.supply_capacity_redundant_w
    elif limits.redundancy == "2n":
        capacity = platform.supply_capacity_halved_w
    else:
        capacity = platform.supply_capacity_w
    usable = capacity * (1000 - limits.psu_headroom_permille) // 1000
    surge = ceil(Fraction(audit.peak_limits_w * audit.accelerator.drawn_permille, 1000))
    for_ms = audit.peak_load_w - audit.peak_limits_w + max(surge, audit.peak_limits_w)
    return [
        Use("supply load per node", audit.peak_load_w, usable, "W"),
        Use("supply load for milliseconds", for_ms, capacity * borne // 1000, "W"),
    ]
