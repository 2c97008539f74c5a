"""What cases of one voltage and number of nodes share: parts, bounds, ways to carry cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.instance.bounds import HostBounds
from optimizer.instance.caps import peak_at_least_w
from optimizer.instance.draw import Draw
from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.shelves import Shelves

FREE = frozenset({"memory", "storage", "psu"})
"""Rules for whose sake bounds count parts."""
EVERY: frozenset[str] = frozenset()
"""No rule asks for nothing."""


@dataclass
class Ground:
    """Bounds of every way, worked out when asked for; limits play no part in them."""

    bounds: HostBounds
    shelves: Shelves
    offered: Mapping[HostKey, tuple[int, ...]]
    _ways: dict[frozenset[str], dict[HostKey, Open | None]] = field(default_factory=dict)
    _cheapest: dict[frozenset[str], list[Open]] = field(default_factory=dict)
    _beside: dict[tuple[int, ...], dict[int, int]] = field(default_factory=dict)
    """Groups of platforms -> the loads of the thriftiest of them."""

    def __post_init__(self) -> None:
        draw = Draw.of(self.shelves.parts.values())
        self._loads = draw.by_host(self.shelves.platforms())

    def open(self, way: HostKey, free: frozenset[str] = EVERY) -> Open | None:
        """A way with its bounds; None where no platform offers it. ``free`` rules ask for nothing.

        See :data:`FREE`.
        """
        known = self._ways.get(free)
        if known is None:
            known = self._ways[free] = {}
        if way not in known:
            known[way] = self._opened(way, free)
        return known[way]

    def all(self, free: frozenset[str] = EVERY) -> list[Open]:
        """Every way that some platform offers."""
        return [one for way in self.offered if (one := self.open(way, free)) is not None]

    def cheapest_first(self, free: frozenset[str] = EVERY) -> list[Open]:
        """Every way that some platform offers, by what must be paid for it at least."""
        if free not in self._cheapest:
            self._cheapest[free] = sorted(self.all(free), key=lambda o: (o.capex, o.way))
        return self._cheapest[free]

    def _opened(self, way: HostKey, free: frozenset[str]) -> Open | None:
        bounds, groups = self.bounds, self.offered[way]
        needs = bounds.needs(way.accelerator, way.count, free)
        capex, tco = bounds.capex.least(groups, needs), bounds.tco.least(groups, needs)
        if capex is None or tco is None:
            return None
        return Open(way, needs, *self._peaks(way), self._around(groups), capex, tco)

    def _around(self, groups: tuple[int, ...]) -> dict[int, int]:
        if groups not in self._beside:
            found: dict[int, int] = {}
            for group in groups:
                for supplies, watts in self._loads.get(group, {}).items():
                    found[supplies] = min(watts, found.get(supplies, watts))
            self._beside[groups] = found
        return self._beside[groups]

    def _peaks(self, way: HostKey) -> tuple[int, int]:
        """Watts of a way's accelerators at the highest and at the lowest power admitted."""
        policy, card = self.bounds.policy, self.bounds.cards[way.accelerator]
        fixed, tdp = policy.power_cap, card.tdp_w or 0
        most = min(tdp, fixed) if isinstance(fixed, int) else tdp
        return most * way.count, peak_at_least_w(card, policy) * way.count
