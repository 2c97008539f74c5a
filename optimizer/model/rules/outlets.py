"""Outlets for the cords of the power supplies."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.linear import total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_outlets(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Every power supply finds an outlet that takes its cord.

    .. math:: x_s + y_h \le 1 \quad \text{where supplies } s \text{ find too few outlets behind } h

    A receptacle of up to 20 A takes a cord; behind a larger one hangs a strip whose plug fits it.
    A C14 inlet takes a cord to C13 or C19, a C20 inlet one to C19 alone; a switch takes two
    outlets. h are the ways to hang strips on the circuits, of which one is chosen and bought.
    Behind uninterruptible supplies nothing is asked: they bring outlets of their own.
    """
    if instance.limits.ups:
        return
    nodes, redundancy = instance.case.nodes, instance.limits.redundancy
    for way, chosen in plan.hookups():
        lost = [
            (1, plan.supplies_are(*supplies))
            for supplies in plan.supply_sorts()
            if not way.finds_outlets(supplies, nodes, redundancy)
        ]
        if not way.switch_plugs_in:
            scope.limit(chosen <= 0)
        elif lost:
            scope.limit(total(lost) + chosen <= 1)


OUTLETS = Rule("outlets", "every power supply finds an outlet that takes its cord", add_outlets)
