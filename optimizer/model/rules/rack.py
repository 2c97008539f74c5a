"""Space in the rack."""

from __future__ import annotations

from optimizer.instance.items import Instance, Item
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_rack(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """Rack units, weight and depth fit the rack."""
    limits, nodes = instance.limits, instance.case.nodes
    units = plan.node_sum(lambda i: i.space.rack_tenths) * nodes
    scope.limit(units + plan.site_sum(lambda i: i.space.rack_tenths) <= limits.rack_tenths)
    cards = plan.accelerators_weighted(lambda a, n: a.space.weight_hg * n)
    weight = (plan.node_sum(lambda i: i.space.weight_hg) + cards) * nodes
    scope.limit(weight + plan.site_sum(lambda i: i.space.weight_hg) <= limits.load_hg)

    def deep(item: Item) -> int:
        return int(item.space.depth_mm > limits.depth_mm)

    scope.limit(plan.node_sum(deep) + plan.site_sum(deep) <= 0)


RACK = Rule("rack", "the build fits the rack: units, depth, weight", add_rack)
