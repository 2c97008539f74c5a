"""Lower bounds of each deployment's capex and TCO: what no build around it can undercut.

The cheapest platform that carries it, the cards, the cheapest processors, memory and storage by the
gigabyte, energy at a perfect supply. Deployments whose bound is already worse than an answer in
hand need no solve; the bound only ever leaves out what cannot win.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import NamedTuple

from optimizer.finance.tco import MICRO
from optimizer.instance.items import (
    CableItem,
    ChassisItem,
    CpuItem,
    Deployment,
    Instance,
    Item,
    MemoryItem,
    NicItem,
    PlatformItem,
    PsuItem,
    Purchase,
    StorageItem,
)
from optimizer.physics.power import average_milliwatts_per_watt
from optimizer.schema.components import Accelerator
from optimizer.schema.request import Policy

Price = Callable[[Purchase], int]


def capex_cents(purchase: Purchase) -> int:
    """Cents paid at the start for one unit."""
    return purchase.unit.capex


def tco_cents(purchase: Purchase) -> int:
    """Cents over the horizon for one unit, energy apart."""
    return purchase.unit.tco


class Needs(NamedTuple):
    """What a bound reads of a deployment: its cards, and what each node needs around them."""

    card: str
    cards: int
    system_memory_gib: int
    storage_gb: int
    average_w: int

    def where_free(self, rules: Collection[str]) -> Needs:
        """The same where these rules do not hold: nothing is needed for their sake."""
        memory = 0 if "memory" in rules else self.system_memory_gib
        storage = 0 if "storage" in rules else self.storage_gb
        return self._replace(system_memory_gib=memory, storage_gb=storage)


class Shape(NamedTuple):
    """What decides what must be bought into a platform."""

    accelerators: tuple[tuple[str, int], ...]
    memory_type: str
    """Empty where no memory is bought."""
    channels: int
    slots: int
    memory_gib: int
    storage_gb: int


@dataclass
class Bounds:
    """Lower bounds in one instance, under one way to count money."""

    instance: Instance
    price: Price
    with_energy: bool
    _cheapest: dict[str, int] = field(default_factory=dict)
    _shells: dict[int, dict[Shape, int]] = field(default_factory=dict)
    """Host -> the least that a platform of each shape costs, on all nodes."""
    _modules: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Memory type -> (GiB, cents) of its modules."""
    _filled: dict[tuple[str, int, int, int], int] = field(default_factory=dict)
    _per_gb: Fraction = Fraction(0)
    _drive: int = 0
    """The cheapest drive."""
    _bare: dict[int, dict[Shape, int]] = field(default_factory=dict)
    """The same of shapes without accelerators inside."""
    _filled_hosts: dict[tuple[int, str], dict[Shape, int]] = field(default_factory=dict)
    """(Host, accelerator) -> the same of shapes with some inside."""
    _around: dict[tuple[tuple[int, ...], int, int], int | None] = field(default_factory=dict)
    _known_inside: dict[tuple[Shape, frozenset[Needs]], int] = field(default_factory=dict)
    _socket: dict[str, int] = field(default_factory=dict)
    _cables: list[int] = field(default_factory=list)
    _nics: list[int] = field(default_factory=list)
    _body: int = 0
    """The cheapest chassis with the cheapest supply."""

    def __post_init__(self) -> None:
        for purchase in self.instance.purchases:
            held = self._cheapest.get(purchase.component)
            cents = self.price(purchase)
            if held is None or cents < held:
                self._cheapest[purchase.component] = cents
        self._look_at_parts()
        groups: dict[tuple[int, ...], dict[Shape, int]] = {}
        seen: dict[int, dict[Shape, int]] = {}
        for platform in self.instance.platforms():
            shells = seen.get(id(platform.hosts))
            if shells is None:
                shells = seen[id(platform.hosts)] = groups.setdefault(platform.hosts, {})
            shape, cents = _shape(platform), self.shell(platform)
            if cents < shells.get(shape, cents + 1):
                shells[shape] = cents
        for hosts, shells in groups.items():
            for host in hosts:
                least = self._shells.setdefault(host, {})
                for shape, cents in shells.items():
                    if cents < least.get(shape, cents + 1):
                        least[shape] = cents
        for host, shells in self._shells.items():
            self._bare[host] = {s: c for s, c in shells.items() if not s.accelerators}
            for shape, cents in shells.items():
                for card, _ in shape.accelerators:
                    self._filled_hosts.setdefault((host, card), {})[shape] = cents

    def _look_at_parts(self) -> None:
        chassis: list[int] = []
        supplies: list[int] = []
        drives: list[Fraction] = []
        prices: list[int] = []
        for item in self.instance.items.values():
            cents = self._cost(item)
            if isinstance(item, CpuItem):
                self._socket[item.socket] = min(cents, self._socket.get(item.socket, cents))
            elif isinstance(item, ChassisItem):
                chassis.append(cents)
            elif isinstance(item, PsuItem):
                supplies.append(cents)
            elif isinstance(item, StorageItem):
                drives.append(Fraction(cents, item.capacity_gb))
                prices.append(cents)
            elif isinstance(item, CableItem):
                self._cables.append(cents)
            elif isinstance(item, NicItem):
                self._nics.append(cents)
            elif isinstance(item, MemoryItem):
                module = (item.capacity_gib, cents)
                self._modules.setdefault(item.memory_type, []).append(module)
        self._body = min(chassis, default=0) + min(supplies, default=0)
        self._per_gb, self._drive = min(drives, default=Fraction(0)), min(prices, default=0)

    def _cost(self, item: Item) -> int:
        return self._cheapest.get(item.id, 0)

    def shell(self, platform: PlatformItem) -> int:
        """Platforms on all nodes with the cheapest processors, chassis and supply they need."""
        cents = self._cost(platform)
        if platform.needs_cpu:
            cents += platform.sockets * self._socket.get(platform.socket, 0)
        if platform.board:
            cents += self._body
        case = self.instance.case
        if case.switch is not None and platform.nic_included_gbps < case.network_gbps:
            cents += min(self._nics, default=0)
        return cents * self.instance.case.nodes + self._energy(platform.power.average_w)

    def _energy(self, watts: int) -> int:
        """Energy of so many watts per node, rounded down, so that parts may be added up."""
        if not self.with_energy:
            return 0
        money, case = self.instance.money, self.instance.case
        # The peak is no lower than the average, and no supply is better than the best.
        rate = money.microcents_per_watt + money.demand_microcents + money.colocation_microcents
        milliwatts = average_milliwatts_per_watt("titanium", case.volts)
        return watts * milliwatts * case.nodes * rate // (1000 * MICRO)

    def of(self, deployment: Deployment, without: Collection[str] = ()) -> int:
        """Cents that every build with this deployment costs at least.

        ``without`` names rules that do not hold.
        """
        needs = needs_of(self.instance, deployment)
        return self.around(deployment.host, needs.where_free(without) if without else needs)

    def carried(self, deployment: Deployment) -> bool:
        """Whether any platform offers the deployment's host."""
        return self.offers(deployment.host)

    def offers(self, host: int) -> bool:
        """Whether any platform offers a host."""
        return host in self._shells

    def around(self, host: int, needs: Needs) -> int:
        """Cents that every build on this host with these needs costs at least."""
        return self.least((host,), needs) or 0

    def least(self, hosts: tuple[int, ...], needs: Needs) -> int | None:
        """Cents that every build on one of these hosts costs at least; None: nothing offers them.

        What cards cost does not depend on the platform, unless it has some inside.
        """
        key = (hosts, needs.system_memory_gib, needs.storage_gb)
        if key not in self._around:
            none = needs._replace(cards=0, average_w=0)
            shells = (shell for host in hosts for shell in self._bare.get(host, {}).items())
            self._around[key] = min((c + self._inside(s, none) for s, c in shells), default=None)
        bare = self._around[key]
        found = [] if bare is None else [bare + self._cards(needs)]
        for host in hosts:
            inside = self._filled_hosts.get((host, needs.card))
            if inside is not None:
                found += [cents + self._inside(shape, needs) for shape, cents in inside.items()]
        return min(found) + self._fixed if found else None

    def _cards(self, needs: Needs) -> int:
        """Cards and their energy, on all nodes."""
        cents = needs.cards * self._cheapest.get(needs.card, 0)
        return cents * self.instance.case.nodes + self._energy(needs.average_w)

    @cached_property
    def _fixed(self) -> int:
        """What every build of the case buys: circuits, the switch, a cable for every node."""
        case = self.instance.case
        cents = sum(n * self._cheapest.get(i, 0) for i, n in case.new_circuits)
        cents += self._cheapest.get(case.switch or "", 0)
        if case.switch is not None:
            cents += case.nodes * min(self._cables, default=0)
        return self.instance.money.installation_cents + cents

    def least_on(self, platform: PlatformItem, needs: Collection[Needs]) -> int:
        """Cents that every build on this platform with any of these needs costs at least."""
        key = (_shape(platform), frozenset(needs))
        if key not in self._known_inside:
            self._known_inside[key] = min(self._inside(key[0], n) for n in needs)
        return self.shell(platform) + self._known_inside[key] + self._fixed

    def _inside(self, shape: Shape, needs: Needs) -> int:
        """Cards, memory, storage and energy on top of a platform, on all nodes."""
        inside = 0
        for card, count in shape.accelerators:
            inside += count if card == needs.card else 0
        cents = (needs.cards - inside) * self._cheapest.get(needs.card, 0)
        if shape.memory_type:
            short = max(0, needs.system_memory_gib - shape.memory_gib)
            cents += self._memory(shape.memory_type, shape.channels, shape.slots, short)
        missing = needs.storage_gb - shape.storage_gb
        if missing > 0:
            share = missing * self._per_gb.numerator // self._per_gb.denominator
            cents += max(self._drive, share)
        return cents * self.instance.case.nodes + self._energy(needs.average_w)

    def _memory(self, kind: str, channels: int, slots: int, short: int) -> int:
        """The cheapest modules that fill every channel equally and hold so many GiB."""
        key = (kind, channels, slots, short)
        if key not in self._filled:
            fitting = [
                n * cents
                for gib, cents in self._modules.get(kind, ())
                if channels and (n := channels * max(1, -(-short // (gib * channels)))) <= slots
            ]
            self._filled[key] = min(fitting, default=0)
        return self._filled[key]


def _shape(platform: PlatformItem) -> Shape:
    return Shape(
        platform.accelerators_included,
        platform.memory_type if platform.needs_memory else "",
        platform.memory_channels,
        platform.dimm_slots,
        platform.memory_included_gib,
        platform.storage_included_gb,
    )


def needs_of(instance: Instance, deployment: Deployment) -> Needs:
    """What a layout needs."""
    d, host = deployment, instance.hosts[deployment.host]
    return Needs(host.accelerator, host.count, d.system_memory_gib, d.storage_gb, d.power.average_w)


def capex_bounds(instance: Instance) -> Bounds:
    """Bounds of capex, computed once for an instance."""
    return _held(instance, "_capex_bounds", lambda: Bounds(instance, capex_cents, False))


def tco_bounds(instance: Instance) -> Bounds:
    """Bounds of TCO, computed once for an instance."""
    return _held(instance, "_tco_bounds", lambda: Bounds(instance, tco_cents, True))


def share_bounds(instance: Instance, other: Instance) -> None:
    """Give ``other``, which differs in its limits alone, the bounds of ``instance``."""
    other.__dict__["_capex_bounds"] = capex_bounds(instance)
    other.__dict__["_tco_bounds"] = tco_bounds(instance)


def _held(instance: Instance, name: str, make: Callable[[], Bounds]) -> Bounds:
    """An instance never changes: what was derived from it is kept with it."""
    held = instance.__dict__
    if name not in held:
        held[name] = make()
    bounds: Bounds = held[name]
    return bounds


@dataclass(frozen=True, slots=True)
class HostBounds:
    """Bounds of ways to carry accelerators, from the cards alone: no layout needs less around it.

    ``instance`` has no deployments yet; its platforms' hosts are numbers of their own, which
    ``offered`` means.
    """

    instance: Instance
    policy: Policy
    cards: Mapping[str, Accelerator]
    capex: Bounds
    tco: Bounds

    @classmethod
    def of(cls, instance: Instance, policy: Policy, cards: Mapping[str, Accelerator]) -> HostBounds:
        """Bounds of an instance whose accelerators are ``cards``."""
        return cls(instance, policy, cards, capex_bounds(instance), tco_bounds(instance))

    def needs(self, card: str, count: int, without: Collection[str] = ()) -> Needs:
        """The least that any layout on so many cards needs, where these rules do not hold."""
        record = self.cards[card]
        vram = (record.vram_mib or 0) * count
        memory = ceil(round(self.policy.memory_per_vram * vram / 1024, 6))
        idle = (record.idle_w or 0) * count
        needs = Needs(card, count, memory, self.policy.storage_base_gb, idle)
        return needs.where_free(without)
