"""What the users of the LLM are promised, and the network between nodes."""

from __future__ import annotations

from optimizer.instance.items import CableItem, Instance, Item, NicItem, SwitchItem
from optimizer.model.linear import total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_targets(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The deployment reaches every service target.

    .. math:: r_d x_d \ge R x_d \quad \forall d

    Output tokens per second in total, per user (at the stated concurrency), and time to first
    token.
    """
    limits = instance.limits
    if limits.min_output_milli:
        scope.limit(plan.deployments_weighted(lambda d: d.output_milli) >= limits.min_output_milli)
    if limits.min_user_milli:
        scope.limit(plan.deployments_weighted(lambda d: d.user_milli) >= limits.min_user_milli)
    if limits.max_ttft_us is not None:
        scope.limit(plan.deployments_weighted(lambda d: d.ttft_us) <= limits.max_ttft_us)


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


TARGETS = Rule("targets", "the service targets are met", add_targets)
NETWORK = Rule("network", "several nodes are joined by cards, cables and a switch", add_network)
