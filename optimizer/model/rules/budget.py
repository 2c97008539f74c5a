"""The purse."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_budget(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Everything bought, delivered and installed costs no more than the budget.

    .. math:: \sum_i c_i q_i + c_{install} \le B
    """
    if instance.limits.budget_cents is not None:
        capex = plan.purchases_weighted(lambda p: p.unit.capex)
        scope.limit(capex + instance.money.installation_cents <= instance.limits.budget_cents)


BUDGET = Rule("budget", "the purchase stays within the budget", add_budget)
