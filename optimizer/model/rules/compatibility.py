"""Parts that fit each other."""

from __future__ import annotations

from optimizer.instance.items import AcceleratorItem, Instance
from optimizer.model.linear import Expr
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope

MANY = 64


def add_compatibility(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Every part fits its neighbours.

    The platform offers the host class that the deployment asks for (interface, count, link);
    sockets, memory type, chassis form, supply form and plugs, card length, airflow and bridges
    match.

    .. math:: \sum_{d \in c} x_d \le \sum_{p \ni c} x_p \quad \forall c
    """
    _hosts(scope, plan, instance)
    _processors_and_memory(scope, plan)
    _chassis_and_supplies(scope, plan)
    _plugs(scope, plan)
    _cards_in_chassis(scope, plan, instance)
    _bridges(scope, plan, instance)


def _hosts(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    for host in instance.hosts:
        asked = plan.deployments_weighted(lambda d, i=host.index: int(d.host == i))
        offered = plan.platforms_where(lambda p, i=host.index: i in p.hosts)
        if asked.terms:
            scope.add(asked <= offered)


def _processors_and_memory(scope: RuleScope, plan: Plan) -> None:
    """The right number of processors and one memory option, exactly where none is inside."""
    sockets = {(p.socket, p.sockets, p.host_lanes is None) for p in plan.platforms if p.needs_cpu}
    for socket, count, own in sorted(sockets):
        chosen = plan.cpus_where(
            lambda c, n, o, k=(socket, count, own): int((c.socket, n, o) == k)
        )
        need = plan.platforms_where(
            lambda p, k=(socket, count, own): (
                p.needs_cpu and (p.socket, p.sockets, p.host_lanes is None) == k
            )
        )
        scope.add(chosen.equals(need))
    for platform in plan.platforms:
        if platform.needs_cpu:
            hot = plan.cpus_where(
                lambda c, n, o, p=platform: int(
                    (c.socket, n, o) == (p.socket, p.sockets, p.host_lanes is None)
                    and c.tdp_w > p.max_cpu_tdp_w
                )
            )
            if hot.terms:
                scope.add(hot + plan.platforms_where(lambda p, q=platform: p.id == q.id) <= 1)
    boards = {
        (p.memory_type, p.memory_channels, p.dimm_slots) for p in plan.platforms if p.needs_memory
    }
    for key in sorted(boards):
        chosen = plan.memory_where(lambda m, c, s, _n, k=key: int((m.memory_type, c, s) == k))
        need = plan.platforms_where(
            lambda p, k=key: (
                p.needs_memory and (p.memory_type, p.memory_channels, p.dimm_slots) == k
            )
        )
        scope.add(chosen.equals(need))


def _chassis_and_supplies(scope: RuleScope, plan: Plan) -> None:
    """A board has one chassis of its form and one kind of supply of the chassis' form."""
    board = plan.on_board()
    for expr in (plan.chassis_where(lambda c: 1), plan.psus_where(lambda _p, _n: 1)):
        if expr.terms or board.terms:
            scope.add(expr.equals(board))
    for form in sorted({p.board_form for p in plan.platforms if p.board}):
        boards = plan.platforms_where(lambda p, f=form: p.board and p.board_form == f)
        scope.add(boards <= plan.chassis_where(lambda c, f=form: int(f in c.board_forms)))
    forms = {"atx", "crps"}
    for form in sorted(forms):
        supplies = plan.psus_where(lambda psu, _n, f=form: int(psu.form == f))
        if supplies.terms:
            scope.add(supplies <= plan.chassis_where(lambda c, f=form: int(c.psu_form == f)))
    count = plan.psus_where(lambda _p, n: n)
    if count.terms:
        scope.add(count <= plan.chassis_where(lambda c: c.psu_bays))


def _plugs(scope: RuleScope, plan: Plan) -> None:
    """On a board, the supplies bring every plug: cards', and one EPS plug per processor."""
    for plug in range(3):
        cards = plan.accelerators_weighted(lambda a, n, k=plug: a.connectors[k] * n)
        sockets = plan.platforms_weighted(lambda p: p.sockets if p.board else 0)
        need = cards + sockets if plug == 0 else cards
        have = plan.psus_where(lambda psu, n, k=plug: psu.connectors[k] * n)
        if need.terms:
            scope.add(need <= have + (1 - plan.on_board()) * (MANY * 4))


def _cards_in_chassis(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """Cards are no longer than the chassis allows; passive cards need its air."""
    lengths = sorted({c.length_mm for c in _cards(instance) if c.length_mm})
    for length in lengths:
        long = plan.accelerators_weighted(lambda a, _n, m=length: int(a.length_mm == m))
        short = plan.chassis_where(lambda c, m=length: int(c.max_accelerator_mm < m))
        if long.terms and short.terms:
            scope.add(long + short <= 1)
    passive = plan.accelerators_weighted(lambda a, _n: int(a.passive))
    still = plan.chassis_where(lambda c: int(not c.passive_airflow))
    if passive.terms and still.terms:
        scope.add(passive + still <= 1)


def _cards(instance: Instance) -> list[AcceleratorItem]:
    return [i for i in instance.of_kind("accelerator") if isinstance(i, AcceleratorItem)]


def _bridges(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """As many bridges of the cards' own kind as the deployment joins pairs with."""
    for bridge in instance.of_kind("bridge"):
        kinds = {a.id for a in _cards(instance) if a.bridge == bridge.id}
        need = plan.deployments_weighted(
            lambda d, k=kinds: d.bridges * int(instance.hosts[d.host].accelerator in k)
        )
        have: Expr = plan.quantity(bridge)
        scope.add(have.equals(need))


COMPATIBILITY = Rule("compatibility", "parts fit each other", add_compatibility)
