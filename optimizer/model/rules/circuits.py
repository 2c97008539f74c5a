"""What the circuits of the site can feed."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.linear import Expr
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.physics.electrical import largest_equal_share


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


CIRCUITS = Rule("circuits", "each circuit carries its continuous load", add_circuits)
