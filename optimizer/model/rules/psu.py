"""What the power supplies deliver."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_psu(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The supplies carry the peak load with headroom, at the site's voltage.

    .. math:: 1000 \, w \le (1000 - h) \, (C_p + \sum_u C_u)

    With redundancy asked for, one supply fewer must suffice.
    """
    limits = instance.limits
    spare = int(limits.psu_redundant)
    capacity = plan.platforms_weighted(
        lambda p: (
            int(not p.board) * (p.supply_capacity_redundant_w if spare else p.supply_capacity_w)
        )
    ) + plan.psus_where(lambda psu, n: psu.capacity_w * (n - spare))
    share = 1000 - limits.psu_headroom_permille
    scope.limit(plan.wall.peak_load_w * 1000 <= capacity * share)


PSU = Rule("psu", "power supplies deliver the peak load with headroom", add_psu)
