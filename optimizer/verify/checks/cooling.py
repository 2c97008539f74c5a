"""Heat."""

from __future__ import annotations

from optimizer.instance.items import (
    CoolingItem,
)
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_cooling(audit: Audit) -> list[Use]:
    """Rule ``cooling``: heat to the air and to liquid against what removes it."""
    limits, case = audit.instance.limits, audit.instance.case
    units = [(i, n) for i, n in audit.on_site("cooling") if isinstance(i, CoolingItem)]
    air = limits.heat_removal_w + sum(i.removal_w * n for i, n in units if not i.liquid)
    liquid = limits.liquid_removal_w + sum(i.removal_w * n for i, n in units if i.liquid)
    rows = []
    if units and not limits.extra_cooling:
        rows = [Use("cooling not allowed", sum(n for _, n in units), 0, "units")]
    if audit.platform.liquid:
        return [
            *rows,
            Use("heat to the room's air", audit.air_heat_w, air, "W"),
            Use("heat to liquid", audit.peak_wall_w * case.nodes, liquid, "W"),
        ]
    return [*rows, Use("heat to the room's air", audit.air_heat_w, air, "W")]
