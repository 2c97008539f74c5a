"""Power rules: what the supplies deliver and the site can feed."""

from __future__ import annotations

from optimizer.instance.items import Instance, UpsItem
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE, largest_equal_share


def add_psu(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The supplies carry the peak load with headroom, at the site's voltage.

    .. math:: 1000 \, w \le (1000 - h) \, (C_p + \sum_u C_u)

    With redundancy asked for, one supply fewer must suffice.
    """
    limits = instance.limits
    spare = int(limits.psu_redundant)
    capacity = plan.platforms_weighted(
        lambda p: (
            int(not p.board) * (p.supply_capacity_redundant_w if spare else p.supply_capacity_w)
        )
    ) + plan.psus_where(lambda psu, n: psu.capacity_w * (n - spare))
    share = 1000 - limits.psu_headroom_permille
    scope.limit(plan.wall.peak_load_w * 1000 <= capacity * share)


def add_circuits(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Each circuit carries its continuous load.

    .. math:: w \le k \, s^*(N k) \quad \text{for } k \text{ supplies per node}

    Supplies of a node share its load equally and each plugs into one circuit, so the largest share
    s* for which all N k supplies find a place is a number that depends on their count alone:
    the packing is solved before the model is built, and the rule stays linear and tight.

    Source: NEC 210.20(A) (0.8 for continuous loads); IEC sites set 1.0.
    """
    case = instance.case
    room = Expr()
    for count in plan.supply_counts():
        share = largest_equal_share(case.circuits_w, case.nodes * count)
        room += plan.supplies_are(count) * (count * share)
    scope.add(plan.wall.peak_w <= room)


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


PSU = Rule("psu", "power supplies deliver the peak load with headroom", add_psu)
CIRCUITS = Rule("circuits", "each circuit carries its continuous load", add_circuits)
UPS = Rule("ups", "the uninterruptible supply carries the peak load", add_ups)
