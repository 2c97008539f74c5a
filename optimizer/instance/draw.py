"""Lower bounds of watts at the wall, and the most that circuits carry: what need not be looked at.

A platform draws its own share, that of the thriftiest processors and modules that fill it, and its
cards; no supply wastes less than the best class. Supplies share a node's load, so that what the
circuits carry together is often less than their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from optimizer.instance.items import Case, CpuItem, Item, MemoryItem, PlatformItem
from optimizer.physics.circuits import most_watts
from optimizer.physics.power import EFFICIENCY, input_range, peak_milliwatts_per_watt
from optimizer.schema.request import Redundancy

ENDLESS = 2**62
ON_BOARDS = 4
"""Supplies of a chassis, at most."""
Loads = Mapping[int, int]
"""Supplies of a node (0: any number, those of a chassis) -> the least watts beside its cards."""


@lru_cache(maxsize=64)
def least_milliwatts_per_watt(volts: int) -> int:
    """What the best supplies take for a watt."""
    classes = EFFICIENCY[input_range(volts)]
    return min(peak_milliwatts_per_watt(e, volts) for e in classes)


@dataclass(slots=True)
class Draw:
    """The least that platforms draw beside their cards, on one node."""

    cpus: dict[str, int] = field(default_factory=dict)
    """Socket -> watts of the thriftiest processor."""
    modules: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item]) -> Draw:
        """From the parts that may be bought."""
        made = cls()
        for item in items:
            watts = item.power.peak_w
            if isinstance(item, CpuItem):
                made.cpus[item.socket] = min(watts, made.cpus.get(item.socket, watts))
            elif isinstance(item, MemoryItem):
                kind = item.memory_type
                made.modules[kind] = min(watts, made.modules.get(kind, watts))
        return made

    def least_w(self, platform: PlatformItem) -> int:
        """Watts of one platform with what it cannot run without."""
        watts = platform.power.peak_w
        if platform.needs_cpu:
            watts += platform.sockets * self.cpus.get(platform.socket, 0)
        if platform.needs_memory:
            watts += platform.memory_channels * self.modules.get(platform.memory_type, 0)
        return watts

    def by_host(self, platforms: Iterable[PlatformItem]) -> dict[int, dict[int, int]]:
        """Host -> the least that platforms which offer it draw, by their number of supplies."""
        found: dict[int, dict[int, int]] = {}
        for platform in platforms:
            watts, supplies = self.least_w(platform), 0 if platform.board else platform.supplies
            for host in platform.hosts:
                loads = found.setdefault(host, {})
                loads[supplies] = min(watts, loads.get(supplies, watts))
        return found


@dataclass(slots=True)
class Room:
    """What the circuits of a case carry for each node, by its number of supplies.

    Where the room is ``dry``, no rule asks which circuits there are.
    """

    case: Case
    redundancy: Redundancy
    dry: bool = False
    borne_w: int = ENDLESS
    """What a node may draw at the wall by whatever else there is."""
    _most: dict[int, int] = field(default_factory=dict)
    _load: dict[int, int] = field(default_factory=dict)

    def carries(self, cards_w: int, beside: Loads) -> bool:
        """Whether nodes with cards of so many watts may be carried: False only if they cannot."""
        return any(cards_w + watts <= self.load_w(n) for n, watts in beside.items())

    def load_w(self, supplies: int) -> int:
        """What a node with so many supplies may take from them."""
        if supplies not in self._load:
            milli = least_milliwatts_per_watt(self.case.volts)
            self._load[supplies] = self.most_w(supplies) * 1000 // milli
        return self._load[supplies]

    def most_w(self, supplies: int) -> int:
        """What a node with so many supplies may draw at the wall; 0: any number, on a board."""
        if supplies not in self._most:
            carried = ENDLESS if self.dry else self._carried_w(supplies)
            self._most[supplies] = min(carried, self.borne_w)
        return self._most[supplies]

    def _carried_w(self, supplies: int) -> int:
        counts = [supplies] if supplies else range(1, ON_BOARDS + 1)
        case, lost = self.case, self.redundancy
        return max(most_watts(case.breakers, case.nodes, n, lost) for n in counts)
