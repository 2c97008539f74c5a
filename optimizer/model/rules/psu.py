"""What the power supplies deliver."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.instance.possible import supply_w
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.schema.request import Redundancy


def add_psu(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The supplies carry the peak load with headroom, at the site's voltage.

    .. math:: 1000 \, w \le (1000 - h) \, (C_p + \sum_u C_u)

    With redundancy asked for, those must suffice that are left after the loss: of one (n+1), or
    of the larger half, which hangs on one feed (2n).
    """
    limits = instance.limits
    capacity = plan.platforms_weighted(
        lambda p: int(not p.board) * supply_w(p, limits.redundancy)
    ) + plan.psus_where(lambda psu, n: psu.capacity_w * _left(n, limits.redundancy))
    share = 1000 - limits.psu_headroom_permille
    scope.limit(plan.wall.peak_load_w * 1000 <= capacity * share)


def _left(supplies: int, redundancy: Redundancy) -> int:
    """Supplies that work after the loss."""
    return {"none": supplies, "n+1": supplies - 1, "2n": supplies // 2}[redundancy]


PSU = Rule("psu", "power supplies deliver the peak load with headroom", add_psu)
