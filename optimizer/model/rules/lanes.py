"""PCIe lanes and slots."""

from __future__ import annotations

from optimizer.instance.items import Instance, NicItem, StorageItem
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_lanes(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Host lanes carry accelerators, drives and network cards; each card has a slot.

    .. math:: \sum_i \ell_i n_i + \ell_p^{reserved} \le L_p + \sum_c L_c n_c

    Lanes: the platform's wired lanes, or those of its processors. Slots: a network card of width w
    needs a slot at least that wide beside the accelerators, on a platform with a slot whose
    generation carries the network's speed. Drives need bays; in a chassis, cards need expansion
    positions.
    """
    hosts = instance.hosts
    used = plan.deployments_weighted(
        lambda d: hosts[d.host].lanes_per_accelerator * hosts[d.host].count
    ) + plan.platforms_weighted(lambda p: p.lanes_reserved)
    for item in instance.of_kind("storage") + instance.of_kind("nic"):
        assert isinstance(item, StorageItem | NicItem)
        used += plan.quantity(item) * item.lanes
    available = plan.platforms_weighted(lambda p: p.host_lanes or 0) + plan.cpus_where(
        lambda cpu, sockets, own: cpu.lanes * sockets * int(own)
    )
    scope.limit(used <= available)
    _slots(scope, plan, instance)
    bays = plan.platforms_weighted(lambda p: p.nvme_bays)
    drives = total([(1, plan.quantity(s)) for s in instance.of_kind("storage")])
    if drives.terms:
        scope.add(drives <= bays)


def _slots(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    cards = plan.accelerators_weighted(lambda _a, n: n)
    nics = [n for n in instance.of_kind("nic") if isinstance(n, NicItem)]
    for nic in nics:
        wide = total([(1, plan.quantity(n)) for n in nics if n.lanes >= nic.lanes]) + cards
        # Only a card that is bought needs its slot: without it, the limit is as wide as the sum.
        absent = (1 - plan.quantity(nic)) * plan.model.bounds(wide)[1]
        scope.add(wide <= _slots_of_width(plan, nic.lanes) + absent)
    bought = total([(1, plan.quantity(n)) for n in nics])
    slow = plan.platforms_where(lambda p: p.slot_gbps < instance.case.network_gbps)
    if bought.terms and slow.terms:
        scope.add(bought + slow <= 1)
    positions = plan.accelerators_weighted(lambda a, n: a.slot_width * n)
    for nic in nics:
        positions += plan.quantity(nic)
    room = plan.chassis_where(lambda c: c.slot_positions)
    if room.terms:
        most = plan.model.bounds(positions)[1]
        scope.limit(positions <= room + (1 - plan.on_board()) * most)


def _slots_of_width(plan: Plan, width: int) -> Expr:
    """Slots at least this wide, on the platform chosen."""
    return plan.platforms_weighted(
        lambda p: sum(count for lanes, count in p.slots if lanes >= width)
    )


LANES = Rule("lanes", "PCIe lanes, slots and drive bays suffice", add_lanes)
