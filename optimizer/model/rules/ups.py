"""Uninterruptible supplies."""

from __future__ import annotations

from optimizer.instance.items import Instance, UpsItem
from optimizer.model.linear import total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE


def add_ups(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""An uninterruptible supply, when asked for, carries the peak in watts and in VA.

    .. math:: \sum_u W_u n_u \ge W, \qquad \varphi \sum_u S_u n_u \ge W
    """
    limits, case = instance.limits, instance.case
    units = [u for u in instance.of_kind("ups") if isinstance(u, UpsItem)]
    if not limits.ups:
        scope.forbid(total([(1, plan.quantity(u)) for u in units]))
        return
    load = plan.wall.peak_w * case.nodes + case.switch_wall_w
    watts = total([(u.capacity_w, plan.quantity(u)) for u in units])
    va = total([(u.capacity_va, plan.quantity(u)) for u in units])
    scope.add(load <= watts)
    scope.add(load * 1000 <= va * UPS_LOAD_POWER_FACTOR_PERMILLE)
    if units:
        count = total([(1, plan.quantity(u)) for u in units])
        scope.add(count <= limits.max_ups)


UPS = Rule("ups", "the uninterruptible supply carries the peak load", add_ups)
