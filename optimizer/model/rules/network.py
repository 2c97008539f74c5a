"""The network between nodes."""

from __future__ import annotations

from optimizer.instance.items import CableItem, Instance, Item, NicItem, SwitchItem
from optimizer.model.linear import total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_network(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Several nodes each have one network card and one cable of the switch's network and speed.

    .. math:: [\text{no card inside}] \le \sum_n x_n \le 1, \qquad \sum_c x_c = 1

    A single node buys none. The switch, its ports and its speed are fixed by the case.
    """
    case = instance.case
    nics = [n for n in instance.of_kind("nic") if isinstance(n, NicItem)]
    cables = [c for c in instance.of_kind("cable") if isinstance(c, CableItem)]
    cards = total([(1, plan.quantity(n)) for n in nics])
    leads = total([(1, plan.quantity(c)) for c in cables])
    if case.nodes == 1:
        scope.forbid(cards + leads)
        return
    slow = plan.platforms_where(lambda p: p.nic_included_gbps < case.network_gbps)
    scope.limit(slow <= cards)
    scope.limit(cards <= 1)
    scope.add(leads.equals(plan.platforms_where(lambda _p: True)))
    switch = instance.items.get(case.switch or "")
    parts: list[NicItem | CableItem] = [*nics, *cables]
    scope.forbid(total([(1, plan.quantity(i)) for i in parts if not _joins(i, switch)]))


def _joins(part: NicItem | CableItem, switch: Item | None) -> bool:
    """A card or cable of the switch's network and at least its speed."""
    if not isinstance(switch, SwitchItem):
        return False
    return part.network in ("vpi", switch.network) and part.gbps >= switch.gbps


NETWORK = Rule("network", "several nodes are joined by cards, cables and a switch", add_network)
