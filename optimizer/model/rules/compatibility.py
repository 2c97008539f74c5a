"""Parts that fit each other."""

from __future__ import annotations

from typing import NamedTuple

from optimizer.instance.items import AcceleratorItem, Instance, PlatformItem, PsuItem
from optimizer.model.linear import Expr
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope

EPS = 0
PLUG_KINDS = 3


class CpuSlot(NamedTuple):
    """What decides which processors a platform takes, and whose lanes count."""

    socket: str
    sockets: int
    own_lanes: bool

    @classmethod
    def of(cls, platform: PlatformItem) -> CpuSlot:
        """The slot of a platform."""
        return cls(platform.socket, platform.sockets, platform.host_lanes is None)


class MemoryBank(NamedTuple):
    """What decides which memory options a platform takes."""

    memory_type: str
    channels: int
    slots: int

    @classmethod
    def of(cls, platform: PlatformItem) -> MemoryBank:
        """The bank of a platform."""
        return cls(platform.memory_type, platform.memory_channels, platform.dimm_slots)


def add_compatibility(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Every part fits its neighbours.

    The platform offers the host class that the deployment asks for (interface, count, link);
    sockets, memory type, chassis form, supply form and plugs, card length, airflow and bridges
    match.

    .. math:: \sum_{d \in c} x_d \le \sum_{p \ni c} x_p \quad \forall c
    """
    _hosts(scope, plan, instance)
    _processors(scope, plan)
    _modules(scope, plan)
    _chassis_and_supplies(scope, plan, instance)
    _plugs(scope, plan)
    _cards_in_chassis(scope, plan, instance)
    _bridges(scope, plan, instance)


def _hosts(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """A deployment needs a platform that carries its accelerators in its way."""
    for host in instance.hosts:
        asked = plan.deployed_on(host.index)
        if asked.terms:
            scope.add(asked <= plan.offers_host(host.index))


def _processors(scope: RuleScope, plan: Plan) -> None:
    """As many processors of the right socket as the platform has, where none is inside."""
    for slot in sorted({CpuSlot.of(p) for p in plan.platforms if p.needs_cpu}):
        _fill_sockets(scope, plan, slot)
    for platform in plan.platforms:
        if platform.needs_cpu:
            _cool_enough(scope, plan, platform)


def _fill_sockets(scope: RuleScope, plan: Plan, slot: CpuSlot) -> None:
    chosen = plan.cpus_where(lambda c, n, own: int(CpuSlot(c.socket, n, own) == slot))
    need = plan.platforms_where(lambda p: p.needs_cpu and CpuSlot.of(p) == slot)
    scope.add(chosen.equals(need))


def _cool_enough(scope: RuleScope, plan: Plan, platform: PlatformItem) -> None:
    slot, limit = CpuSlot.of(platform), platform.max_cpu_tdp_w
    hot = plan.cpus_where(
        lambda c, n, own: int(CpuSlot(c.socket, n, own) == slot and c.tdp_w > limit)
    )
    if hot.terms:
        scope.add(hot + plan.platforms_where(lambda p: p.id == platform.id) <= 1)


def _modules(scope: RuleScope, plan: Plan) -> None:
    """One memory option of the platform's type and slots, where none is inside."""
    for bank in sorted({MemoryBank.of(p) for p in plan.platforms if p.needs_memory}):
        _fill_channels(scope, plan, bank)


def _fill_channels(scope: RuleScope, plan: Plan, bank: MemoryBank) -> None:
    chosen = plan.memory_where(lambda m, c, s, _n: int(MemoryBank(m.memory_type, c, s) == bank))
    need = plan.platforms_where(lambda p: p.needs_memory and MemoryBank.of(p) == bank)
    scope.add(chosen.equals(need))


def _chassis_and_supplies(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """A board has one chassis of its form and one kind of supply of the chassis' form."""
    board = plan.on_board()
    for expr in (plan.chassis_where(lambda _c: 1), plan.psus_where(lambda _p, _n: 1)):
        if expr.terms or board.terms:
            scope.add(expr.equals(board))
    for form in sorted({p.board_form for p in plan.platforms if p.board}):
        _board_in_chassis(scope, plan, form)
    for form in sorted({p.form for p in instance.of_kind("psu") if isinstance(p, PsuItem)}):
        _supply_in_chassis(scope, plan, form)
    count = plan.psus_where(lambda _p, n: n)
    if count.terms:
        scope.add(count <= plan.chassis_where(lambda c: c.psu_bays))


def _board_in_chassis(scope: RuleScope, plan: Plan, form: str) -> None:
    boards = plan.platforms_where(lambda p: p.board and p.board_form == form)
    scope.add(boards <= plan.chassis_where(lambda c: int(form in c.board_forms)))


def _supply_in_chassis(scope: RuleScope, plan: Plan, form: str) -> None:
    supplies = plan.psus_where(lambda psu, _n: int(psu.form == form))
    if supplies.terms:
        scope.add(supplies <= plan.chassis_where(lambda c: int(c.psu_form == form)))


def _plugs(scope: RuleScope, plan: Plan) -> None:
    """On a board, the supplies bring every plug: cards', and one EPS plug per processor."""
    for plug in range(PLUG_KINDS):
        _enough_plugs(scope, plan, plug)


def _enough_plugs(scope: RuleScope, plan: Plan, plug: int) -> None:
    need = plan.accelerators_weighted(lambda a, n: a.connectors[plug] * n)
    if plug == EPS:
        need += plan.platforms_weighted(lambda p: p.sockets if p.board else 0)
    have = plan.psus_where(lambda psu, n: psu.connectors[plug] * n)
    most = plan.model.bounds(need)[1]
    scope.limit(need <= have + (1 - plan.on_board()) * most)


def _cards_in_chassis(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """Cards are no longer than the chassis allows; passive cards need its air."""
    for length in sorted({c.length_mm for c in _cards(instance) if c.length_mm}):
        _long_enough(scope, plan, length)
    for watts in sorted({c.power.peak_w for c in _cards(instance) if c.passive}):
        _cool_cards(scope, plan, watts)


def _cool_cards(scope: RuleScope, plan: Plan, watts: int) -> None:
    passive = plan.accelerators_weighted(lambda a, _n: int(a.passive and a.power.peak_w == watts))
    still = plan.chassis_where(lambda c: int(c.passive_w < max(1, watts)))
    if passive.terms and still.terms:
        scope.add(passive + still <= 1)


def _long_enough(scope: RuleScope, plan: Plan, length: int) -> None:
    long = plan.accelerators_weighted(lambda a, _n: int(a.length_mm == length))
    short = plan.chassis_where(lambda c: int(c.max_accelerator_mm < length))
    if long.terms and short.terms:
        scope.add(long + short <= 1)


def _cards(instance: Instance) -> list[AcceleratorItem]:
    return [i for i in instance.of_kind("accelerator") if isinstance(i, AcceleratorItem)]


def _bridges(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """As many bridges of the cards' own kind as the deployment joins pairs with."""
    bridges = instance.of_kind("bridge")
    known = {b.id for b in bridges}
    bare = {a.id for a in _cards(instance) if a.bridge not in known}
    scope.forbid(_bridges_needed(plan, instance, bare))  # a bridge that cannot be had
    for bridge in bridges:
        cards = {a.id for a in _cards(instance) if a.bridge == bridge.id}
        scope.add(plan.quantity(bridge).equals(_bridges_needed(plan, instance, cards)))


def _bridges_needed(plan: Plan, instance: Instance, cards: set[str]) -> Expr:
    joined = {h.index for h in instance.hosts if h.accelerator in cards}
    return plan.deployments_weighted(lambda d: d.bridges * int(d.host in joined))


COMPATIBILITY = Rule("compatibility", "parts fit each other", add_compatibility)
