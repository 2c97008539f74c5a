"""Lower bounds of each deployment's capex and TCO: what no build around it can undercut.

The cheapest platform that carries it, the cards, the cheapest processors, memory and storage by the
gigabyte, energy at a perfect supply. Deployments whose bound is already worse than an answer in
hand need no solve; the bound only ever leaves out what cannot win.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

from optimizer.instance.caps import peak_at_least_w
from optimizer.instance.cheapest import Parts, Price, Shape, capex_cents, shape_of, tco_cents
from optimizer.instance.items import Deployment, Instance, PlatformItem
from optimizer.schema.components import Accelerator
from optimizer.schema.request import Policy


class Needs(NamedTuple):
    """What a bound reads of a deployment: its cards, and what each node needs around them."""

    card: str
    cards: int
    system_memory_gib: int
    storage_gb: int
    average_w: int
    peak_w: int
    supply_w: int
    """Watts that the supplies must deliver to the cards."""

    def where_free(self, rules: Collection[str]) -> Needs:
        """The same where these rules do not hold: nothing is needed for their sake."""
        memory = 0 if "memory" in rules else self.system_memory_gib
        storage = 0 if "storage" in rules else self.storage_gb
        supply = 0 if "psu" in rules else self.supply_w
        return self._replace(system_memory_gib=memory, storage_gb=storage, supply_w=supply)


@dataclass
class Bounds:
    """Lower bounds in one instance, under one way to count money."""

    instance: Instance
    price: Price
    with_energy: bool
    _shells: dict[int, dict[Shape, int]] = field(default_factory=dict)
    """Host -> the least that a platform of each shape costs, on all nodes."""
    _bare: dict[int, dict[str, dict[Shape, int]]] = field(default_factory=dict)
    """The same of shapes without accelerators inside, by the efficiency of their supplies."""
    _filled: dict[tuple[int, str], dict[Shape, int]] = field(default_factory=dict)
    """(Host, accelerator) -> the same of shapes with some inside."""
    _around: dict[tuple[tuple[int, ...], int, int], dict[str, int]] = field(default_factory=dict)
    _known_inside: dict[tuple[Shape, frozenset[Needs]], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._parts = Parts(self.instance, self.price, self.with_energy)
        seen: dict[tuple[int, ...], dict[Shape, int]] = {}
        for platform in self.instance.platforms():
            shells = seen.setdefault(platform.hosts, {})
            shape, cents = shape_of(platform), self.shell(platform)
            if cents < shells.get(shape, cents + 1):
                shells[shape] = cents
        for hosts, shells in seen.items():
            for host in hosts:
                least = self._shells.setdefault(host, {})
                for shape, cents in shells.items():
                    if cents < least.get(shape, cents + 1):
                        least[shape] = cents
        for host, shells in self._shells.items():
            bare = self._bare.setdefault(host, {})
            for shape, cents in shells.items():
                if not shape.accelerators:
                    bare.setdefault(shape.efficiency, {})[shape] = cents
                for card, _ in shape.accelerators:
                    self._filled.setdefault((host, card), {})[shape] = cents

    def shell(self, platform: PlatformItem) -> int:
        """Platforms on all nodes with the cheapest processors, chassis and network card."""
        parts, case = self._parts, self.instance.case
        efficiency = "" if platform.board else platform.efficiency
        cents = parts.cents(platform, efficiency)
        if platform.needs_cpu:
            cents += parts.processors(platform, efficiency)
        if platform.board:
            cents += case.nodes * parts.chassis.get(platform.board_form, 0)
        if case.switch is not None and platform.nic_included_gbps < case.network_gbps:
            cents += case.nodes * parts.nic
        return cents

    def of(self, deployment: Deployment, without: Collection[str] = ()) -> int:
        """Cents that every build with this deployment costs at least.

        ``without`` names rules that do not hold.
        """
        needs = needs_of(self.instance, deployment)
        return self.around(deployment.host, needs.where_free(without) if without else needs)

    def offers(self, host: int) -> bool:
        """Whether any platform offers a host."""
        return host in self._shells

    def around(self, host: int, needs: Needs) -> int:
        """Cents that every build on this host with these needs costs at least."""
        return self.least((host,), needs) or 0

    def least(self, hosts: tuple[int, ...], needs: Needs) -> int | None:
        """Cents that every build on one of these hosts costs at least; None: nothing offers them.

        What cards cost does not depend on the platform, unless it has some inside, but for what
        its supplies waste.
        """
        key = (hosts, needs.system_memory_gib, needs.storage_gb)
        if key not in self._around:
            self._around[key] = self._empty(hosts, needs)
        found = [
            cents + self._cards(efficiency, needs.cards, needs)
            for efficiency, cents in self._around[key].items()
        ]
        for host in hosts:
            inside = self._filled.get((host, needs.card))
            if inside is not None:
                found += [cents + self._inside(shape, needs) for shape, cents in inside.items()]
        return min(found) + self._parts.fixed if found else None

    def _empty(self, hosts: tuple[int, ...], needs: Needs) -> dict[str, int]:
        """Efficiency -> the cheapest platform that offers a host, with all but the cards."""
        least: dict[str, int] = {}
        for host in hosts:
            for efficiency, shells in self._bare.get(host, {}).items():
                cents = min(c + self._beside(shape, needs) for shape, c in shells.items())
                least[efficiency] = min(cents, least.get(efficiency, cents))
        return least

    def least_on(self, platform: PlatformItem, needs: Collection[Needs]) -> int:
        """Cents that every build on this platform with any of these needs costs at least."""
        key = (shape_of(platform), frozenset(needs))
        if key not in self._known_inside:
            self._known_inside[key] = min(self._inside(key[0], n) for n in needs)
        return self.shell(platform) + self._known_inside[key] + self._parts.fixed

    def _inside(self, shape: Shape, needs: Needs) -> int:
        """Cards, memory, storage and energy on top of a platform, on all nodes."""
        inside = sum(count for card, count in shape.accelerators if card == needs.card)
        cents = self._cards(shape.efficiency, needs.cards - inside, needs)
        return cents + self._beside(shape, needs)

    def _cards(self, efficiency: str, bought: int, needs: Needs) -> int:
        """Cards that are bought, the energy of all, and supplies where there are none inside."""
        parts, nodes = self._parts, self.instance.case.nodes
        cents = nodes * bought * parts.cheapest.get(needs.card, 0)
        if not efficiency:
            cents += nodes * parts.supplies(needs.supply_w)
        return cents + parts.energy(needs.average_w, needs.peak_w, efficiency)

    def _beside(self, shape: Shape, needs: Needs) -> int:
        """Memory and drives."""
        cents, nodes = 0, self.instance.case.nodes
        if shape.memory_type:
            short = max(0, needs.system_memory_gib - shape.memory_gib)
            cents += self._parts.modules(shape, short)
        missing = needs.storage_gb - shape.storage_gb
        return cents + (nodes * self._parts.drives(missing) if missing > 0 else 0)


def needs_of(instance: Instance, deployment: Deployment) -> Needs:
    """What a layout needs."""
    d, host = deployment, instance.hosts[deployment.host]
    memory, power = d.system_memory_gib, d.power
    watts = (power.average_w, power.peak_w, power.peak_w)
    return Needs(host.accelerator, host.count, memory, d.storage_gb, *watts)


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
        idle, peak = (record.idle_w or 0) * count, peak_at_least_w(record, self.policy) * count
        needs = Needs(card, count, memory, self.policy.storage_base_gb, idle, peak, peak)
        return needs.where_free(without)
