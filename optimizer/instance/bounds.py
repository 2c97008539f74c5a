"""Lower bounds of each deployment's capex and TCO: what no build around it can undercut.

The cheapest platform that carries it, the cards, the cheapest processors, memory and storage by the
gigabyte, energy at a perfect supply. Deployments whose bound is already worse than an answer in
hand need no solve; the bound only ever leaves out what cannot win.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import NamedTuple, TypeVar

from optimizer.finance.tco import energy_cents
from optimizer.instance.items import (
    ChassisItem,
    CpuItem,
    Deployment,
    HostClass,
    Instance,
    Item,
    Limits,
    MemoryItem,
    PlatformItem,
    PsuItem,
    Purchase,
    StorageItem,
)
from optimizer.schema.components import Accelerator
from optimizer.schema.request import Policy

T = TypeVar("T")
Price = Callable[[Purchase], int]


def capex_cents(purchase: Purchase) -> int:
    """Cents paid at the start for one unit."""
    return purchase.unit.capex


def tco_cents(purchase: Purchase) -> int:
    """Cents over the horizon for one unit, energy apart."""
    return purchase.unit.tco


class Needs(NamedTuple):
    """What a bound reads of a deployment: its host, and what each node needs around it."""

    host: int
    system_memory_gib: int
    storage_gb: int
    average_w: int

    def where_free(self, rules: Collection[str]) -> Needs:
        """The same where these rules do not hold: nothing is needed for their sake."""
        memory = 0 if "memory" in rules else self.system_memory_gib
        storage = 0 if "storage" in rules else self.storage_gb
        return self._replace(system_memory_gib=memory, storage_gb=storage)


@dataclass
class Bounds:
    """Lower bounds in one instance, under one way to count money."""

    instance: Instance
    price: Price
    with_energy: bool
    _cheapest: dict[str, int] = field(default_factory=dict)
    _platforms: dict[int, list[PlatformItem]] = field(default_factory=dict)
    _per_gib: dict[str, Fraction] = field(default_factory=dict)
    _per_gb: Fraction = Fraction(0)
    _shells: dict[str, int] = field(default_factory=dict)
    _known: dict[Needs, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for purchase in self.instance.purchases:
            held = self._cheapest.get(purchase.component)
            cents = self.price(purchase)
            if held is None or cents < held:
                self._cheapest[purchase.component] = cents
        self._price_shells()
        drives = [Fraction(self._cost(i), i.capacity_gb) for i in self._items(StorageItem)]
        self._per_gb = min(drives, default=Fraction(0))
        for module in self._items(MemoryItem):
            rate = Fraction(self._cost(module), module.capacity_gib)
            held_rate = self._per_gib.get(module.memory_type, rate)
            self._per_gib[module.memory_type] = min(rate, held_rate)

    def _items(self, kind: type[T]) -> list[T]:
        return [i for i in self.instance.items.values() if isinstance(i, kind)]

    def _cost(self, item: Item) -> int:
        return self._cheapest.get(item.id, 0)

    def _price_shells(self) -> None:
        """Each platform with the cheapest processors, chassis and supply that it needs."""
        processors: dict[str, int] = {}
        for cpu in self._items(CpuItem):
            cents = self._cost(cpu)
            processors[cpu.socket] = min(cents, processors.get(cpu.socket, cents))
        body = min(map(self._cost, self._items(ChassisItem)), default=0)
        body += min(map(self._cost, self._items(PsuItem)), default=0)
        for platform in self.instance.platforms():
            cents = self._cost(platform) + (body if platform.board else 0)
            if platform.needs_cpu:
                cents += platform.sockets * processors.get(platform.socket, 0)
            self._shells[platform.id] = cents
            for host in platform.hosts:
                self._platforms.setdefault(host, []).append(platform)

    def of(self, deployment: Deployment, without: Collection[str] = ()) -> int:
        """Cents that every build with this deployment costs at least.

        ``without`` names rules that do not hold.
        """
        d = deployment
        needs = Needs(d.host, d.system_memory_gib, d.storage_gb, d.power.average_w)
        return self.around(needs.where_free(without) if without else needs)

    def carried(self, deployment: Deployment) -> bool:
        """Whether any platform offers the deployment's host."""
        return deployment.host in self._platforms

    def around(self, needs: Needs) -> int:
        """Cents that every build with these needs costs at least."""
        if needs not in self._known:
            platforms = self._platforms.get(needs.host, [])
            switch = self._cheapest.get(self.instance.case.switch or "", 0)
            fixed = self.instance.money.installation_cents + switch
            least = min((self._around(p, needs) for p in platforms), default=0)
            self._known[needs] = least + fixed
        return self._known[needs]

    def _around(self, platform: PlatformItem, needs: Needs) -> int:
        instance, host = self.instance, self.instance.hosts[needs.host]
        inside = dict(platform.accelerators_included).get(host.accelerator, 0)
        cents = self._shells[platform.id]
        cents += (host.count - inside) * self._cheapest.get(host.accelerator, 0)
        if platform.needs_memory:
            rate = self._per_gib.get(platform.memory_type, Fraction(0))
            short = max(0, needs.system_memory_gib - platform.memory_included_gib)
            cents += short * rate.numerator // rate.denominator
        missing = max(0, needs.storage_gb - platform.storage_included_gb)
        cents += missing * self._per_gb.numerator // self._per_gb.denominator
        total = cents * instance.case.nodes
        if self.with_energy:
            watts = (needs.average_w + platform.power.average_w) * instance.case.nodes
            money = instance.money
            # The peak is no lower than the average.
            total += energy_cents(watts, money.microcents_per_watt)
            total += energy_cents(watts, money.demand_microcents)
            total += energy_cents(watts, money.colocation_microcents)
        return total


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
    """Bounds of every host of an instance, from its cards alone: no layout needs less around it."""

    instance: Instance
    policy: Policy
    cards: Mapping[str, Accelerator]
    capex: Bounds
    tco: Bounds

    @classmethod
    def of(cls, instance: Instance, policy: Policy, cards: Mapping[str, Accelerator]) -> HostBounds:
        """Bounds of an instance whose accelerators are ``cards``."""
        return cls(instance, policy, cards, capex_bounds(instance), tco_bounds(instance))

    def needs(self, host: HostClass, without: Collection[str] = ()) -> Needs:
        """The least that any layout on a host needs, where the rules ``without`` do not hold."""
        card = self.cards[host.accelerator]
        vram = (card.vram_mib or 0) * host.count
        memory = ceil(round(self.policy.memory_per_vram * vram / 1024, 6))
        idle = (card.idle_w or 0) * host.count
        needs = Needs(host.index, memory, self.policy.storage_base_gb, idle)
        return needs.where_free(without)

    def leave_open(self, host: HostClass, limits: Limits, without: Collection[str] = ()) -> bool:
        """Whether budget, TCO cap and circuits leave room for any build on this host.

        ``without`` names rules that do not hold.
        """
        case = self.instance.case
        watts = (self.cards[host.accelerator].tdp_w or 0) * host.count * case.nodes
        if "circuits" not in without and watts > case.circuits_w:
            return False
        needs = self.needs(host, without)
        budget = None if "budget" in without else limits.budget_cents
        cap = None if "lifetime-cost" in without else limits.max_tco_cents
        return (budget is None or self.capex.around(needs) <= budget) and (
            cap is None or self.tco.around(needs) <= cap
        )
