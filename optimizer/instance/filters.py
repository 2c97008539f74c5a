"""What need not be scored or built: bounds of ways, layouts and platforms against what is had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimizer.instance.bounds import Bounds, HostBounds, Needs
from optimizer.instance.draw import Loads
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case, Deployment, Limits, PlatformItem, Purchase

RATES = ("throughput", "speed")
"""Objectives that a layout decides by itself."""


@dataclass(frozen=True, slots=True)
class Open:
    """A way to carry accelerators, with bounds of any build on it, the switch not counted."""

    way: HostKey
    needs: Needs
    peak_w: int
    """Of the accelerators of one node, at full power (or under the cap that the request fixes)."""
    least_peak_w: int
    """The same under the lowest power cap that may be chosen."""
    beside: Loads
    """What a node draws beside them at least."""
    capex: int
    tco: int

    def affordable(self, limits: Limits, without: Collection[str] = ()) -> bool:
        """Whether budget and TCO cap leave room for any build on it."""
        budget = None if "budget" in without else limits.budget_cents
        cap = None if "lifetime-cost" in without else limits.max_tco_cents
        return (budget is None or self.capex <= budget) and (cap is None or self.tco <= cap)


def joining_cents(case: Case, purchases: Mapping[str, Sequence[Purchase]]) -> tuple[int, int]:
    """Capex and TCO that a case's switch and new circuits cost at least, energy apart."""
    capex = tco = 0
    switch = [] if case.switch is None else [(case.switch, 1)]
    for component, count in (*case.new_circuits, *switch):
        units = [p.unit for p in purchases[component]]
        capex += count * min(u.capex for u in units)
        tco += count * min(u.tco for u in units)
    return capex, tco


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of one case. ``joining`` is what ``joining_cents`` says: capex and TCO.

    A ``level`` is the best value so far, to be minimised (rates with their sign turned); what can
    only equal it stays, for ties.
    """

    bounds: HostBounds
    limits: Limits
    objective: str
    joining: tuple[int, int]

    @property
    def joining_bound(self) -> int:
        """What the case adds to a bound of the objective."""
        return {"capex": self.joining[0], "tco": self.joining[1]}.get(self.objective, 0)

    def _caps(self, level: int | None) -> Iterator[tuple[Bounds, int]]:
        """Money that must suffice, the switch taken off."""
        limits = self.limits
        for name, money, cap, extra in (
            ("capex", self.bounds.capex, limits.budget_cents, self.joining[0]),
            ("tco", self.bounds.tco, limits.max_tco_cents, self.joining[1]),
        ):
            held = [c for c in (cap, level if self.objective == name else None) if c is not None]
            if held:
                yield money, min(held) - extra

    def worth(
        self, level: int | None, offered: Mapping[HostKey, tuple[int, ...]]
    ) -> Callable[[HostKey, Deployment], bool]:
        """Whether a layout can reach the level within the limits on money."""
        caps = list(self._caps(level))

        def worth(way: HostKey, d: Deployment) -> bool:
            rate = {"throughput": d.output_milli, "speed": d.user_milli}.get(self.objective)
            if rate is not None and level is not None and -rate > level:
                return False
            needs = Needs(
                way.accelerator,
                way.count,
                d.system_memory_gib,
                d.storage_gb,
                d.power.average_w,
                d.power.peak_w,
                d.power.peak_w,
            )
            for money, most in caps:
                least = money.least(offered[way], needs)
                if least is None or least > most:
                    return False
            return True

        return worth

    def affords(
        self, level: int | None, needs: Collection[Needs]
    ) -> Callable[[PlatformItem], bool]:
        """Whether a platform is not too dear for all of these needs."""
        caps = list(self._caps(level))

        def affords(platform: PlatformItem) -> bool:
            return all(money.least_on(platform, needs) <= most for money, most in caps)

        return affords
