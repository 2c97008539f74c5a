"""Uninterruptible supplies."""

from __future__ import annotations

from optimizer.instance.items import Instance, UpsItem
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE
from optimizer.physics.ups import burdens, circuits_behind


def add_ups(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Uninterruptible supplies, when asked for, carry the peak in watts and in VA.

    .. math:: c \, w / k + s \le \min(W_u(t), \; \varphi S_u, \; \eta_u C) \quad \text{for the } n
        \text{ units of type } u \text{ chosen}

    All units are of one type, each on a circuit of its own that takes its plug. Power supplies are
    spread over them evenly: the fullest unit has c of them, each with 1/k of a node's load w, and
    the switch (s). W_u(t) is what a unit carries for the minutes asked, from its runtime curve;
    phi the load's power factor; eta C what its circuit lets through. With 2n, either feed's half
    of the units carries everything.
    """
    if not instance.limits.ups:
        return
    options = plan.ups_options()
    scope.limit(total([(1, chosen) for _, _, chosen in options]) >= 1)
    if not options:
        return
    scope.add(total([(1, chosen) for _, _, chosen in options]) <= 1)
    most = plan.model.bounds(plan.wall.peak_w)[1]
    for unit, count, chosen in options:
        room = Expr()
        for supplies in plan.supply_counts():
            room += plan.supplies_are(supplies) * _room_w(instance, unit, count, supplies, most)
        scope.add(plan.wall.peak_w <= room + (1 - chosen) * most)


def _room_w(instance: Instance, unit: UpsItem, units: int, supplies: int, most: int) -> int:
    """The most watts per node that so many units carry for nodes of so many supplies."""
    case, redundancy = instance.case, instance.limits.redundancy
    circuits = circuits_behind(case.breakers, unit.input_amps, units, redundancy)
    shares = burdens(units, case.nodes, supplies, redundancy)
    if not circuits or not shares:
        return 0
    circuit_w = min(case.breakers[i].line_w for i in circuits)
    carried = min(
        unit.capacity_w,
        unit.capacity_va * UPS_LOAD_POWER_FACTOR_PERMILLE // 1000,
        circuit_w * unit.efficiency_permille // 1000,
    )
    left = max(0, carried - case.switch_wall_w)
    return min(most, *(left * among // on_it for on_it, among in shares))


UPS = Rule("ups", "the uninterruptible supply carries the peak load", add_ups)
