"""What the circuits of the site can feed."""

from __future__ import annotations

from optimizer.instance.items import CoolingItem, Instance
from optimizer.instance.strips import Hookup, Supplies
from optimizer.instance.wiring import takes
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope
from optimizer.physics.circuits import most_watts


def add_circuits(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Each circuit carries its continuous load, whatever may be lost.

    .. math:: w \le W^*(N, k) \quad \text{for } k \text{ supplies per node}

    Supplies of a node share its load equally and each hangs on one circuit, so the most watts W*
    for which all N k supplies find a place depends on their count alone: the packing is solved
    before the model is built, and the rule stays linear and tight. With redundancy, W* is the most
    that finds a place with one supply of each node lost (n+1), or on either feed alone (2n). Where
    strips hang on circuits, W* counts their outlets and what they carry, for the way chosen.
    Cooling that plugs in takes a circuit to itself, among those that the case leaves to it: for
    every size of plug, no more units than circuits of that size. What plugs in takes every circuit
    that was given up for it: with less to plug in, the same build stands in a case of its own.

    Source: NEC 210.20(A) (0.8 for continuous loads); IEC sites set 1.0.
    """
    case = instance.case
    ways, most = plan.hookups(), plan.model.bounds(plan.wall.peak_w)[1]
    for way, chosen in ways:
        room = Expr()
        for supplies in plan.supply_sorts():
            room += plan.supplies_are(*supplies) * _room_w(instance, way, supplies)
        scope.add(plan.wall.peak_w <= (room + (1 - chosen) * most if len(ways) > 1 else room))
    units = [c for c in instance.of_kind("cooling") if isinstance(c, CoolingItem) and c.plug]
    if case.given_up:
        scope.limit(total([(1, plan.quantity(u)) for u in units]) >= case.given_up)
    for plug in sorted({u.plug for u in units if u.plug}):
        needing = [u for u in units if u.plug and takes(u.plug, plug)]
        room_for = sum(takes(circuit, plug) for circuit in case.spare)
        scope.add(total([(1, plan.quantity(u)) for u in needing]) <= room_for)


def _room_w(instance: Instance, way: Hookup, supplies: Supplies) -> int:
    """W* behind strips; where outlets are too few, which is another rule, as if there were more."""
    case, redundancy = instance.case, instance.limits.redundancy
    if instance.limits.ups or not way.finds_outlets(supplies, case.nodes, redundancy):
        return most_watts(case.breakers, case.nodes, supplies[0], redundancy)
    return way.room_w(supplies, case.nodes, redundancy)


CIRCUITS = Rule("circuits", "each circuit carries its continuous load", add_circuits)
