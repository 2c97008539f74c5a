"""Space in the rack."""

from __future__ import annotations

from optimizer.instance.items import Instance, Item
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_rack(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Rack units, weight and depth fit the rack, and the floor bears the weight.

    .. math:: \sum_i m_i n_i \le \min(M, \; \sigma A - M_0), \qquad \max_i d_i \le D - d_0

    The floor bears sigma per area A under the racks, which weigh M_0 empty; d_0 is room for cables.
    """
    limits, nodes = instance.limits, instance.case.nodes
    units = plan.node_sum(lambda i: i.space.rack_tenths) * nodes
    scope.limit(units + plan.site_sum(lambda i: i.space.rack_tenths) <= limits.rack_tenths)
    cards = plan.accelerators_weighted(lambda a, n: a.space.weight_hg * n)
    weight = (plan.node_sum(lambda i: i.space.weight_hg) + cards) * nodes
    weight += plan.site_sum(lambda i: i.space.weight_hg)
    scope.limit(weight <= limits.load_hg)
    if limits.floor_hg is not None:
        scope.limit(weight <= limits.floor_hg)

    def deep(item: Item) -> int:
        return int(item.space.depth_mm > limits.depth_mm)

    scope.limit(plan.node_sum(deep) + plan.site_sum(deep) <= 0)


RACK = Rule("rack", "the build fits the rack: units, depth, weight", add_rack)
