"""The purse, the shelf and the market."""

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


def add_lifetime_cost(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The total cost of ownership stays under its cap, when one is given.

    .. math:: \sum_i t_i q_i + e + c_{install} \le T
    """
    if instance.limits.max_tco_cents is not None:
        scope.limit(plan.costs.tco <= instance.limits.max_tco_cents)


def add_stock(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""No more units at an offer than the offer has, or the shelf holds.

    .. math:: q_i \le S_i \quad \forall i
    """
    for purchase in instance.purchases:
        if purchase.stock is not None:
            scope.add(plan.purchase(purchase) <= purchase.stock)


BUDGET = Rule("budget", "the purchase stays within the budget", add_budget)
LIFETIME_COST = Rule("lifetime-cost", "the TCO stays under its cap", add_lifetime_cost)
STOCK = Rule("stock", "offers and shelves hold enough units", add_stock)
