"""Lower bounds of each deployment's capex and TCO: what no build around it can undercut.

The cheapest platform that carries it, the cards, the cheapest processors, memory and storage by the
gigabyte, energy at a perfect supply. Deployments whose bound is already worse than an answer in
hand need no solve; the bound only ever leaves out what cannot win.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from optimizer.finance.tco import energy_cents
from optimizer.instance.items import (
    CpuItem,
    Deployment,
    Instance,
    Item,
    MemoryItem,
    PlatformItem,
    Purchase,
    StorageItem,
)

Price = Callable[[Purchase], int]


def capex_cents(purchase: Purchase) -> int:
    """Cents paid at the start for one unit."""
    return purchase.unit.capex


def tco_cents(purchase: Purchase) -> int:
    """Cents over the horizon for one unit, energy apart."""
    return purchase.unit.tco


@dataclass
class Bounds:
    """Lower bounds in one instance, under one way to count money."""

    instance: Instance
    price: Price
    with_energy: bool
    _cheapest: dict[str, int] = field(default_factory=dict)
    _platforms: dict[int, list[PlatformItem]] = field(default_factory=dict)
    _known: dict[tuple[int, int, int, int, int], int] = field(default_factory=dict)
    _per_unit: dict[object, Fraction | int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for purchase in self.instance.purchases:
            held = self._cheapest.get(purchase.component)
            cents = self.price(purchase)
            if held is None or cents < held:
                self._cheapest[purchase.component] = cents
        for platform in self.instance.platforms():
            for host in platform.hosts:
                self._platforms.setdefault(host, []).append(platform)

    def of(self, deployment: Deployment) -> int:
        """Cents that every build with this deployment costs at least."""
        d = deployment
        key = (d.host, d.system_memory_gib, d.storage_gb, d.bridges, d.power.average_w)
        if key not in self._known:
            around = [self._around(p, d) for p in self._platforms.get(d.host, [])]
            fixed = self.instance.money.installation_cents + self._switch()
            self._known[key] = min(around, default=0) + fixed
        return self._known[key]

    def _around(self, platform: PlatformItem, d: Deployment) -> int:
        instance, host = self.instance, self.instance.hosts[d.host]
        inside = dict(platform.accelerators_included).get(host.accelerator, 0)
        cents = self._cheapest.get(platform.id, 0)
        cents += (host.count - inside) * self._cheapest.get(host.accelerator, 0)
        if platform.needs_cpu:
            cents += platform.sockets * self._least(
                ("cpu", platform.socket),
                lambda i: isinstance(i, CpuItem) and i.socket == platform.socket,
            )
        if platform.board:
            cents += self._least("chassis", lambda i: i.kind == "chassis")
            cents += self._least("psu", lambda i: i.kind == "psu")
        if platform.needs_memory:
            cents += floor(d.system_memory_gib * self._per_gib(platform.memory_type))
        missing = max(0, d.storage_gb - platform.storage_included_gb)
        cents += floor(missing * self._per_gb())
        total = cents * instance.case.nodes
        if self.with_energy:
            watts = (d.power.average_w + platform.power.average_w) * instance.case.nodes
            total += energy_cents(watts, instance.money.microcents_per_watt)
        return total

    def _switch(self) -> int:
        switch = self.instance.case.switch
        return 0 if switch is None else self._cheapest.get(switch, 0)

    def _least(self, key: object, fits: Callable[[Item], bool]) -> int:
        if key not in self._per_unit:
            prices = [self._cheapest.get(i.id, 0) for i in self.instance.items.values() if fits(i)]
            self._per_unit[key] = min(prices, default=0)
        return int(self._per_unit[key] or 0)

    def _per_gib(self, memory_type: str) -> Fraction:
        modules = [
            (i.id, i.capacity_gib)
            for i in self.instance.items.values()
            if isinstance(i, MemoryItem) and i.memory_type == memory_type
        ]
        return self._rate(("memory", memory_type), modules)

    def _per_gb(self) -> Fraction:
        drives = [
            (i.id, i.capacity_gb)
            for i in self.instance.items.values()
            if isinstance(i, StorageItem)
        ]
        return self._rate("storage", drives)

    def _rate(self, key: object, units: Iterable[tuple[str, int]]) -> Fraction:
        if key not in self._per_unit:
            rates = [Fraction(self._cheapest.get(i, 0), size) for i, size in units]
            self._per_unit[key] = min(rates, default=Fraction(0))
        return Fraction(self._per_unit[key] or 0)


def capex_bounds(instance: Instance) -> Bounds:
    """Bounds of capex."""
    return Bounds(instance, capex_cents, with_energy=False)


def tco_bounds(instance: Instance) -> Bounds:
    """Bounds of TCO."""
    return Bounds(instance, tco_cents, with_energy=True)


def affordable(instance: Instance, deployments: Iterable[Deployment]) -> list[Deployment]:
    """Deployments that the budget, the TCO cap and the circuits do not rule out on their own."""
    limits, case = instance.limits, instance.case
    capex, tco = capex_bounds(instance), tco_bounds(instance)
    watts = sum(case.circuits_w)
    kept = []
    for d in deployments:
        if limits.budget_cents is not None and capex.of(d) > limits.budget_cents:
            continue
        if limits.max_tco_cents is not None and tco.of(d) > limits.max_tco_cents:
            continue
        if d.power.peak_w * case.nodes > watts:
            continue
        kept.append(d)
    return kept
