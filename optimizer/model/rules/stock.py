"""The shelf and the market."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_stock(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""No more units at an offer than the offer has, or the shelf holds.

    .. math:: q_i \le S_i \quad \forall i
    """
    for purchase in instance.purchases:
        if purchase.stock is not None:
            scope.add(plan.purchase(purchase) <= purchase.stock)


STOCK = Rule("stock", "offers and shelves hold enough units", add_stock)
