"""What the power supplies deliver."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.instance.bodies import supply_w, working
from optimizer.instance.items import Instance, PlatformItem, PsuItem
from optimizer.instance.surges import may_surge, surge_w
from optimizer.model.linear import Expr
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.schema.request import Redundancy


def add_psu(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The supplies carry the peak load with headroom, at the site's voltage.

    .. math:: 1000 \, w \le (1000 - h) \, (C_p + \sum_u C_u)

    With redundancy asked for, those must suffice that are left after the loss: of one (n+1), or
    of the larger half, which hangs on one feed (2n). For milliseconds accelerators draw more than
    their limit, and supplies deliver more than their capacity, by their design:

    .. math:: w + (\delta_a - 1) \, c_d \, n_d \le \beta_p C_p + \sum_u \beta_u C_u
    """
    limits = instance.limits
    capacity = _capacity(plan, limits.redundancy, lambda _supply: 1)
    share = 1000 - limits.psu_headroom_permille
    scope.limit(plan.wall.peak_load_w * 1000 <= capacity * share)
    if may_surge(instance):
        borne = _capacity(plan, limits.redundancy, lambda supply: supply.borne_permille)
        surge = plan.deployments_weighted(lambda d: surge_w(instance, d))
        scope.limit((plan.wall.peak_load_w + surge) * 1000 <= borne)


def _capacity(
    plan: Plan, redundancy: Redundancy, factor: Callable[[PlatformItem | PsuItem], int]
) -> Expr:
    """What supplies deliver after the loss, each times a factor."""
    inside = plan.platforms_weighted(
        lambda p: 0 if p.board else factor(p) * supply_w(p, redundancy)
    )
    return inside + plan.psus_where(
        lambda psu, n: factor(psu) * psu.capacity_w * working(n, redundancy)
    )


PSU = Rule("psu", "power supplies deliver the peak load with headroom", add_psu)
