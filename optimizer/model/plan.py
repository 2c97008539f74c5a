"""The decision variables of one instance, and what rules may ask of them.

Every question answers with a linear expression, so that a rule reads as a sentence. Quantities are
per node unless the name says ``site``; nodes are identical.
"""

from __future__ import annotations

from collections.abc import Callable

from optimizer.instance.choice import Choice
from optimizer.instance.items import (
    AcceleratorItem,
    ChassisItem,
    CpuItem,
    Deployment,
    Instance,
    Item,
    MemoryItem,
    PlatformItem,
    PsuItem,
    Purchase,
    UpsItem,
)
from optimizer.instance.strips import Hookup, Supplies, hookups_of, supplies_of
from optimizer.model.costs import CostVars
from optimizer.model.linear import Expr, LinearModel, total
from optimizer.model.wall import WallPower

PER_BUILD = ("switch", "cooling", "ups", "pdu", "circuit")
"""Kinds bought once for the whole build."""
MAX_UNITS = 64
"""Upper bound on any quantity per node; far above every bay, slot and channel count."""


class Plan:
    """Variables of one instance in ``model``."""

    def __init__(self, model: LinearModel, instance: Instance) -> None:
        self.model, self.instance = model, instance
        self.platforms = instance.platforms()
        self._platform = {p.id: model.boolean(f"platform[{p.id}]") for p in self.platforms}
        self._deployment = [model.boolean(f"deployment[{d.index}]") for d in instance.deployments]
        self._on_host: dict[int, Expr] = {}
        for deployment, chosen in zip(instance.deployments, self._deployment, strict=True):
            self._on_host.setdefault(deployment.host, Expr()).terms.update(chosen.terms)
        self._host_offers: dict[int, Expr] = {}
        for platform in self.platforms:
            for host in platform.hosts:
                held = self._host_offers.setdefault(host, Expr())
                held.terms.update(self._platform[platform.id].terms)
        self._cpu = self._cpu_options()
        self._memory = self._memory_options()
        self._psu = self._psu_options()
        self._ups = self._ups_options()
        self._hookups = self._hookup_options()
        self._chassis = {
            c.id: model.boolean(f"chassis[{c.id}]") for c in instance.of_kind("chassis")
        }
        self._counted = {
            item.id: model.variable(f"quantity[{item.id}]", 0, self._most(item))
            for kind in ("storage", "nic", "bridge", "cable", "cooling")
            for item in instance.of_kind(kind)
        }
        self._quantity: dict[str, Expr] = {}
        self._purchase: dict[str, Expr] = {}
        self._choose_one()
        self._buy_what_is_used()
        self.wall = WallPower(model, self)
        self.costs = CostVars(model, self)

    # -- creation ---------------------------------------------------------------------------

    def _most(self, item: Item) -> int:
        if item.kind in ("nic", "cable"):
            return 1
        return MAX_UNITS

    def _most_bought(self, purchase: Purchase) -> int:
        nodes = self.instance.case.nodes
        return MAX_UNITS * (1 if purchase.kind in PER_BUILD else nodes)

    def _cpu_options(self) -> list[tuple[CpuItem, int, bool, Expr]]:
        """(CPU, sockets, whether its own lanes count, chosen)."""
        hosts = {(p.socket, p.sockets, p.host_lanes is None) for p in self.platforms if p.needs_cpu}
        return [
            (cpu, sockets, own_lanes, self.model.boolean(f"cpu[{sockets} x {cpu.id}]"))
            for cpu in self.instance.of_kind("cpu")
            if isinstance(cpu, CpuItem)
            for socket, sockets, own_lanes in sorted(hosts)
            if cpu.socket == socket and sockets <= cpu.max_sockets
        ]

    def _memory_options(self) -> list[tuple[MemoryItem, int, int, int, Expr]]:
        """(module, channels, slots, modules, chosen); every channel gets the same number."""
        boards = {
            (p.memory_type, p.memory_channels, p.dimm_slots)
            for p in self.platforms
            if p.needs_memory
        }
        return [
            (module, channels, slots, n, self.model.boolean(f"memory[{n} x {module.id}]"))
            for module in self.instance.of_kind("memory")
            if isinstance(module, MemoryItem)
            for kind, channels, slots in sorted(boards)
            if module.memory_type == kind and channels
            for n in range(channels, slots + 1, channels)
        ]

    def _psu_options(self) -> list[tuple[PsuItem, int, Expr]]:
        """(supply, number of supplies, chosen)."""
        chassis = [c for c in self.instance.of_kind("chassis") if isinstance(c, ChassisItem)]
        bays = max((c.psu_bays for c in chassis), default=0)
        return [
            (psu, n, self.model.boolean(f"psu[{n} x {psu.id}]"))
            for psu in self.instance.of_kind("psu")
            if isinstance(psu, PsuItem)
            for n in range(1, bays + 1)
        ]

    def _ups_options(self) -> list[tuple[UpsItem, int, Expr]]:
        """(unit, number of units, chosen), where one is asked for."""
        limits = self.instance.limits
        return [
            (unit, n, self.model.boolean(f"ups[{n} x {unit.id}]"))
            for unit in self.instance.of_kind("ups")
            if isinstance(unit, UpsItem) and limits.ups
            for n in range(1, limits.max_ups + 1)
        ]

    def _hookup_options(self) -> list[tuple[Hookup, Expr]]:
        """(way to hang strips on the circuits, chosen); one, and no variable, where none helps."""
        ways = hookups_of(self.instance)
        if len(ways) == 1:
            return [(ways[0], Expr(constant=1))]
        return [(way, self.model.boolean(f"strips[{i}]")) for i, way in enumerate(ways)]

    def _choose_one(self) -> None:
        self.model.add(self.platforms_where(lambda p: True).equals(1), "one platform")
        self.model.add(self.deployments_weighted(lambda d: 1).equals(1), "one deployment")
        if len(self._hookups) > 1:
            self.model.add(total([(1, h) for _, h in self._hookups]).equals(1), "one hookup")

    def _buy_what_is_used(self) -> None:
        """All units of a component are bought in some condition: sum of purchases = need.

        What can be had in one way without end is bought as it is used, and needs no variable.
        """
        instance, model = self.instance, self.model
        for item_id, item in sorted(instance.items.items()):
            need, offers = self.units(item), instance.purchases_of(item_id)
            if len(offers) == 1 and offers[0].stock is None and item.kind != "accelerator":
                self._purchase[offers[0].key] = need
                continue
            for p in offers:
                most = self._most_bought(p)
                self._purchase[p.key] = model.variable(f"purchase[{p.key}]", 0, most)
            supply = total([(1, self._purchase[p.key]) for p in offers])
            if need.terms or supply.terms:
                model.add(supply.equals(need), f"bought[{item_id}]")

    # -- questions --------------------------------------------------------------------------

    def platforms_where(self, holds: Callable[[PlatformItem], bool]) -> Expr:
        """1 if the platform chosen satisfies ``holds``."""
        return total([(1, self._platform[p.id]) for p in self.platforms if holds(p)])

    def platforms_weighted(self, weight: Callable[[PlatformItem], int]) -> Expr:
        """``weight`` of the platform chosen."""
        return total([(weight(p), self._platform[p.id]) for p in self.platforms])

    def deployments_weighted(self, weight: Callable[[Deployment], int]) -> Expr:
        """``weight`` of the deployment chosen."""
        pairs = zip(self.instance.deployments, self._deployment, strict=True)
        return total([(weight(d), var) for d, var in pairs])

    def deployed_on(self, host: int) -> Expr:
        """1 if the deployment chosen is on this host class."""
        return self._on_host.get(host, Expr())

    def offers_host(self, host: int) -> Expr:
        """1 if the platform chosen offers this host class."""
        return self._host_offers.get(host, Expr())

    def accelerators_weighted(self, weight: Callable[[AcceleratorItem, int], int]) -> Expr:
        """``weight(accelerator, count per node)`` of the deployment chosen."""
        instance = self.instance
        weights = []
        for host in instance.hosts:
            item = instance.items[host.accelerator]
            assert isinstance(item, AcceleratorItem)
            weights.append(weight(item, host.count))
        return self.deployments_weighted(lambda d: weights[d.host])

    def on_board(self) -> Expr:
        """1 if the platform is a bare board, which needs a chassis and supplies."""
        return self.platforms_where(lambda p: p.board)

    def cpus_where(self, weight: Callable[[CpuItem, int, bool], int]) -> Expr:
        """Sum of ``weight(cpu, sockets, own lanes count)`` over the CPU option chosen."""
        return total([(weight(cpu, n, own), var) for cpu, n, own, var in self._cpu])

    def memory_where(self, weight: Callable[[MemoryItem, int, int, int], int]) -> Expr:
        """Sum of ``weight(module, channels, slots, modules)`` over the memory option chosen."""
        return total([(weight(m, c, s, n), var) for m, c, s, n, var in self._memory])

    def psus_where(self, weight: Callable[[PsuItem, int], int]) -> Expr:
        """Sum of ``weight(supply, number of supplies)`` over the supply option chosen."""
        return total([(weight(psu, n), var) for psu, n, var in self._psu])

    def chassis_where(self, weight: Callable[[ChassisItem], int]) -> Expr:
        """Sum of ``weight(chassis)`` over the chassis chosen."""
        parts = []
        for chassis in self.instance.of_kind("chassis"):
            assert isinstance(chassis, ChassisItem)
            parts.append((weight(chassis), self._chassis[chassis.id]))
        return total(parts)

    def ups_options(self) -> list[tuple[UpsItem, int, Expr]]:
        """(unit, number of units, 1 if chosen) of every choice of uninterruptible supplies."""
        return self._ups

    def hookups(self) -> list[tuple[Hookup, Expr]]:
        """(way to hang strips on the circuits, 1 if chosen), that without strips first."""
        return self._hookups

    def supplies_are(self, count: int, inlet: str | None = None) -> Expr:
        """1 if a node has ``count`` power supplies, with this inlet."""
        inlets = ("c14", "c20") if inlet is None else (inlet,)
        built_in = self.platforms_where(
            lambda p: not p.board and p.supplies == count and p.inlet in inlets
        )
        return built_in + self.psus_where(lambda psu, n: int(n == count and psu.inlet in inlets))

    def conversion_class(self, efficiency: str) -> Expr:
        """1 if the node's supplies are of this efficiency class."""
        built_in = self.platforms_where(lambda p: not p.board and p.efficiency == efficiency)
        return built_in + self.psus_where(lambda psu, _n: int(psu.efficiency == efficiency))

    def conversion_classes(self) -> list[str]:
        """Efficiency classes that a node's supplies may have."""
        found = {p.efficiency for p in self.platforms if not p.board}
        for psu in self.instance.of_kind("psu"):
            assert isinstance(psu, PsuItem)
            found.add(psu.efficiency)
        return sorted(found)

    def supply_sorts(self) -> list[Supplies]:
        """(number, inlet) of supplies that a node may have."""
        return supplies_of(self.instance)

    def supply_counts(self) -> list[int]:
        """Numbers of supplies that a node may have."""
        counts = {p.supplies for p in self.platforms if not p.board}
        return sorted(counts | {n for _, n, _ in self._psu})

    def quantity(self, item: Item) -> Expr:
        """Units per node (per build for what is bought once per build), included ones apart."""
        if item.id not in self._quantity:
            self._quantity[item.id] = self._quantity_of(item)
        return self._quantity[item.id]

    def _quantity_of(self, item: Item) -> Expr:
        case = self.instance.case
        if item.kind == "switch":
            return Expr(constant=int(item.id == case.switch))
        if item.kind == "circuit":
            return Expr(constant=dict(case.new_circuits).get(item.id, 0))
        if item.kind == "platform":
            return self._platform[item.id]
        if item.kind == "cpu":
            return self.cpus_where(lambda cpu, sockets, _own: sockets * (cpu.id == item.id))
        if item.kind == "memory":
            return self.memory_where(lambda m, _c, _s, count: count * (m.id == item.id))
        if item.kind == "psu":
            return self.psus_where(lambda psu, count: count * (psu.id == item.id))
        if item.kind == "chassis":
            return self._chassis[item.id]
        if item.kind == "pdu":
            return total([(dict(way.strips).get(item.id, 0), var) for way, var in self._hookups])
        if item.kind == "ups":
            return total([(n, var) for unit, n, var in self._ups if unit.id == item.id])
        if item.kind == "accelerator":
            used = self.accelerators_weighted(lambda a, n: n * (a.id == item.id))
            inside = self.platforms_weighted(
                lambda p: dict(p.accelerators_included).get(item.id, 0)
            )
            return used - inside
        return self._counted.get(item.id, Expr())

    def units(self, item: Item) -> Expr:
        """Units in the whole build."""
        return self.quantity(item) * (1 if item.kind in PER_BUILD else self.instance.case.nodes)

    def node_sum(self, weight: Callable[[Item], int]) -> Expr:
        """Sum over everything in one node but accelerators: weight times quantity."""
        kinds = ("platform", "cpu", "memory", "storage", "psu", "chassis", "nic")
        return total(
            [
                (weight(item), self.quantity(item))
                for kind in kinds
                for item in self.instance.of_kind(kind)
                if weight(item)
            ]
        )

    def site_sum(self, weight: Callable[[Item], int]) -> Expr:
        """Sum over what is bought once per build: weight times quantity."""
        return total(
            [
                (weight(item), self.quantity(item))
                for kind in ("switch", "cooling", "ups", "pdu")
                for item in self.instance.of_kind(kind)
                if weight(item)
            ]
        )

    def purchases_weighted(self, weight: Callable[[Purchase], int]) -> Expr:
        """Sum over all purchases of the build: weight times quantity."""
        return total([(weight(p), self._purchase[p.key]) for p in self.instance.purchases])

    def purchase(self, purchase: Purchase) -> Expr:
        """Units bought at this offer in the whole build."""
        return self._purchase[purchase.key]

    def extract(self, values: list[int]) -> Choice:
        """What a solution chooses."""
        instance = self.instance
        platform = next(p.id for p in self.platforms if self._platform[p.id].value(values))
        deployment = next(
            d.index
            for d, var in zip(instance.deployments, self._deployment, strict=True)
            if var.value(values)
        )
        per_node: dict[str, int] = {}
        per_site: dict[str, int] = {}
        for item_id, item in sorted(instance.items.items()):
            if item.kind == "platform":
                continue
            count = self.quantity(item).value(values)
            if count:
                target = per_site if item.kind in PER_BUILD else per_node
                target[item_id] = count
        purchases = {p.key: self._purchase[p.key].value(values) for p in instance.purchases}
        return Choice(
            platform=platform,
            deployment=deployment,
            per_node=per_node,
            per_site=per_site,
            purchases={k: v for k, v in purchases.items() if v},
        )
