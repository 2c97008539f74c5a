"""The least that each kind of part can cost in an instance, whatever it is built into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.finance.tco import MICRO
from optimizer.instance.items import (
    ChassisItem,
    CoolingItem,
    CpuItem,
    Instance,
    Item,
    MemoryItem,
    PlatformItem,
    PsuItem,
    Purchase,
    StorageItem,
)
from optimizer.physics.power import (
    average_milliwatts_per_watt,
    peak_milliwatts_per_watt,
)

Price = Callable[[Purchase], int]
BEST = "titanium"
"""The class of supplies that wastes least."""


def capex_cents(purchase: Purchase) -> int:
    """Cents paid at the start for one unit."""
    return purchase.unit.capex


def tco_cents(purchase: Purchase) -> int:
    """Cents over the horizon for one unit, energy apart."""
    return purchase.unit.tco


class Shape(NamedTuple):
    """What decides what must be bought into a platform, and what its watts cost."""

    accelerators: tuple[tuple[str, int], ...]
    memory_type: str
    """Empty where no memory is bought."""
    channels: int
    slots: int
    memory_gib: int
    storage_gb: int
    efficiency: str
    """Of the supplies inside; empty on a board, whose supplies are bought."""


def shape_of(platform: PlatformItem) -> Shape:
    """The shape of a platform."""
    return Shape(
        platform.accelerators_included,
        platform.memory_type if platform.needs_memory else "",
        platform.memory_channels,
        platform.dimm_slots,
        platform.memory_included_gib,
        platform.storage_included_gb,
        "" if platform.board else platform.efficiency,
    )


@dataclass
class Parts:
    """Cents of the cheapest parts under one way to count money; energy where it counts.

    Energy is rounded down, part by part, so that parts may be added up.
    """

    instance: Instance
    price: Price
    with_energy: bool
    cheapest: dict[str, int] = field(default_factory=dict)
    """Component -> cents of one unit."""
    chassis: dict[str, int] = field(default_factory=dict)
    """Form of a board -> cents of the cheapest chassis."""
    nic: int = 0
    fixed: int = 0
    """What every build of the case has: installation, circuits, cooling on those given up, a switch
    and a cable a node."""
    _cpus: dict[str, list[CpuItem]] = field(default_factory=dict)
    _kinds: dict[str, list[MemoryItem]] = field(default_factory=dict)
    _psus: list[tuple[int, int]] = field(default_factory=list)
    """(Milliwatts with headroom, cents) of a supply."""
    _drives: list[tuple[int, int]] = field(default_factory=list)
    """(GB, cents) of a drive."""
    _milli: dict[str, tuple[int, int]] = field(default_factory=dict)
    _processors: dict[tuple[str, int, int, str], int] = field(default_factory=dict)
    _modules: dict[tuple[str, int, int, int, str], int] = field(default_factory=dict)
    _covered: dict[int, int] = field(default_factory=dict)
    _supplied: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        case, money = self.instance.case, self.instance.money
        for purchase in self.instance.purchases:
            cents = self.price(purchase)
            held = self.cheapest.get(purchase.component, cents)
            self.cheapest[purchase.component] = min(cents, held)
        self._rates = (
            money.microcents_per_watt,
            money.demand_microcents + money.colocation_microcents,
        )
        self._sort()
        own = self.cheapest
        self.fixed = money.installation_cents
        self.fixed += sum(n * own.get(i, 0) for i, n in case.new_circuits)
        units = [
            i for i in self.instance.of_kind("cooling") if isinstance(i, CoolingItem) and i.plug
        ]
        self.fixed += case.given_up * min((self._cost(i) for i in units), default=0)
        if case.switch is not None:
            self.fixed += own.get(case.switch, 0) + case.nodes * self._least("cable")
            self.fixed += self._energy(case.switch_wall_w, case.switch_wall_w)
            self.nic = self._least("nic")

    def _least(self, kind: str) -> int:
        return min((self._cost(i) for i in self.instance.of_kind(kind)), default=0)

    def _cost(self, item: Item) -> int:
        return self.cheapest.get(item.id, 0)

    def _sort(self) -> None:
        share = 1000 - self.instance.limits.psu_headroom_permille
        for item in self.instance.items.values():
            if isinstance(item, CpuItem):
                self._cpus.setdefault(item.socket, []).append(item)
            elif isinstance(item, MemoryItem):
                self._kinds.setdefault(item.memory_type, []).append(item)
            elif isinstance(item, ChassisItem):
                cents = self._cost(item)
                for form in item.board_forms:
                    self.chassis[form] = min(cents, self.chassis.get(form, cents))
            elif isinstance(item, PsuItem):
                self._psus.append((item.capacity_w * share, self._cost(item)))
            elif isinstance(item, StorageItem):
                self._drives.append((item.capacity_gb, self._cost(item)))

    def energy(self, average_w: int, peak_w: int, efficiency: str) -> int:
        """What watts behind the supplies of all nodes cost; no class: the best supplies."""
        if not self.with_energy:
            return 0
        if efficiency not in self._milli:
            volts, kind = self.instance.case.volts, efficiency or BEST
            self._milli[efficiency] = (
                average_milliwatts_per_watt(kind, volts),
                peak_milliwatts_per_watt(kind, volts),
            )
        mean, peak = self._milli[efficiency]
        nodes = self.instance.case.nodes
        return self._energy(average_w * mean * nodes, peak_w * peak * nodes, 1000)

    def _energy(self, average: int, peak: int, per_watt: int = 1) -> int:
        if not self.with_energy:
            return 0
        rate, demand = self._rates
        return (average * rate + peak * demand) // (per_watt * MICRO)

    def cents(self, item: Item, efficiency: str, count: int = 1) -> int:
        """Units of a part in every node, with their energy."""
        power, nodes = item.power, self.instance.case.nodes
        cents = nodes * count * self._cost(item)
        return cents + self.energy(count * power.average_w, count * power.peak_w, efficiency)

    def processors(self, platform: PlatformItem, efficiency: str) -> int:
        """The processors that a platform needs, on all nodes; 0 where none fits."""
        key = (platform.socket, platform.sockets, platform.max_cpu_tdp_w, efficiency)
        if key not in self._processors:
            fitting = [
                self.cents(cpu, efficiency, platform.sockets)
                for cpu in self._cpus.get(platform.socket, ())
                if cpu.max_sockets >= platform.sockets and cpu.tdp_w <= platform.max_cpu_tdp_w
            ]
            self._processors[key] = min(fitting, default=0)
        return self._processors[key]

    def modules(self, shape: Shape, short: int) -> int:
        """Modules that fill every channel equally and hold so many GiB, on all nodes."""
        channels, slots = shape.channels, shape.slots
        key = (shape.memory_type, channels, slots, short, shape.efficiency)
        if key not in self._modules:
            fitting = [
                self.cents(module, shape.efficiency, n)
                for module in self._kinds.get(shape.memory_type, ())
                if channels
                and (n := channels * max(1, -(-short // (module.capacity_gib * channels)))) <= slots
            ]
            self._modules[key] = min(fitting, default=0)
        return self._modules[key]

    def drives(self, missing_gb: int) -> int:
        """Drives that hold so many GB together, in one node: one, or two that cost by the GB."""
        if missing_gb <= 0 or not self._drives:
            return 0
        if missing_gb not in self._covered:
            shares = (missing_gb * cents // held for held, cents in self._drives)
            several = max(min(shares), 2 * min(cents for _, cents in self._drives))
            single = [cents for held, cents in self._drives if held >= missing_gb]
            self._covered[missing_gb] = min([several, *single])
        return self._covered[missing_gb]

    def supplies(self, load_w: int) -> int:
        """The cheapest supplies of one kind that deliver so many watts, in one node."""
        if load_w not in self._supplied:
            load = 1000 * load_w
            found = (max(1, -(-load // milli)) * cents for milli, cents in self._psus if milli)
            self._supplied[load_w] = min(found, default=0)
        return self._supplied[load_w]
