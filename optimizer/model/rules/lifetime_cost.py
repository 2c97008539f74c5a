"""The cap on the total cost of ownership."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_lifetime_cost(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The total cost of ownership stays under its cap, when one is given.

    .. math:: \sum_i t_i q_i + e + c_{install} \le T
    """
    if instance.limits.max_tco_cents is not None:
        scope.limit(plan.costs.tco <= instance.limits.max_tco_cents)


LIFETIME_COST = Rule("lifetime-cost", "the TCO stays under its cap", add_lifetime_cost)
