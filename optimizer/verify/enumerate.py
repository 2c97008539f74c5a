"""Every complete choice of a small instance, one by one, and the best of them.

This is the independent check of the solver: it knows no constraint of its own, it tries what can
be bought and asks the checks of this package. Parts are added in stages; after each, the checks
that later parts cannot mend are asked, so that hopeless branches end early.

The number of units of a kind is bounded where more could only cost more (prices are not negative):
a type of drive or cooler never exceeds what would do alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from optimizer.instance.choice import Choice
from optimizer.instance.items import (
    ChassisItem,
    CoolingItem,
    Instance,
    Item,
    MemoryItem,
    StorageItem,
)
from optimizer.verify.audit import Audit
from optimizer.verify.checks import CHECKS
from optimizer.verify.fits import (
    accelerator_misfits,
    board_misfits,
    host_misfits,
    memory_misfits,
    processor_misfits,
)
from optimizer.verify.use import Use
from optimizer.verify.verify import violations

Parts = dict[str, int]
Value = int | Fraction


@dataclass(frozen=True, slots=True)
class Solution:
    """A choice that breaks no rule, with every figure that an objective or a tie-break reads."""

    choice: Choice
    tco: int
    capex: int
    parts: int
    output_milli: int
    user_milli: int
    names: int

    def rank(self, objective: str) -> tuple[Value, ...]:
        """What is compared, smallest first: the objective and the declared tie-breaks."""
        return (
            OBJECTIVES[objective](self),
            self.tco,
            self.capex,
            self.parts,
            -self.output_milli,
            -self.user_milli,
            self.names,
        )


OBJECTIVES: dict[str, Callable[[Solution], Value]] = {
    "throughput": lambda s: -s.output_milli,
    "speed": lambda s: -s.user_milli,
    "tco": lambda s: s.tco,
    "capex": lambda s: s.capex,
    "cost-per-token": lambda s: Fraction(s.tco, s.output_milli),
}
"""Objective -> what it minimises. Cost per token needs an output above zero."""


def best(instance: Instance, objective: str) -> tuple[str, tuple[Value, ...] | None, Choice | None]:
    """Status, rank and choice of the best solution; ``infeasible`` and nothing if there is none."""
    return best_of(solutions(instance), objective)


def best_of(
    found: Iterable[Solution], objective: str
) -> tuple[str, tuple[Value, ...] | None, Choice | None]:
    """The best of solutions already found."""
    if objective == "cost-per-token":
        found = (s for s in found if s.output_milli > 0)
    winner = min(found, key=lambda s: s.rank(objective), default=None)
    if winner is None:
        return "infeasible", None, None
    return "optimal", winner.rank(objective), winner.choice


def solutions(instance: Instance) -> Iterator[Solution]:
    """Every choice that breaks no rule. Raises ValueError for a price below zero."""
    if any(p.unit.tco < 0 or p.unit.capex < 0 for p in instance.purchases):
        raise ValueError("a price below zero: more could cost less, enumeration would not end")
    for choice in choices(instance):
        if not violations(choice, instance):
            yield measured(choice, instance)


def measured(choice: Choice, instance: Instance) -> Solution:
    """Every figure of a choice that an objective or a tie-break reads."""
    audit = Audit(choice, instance)
    return Solution(
        choice=choice,
        tco=audit.costs.tco,
        capex=audit.costs.capex,
        parts=sum(n for _, n in audit.bought),
        output_milli=audit.deployment.output_milli,
        user_milli=audit.deployment.user_milli,
        names=sum(p.name_weight * n for p, n in audit.bought) + audit.deployment.name_weight,
    )


def choices(instance: Instance) -> Iterator[Choice]:
    """Complete choices: all that can be feasible, and some that are not."""
    for platform in instance.platforms():
        for deployment in range(len(instance.deployments)):
            start = Choice(platform.id, deployment)
            audit = Audit(start, instance)
            if not host_misfits(audit) and _hold(audit, CHECKS["vram"], CHECKS["targets"]):
                yield from _complete(start, instance)


def _complete(start: Choice, instance: Instance) -> Iterator[Choice]:
    for node in _nodes(start, _with_outlets(instance)):
        for site in _sites(node, instance):
            for purchases in _purchases(site, instance):
                yield replace(site, purchases=purchases)


def _with_outlets(instance: Instance) -> Instance:
    """The instance with outlets for all: strips, which are bought later, can mend their lack."""
    breakers = tuple(replace(b, outlets=None, taken=0) for b in instance.case.breakers)
    return replace(instance, case=replace(instance.case, breakers=breakers))


def _hold(audit: Audit, *asked: Callable[[Audit], list[Use]]) -> bool:
    return all(use.holds for check in asked for use in check(audit))


# -- one node -------------------------------------------------------------------------------


def _nodes(start: Choice, instance: Instance) -> Iterator[Choice]:
    """What a node may hold beside its platform."""
    if instance.case.switch is not None:
        start = _beside(start, {instance.case.switch: 1})
    start = _beside(start, dict(instance.case.new_circuits))
    audit = Audit(start, instance)
    cards = _accelerators(audit)
    if any(n < 0 for n in cards.values()):
        return
    base = _with(start, {i: n for i, n in cards.items() if n})
    if accelerator_misfits(Audit(base, instance)):
        return
    for compute in product(_processors(audit), _modules(audit)):
        first = _with(base, *compute)
        held = Audit(first, instance)
        if processor_misfits(held) or memory_misfits(held) or not _hold(held, CHECKS["memory"]):
            continue
        for body in _bodies(held):
            second = _with(first, body)
            held = Audit(second, instance)
            if board_misfits(held) or not _hold(held, CHECKS["psu"], CHECKS["circuits"]):
                continue
            yield from _furnished(second, instance)


def _furnished(shell: Choice, instance: Instance) -> Iterator[Choice]:
    """A node with drives and network."""
    for network in _networks(instance):
        linked = _with(shell, network)
        audit = Audit(linked, instance)
        if not _hold(audit, CHECKS["network"]):
            continue
        for drives in _drives(audit):
            node = _with(linked, drives)
            if _hold(Audit(node, instance), *NODE_CHECKS):
                yield node


NODE_CHECKS = tuple(CHECKS[c] for c in ("lanes", "storage", "rack", "noise", "psu", "circuits"))
"""Nothing bought for the site can mend these; the quick ones come first."""


def _with(choice: Choice, *parts: Parts) -> Choice:
    held = dict(choice.per_node)
    for more in parts:
        held |= more
    return replace(choice, per_node=held)


def _accelerators(audit: Audit) -> Parts:
    """Accelerators to buy, those inside taken off, and bridges."""
    need = {audit.host.accelerator: audit.host.count}
    for accelerator, inside in audit.platform.accelerators_included:
        need[accelerator] = need.get(accelerator, 0) - inside
    bridge = audit.accelerator.bridge
    if audit.deployment.bridges and bridge is not None and bridge in audit.instance.items:
        need[bridge] = audit.deployment.bridges
    return need


def _ids(instance: Instance, kind: str) -> list[str]:
    return [i.id for i in instance.of_kind(kind)]


def _processors(audit: Audit) -> list[Parts]:
    if not audit.platform.needs_cpu:
        return [{}]
    return [{i: audit.platform.sockets} for i in _ids(audit.instance, "cpu")]


def _modules(audit: Audit) -> list[Parts]:
    platform = audit.platform
    if not platform.needs_memory:
        return [{}]
    modules = [i for i in audit.instance.of_kind("memory") if isinstance(i, MemoryItem)]
    return [{m.id: n} for m in modules for n in range(1, platform.dimm_slots + 1)]


def _bodies(audit: Audit) -> list[Parts]:
    """Chassis and supplies of a board."""
    if not audit.platform.board:
        return [{}]
    instance = audit.instance
    chassis = [i for i in instance.of_kind("chassis") if isinstance(i, ChassisItem)]
    return [
        {case.id: 1, psu: n}
        for case in chassis
        for psu in _ids(instance, "psu")
        for n in range(1, case.psu_bays + 1)
    ]


def _networks(instance: Instance) -> list[Parts]:
    """No card or one, no cable or one."""
    cards: list[Parts] = [{}, *({i: 1} for i in _ids(instance, "nic"))]
    leads: list[Parts] = [{}, *({i: 1} for i in _ids(instance, "cable"))]
    return [card | lead for card in cards for lead in leads]


def _drives(audit: Audit) -> Iterator[Parts]:
    drives = [i for i in audit.instance.of_kind("storage") if isinstance(i, StorageItem)]
    missing = audit.deployment.storage_gb - audit.platform.storage_included_gb
    most = [min(audit.platform.nvme_bays, _units(missing, d.capacity_gb)) for d in drives]
    return _amounts(drives, most)


def _units(missing: int, each: int) -> int:
    """Units of ``each`` that cover what is missing alone; none if they do nothing."""
    return -(-missing // each) if missing > 0 and each > 0 else 0


def _amounts(items: Iterable[Item], most: Iterable[int]) -> Iterator[Parts]:
    ids = [i.id for i in items]
    for counts in product(*(range(n + 1) for n in most)):
        yield {i: n for i, n in zip(ids, counts, strict=True) if n}


# -- the site and the market ----------------------------------------------------------------


def _sites(node: Choice, instance: Instance) -> Iterator[Choice]:
    """Cooling and uninterruptible supplies for a node's choice."""
    limits, audit = instance.limits, Audit(node, instance)
    ups = list(instance.of_kind("ups"))
    rows = CHECKS["cooling"](audit)
    missing = max([0, *(r.used - r.available for r in rows)])
    if limits.ups:  # their losses warm the room too
        missing += limits.max_ups * max([u.power.peak_w for u in ups], default=0)
    coolers = [i for i in instance.of_kind("cooling") if isinstance(i, CoolingItem)]
    most = [_units(missing, c.removal_w) for c in coolers]
    strips = list(instance.of_kind("pdu"))
    # Supplies hold up the nodes, whatever else is bought for the site.
    fed = [
        supplies
        for supplies in _amounts(ups, [limits.max_ups] * len(ups))
        if _hold(Audit(_beside(node, supplies), instance), CHECKS["ups"])
    ]
    for cooling in _amounts(coolers, most):
        for supplies in fed:
            for hung in _amounts(strips, [len(instance.case.breakers)] * len(strips)):
                site = _beside(node, cooling, supplies, hung)
                if _hold(Audit(site, instance), *SITE_CHECKS):
                    yield site


def _beside(choice: Choice, *parts: Parts) -> Choice:
    held = dict(choice.per_site)
    for more in parts:
        held |= more
    return replace(choice, per_site=held)


SITE_CHECKS = tuple(
    CHECKS[c] for c in ("cooling", "airflow", "rack", "noise", "outlets", "circuits")
)
"""The quick ones, which most branches fail, are asked before circuits are filled."""


def _purchases(used: Choice, instance: Instance) -> Iterator[Parts]:
    """Every way to buy what is used: in one condition, or some here and some there."""
    nodes = instance.case.nodes
    need: Parts = {used.platform: nodes, **used.per_site}
    for component, count in used.per_node.items():
        need[component] = need.get(component, 0) + count * nodes
    ways = [list(_splits(component, count, instance)) for component, count in need.items()]
    for split in product(*ways):
        yield {key: n for part in split for key, n in part.items()}


def _splits(component: str, count: int, instance: Instance) -> Iterator[Parts]:
    offers = instance.purchases_of(component)
    limits = [count if p.stock is None else min(count, p.stock) for p in offers]
    for counts in product(*(range(n + 1) for n in limits)):
        if sum(counts) == count:
            yield {p.key: n for p, n in zip(offers, counts, strict=True) if n}
