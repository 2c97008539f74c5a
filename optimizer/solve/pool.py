"""The layouts of an instance that the rules leave open, seen one layout at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from optimizer.instance.bounds import Bounds, capex_bounds, needs_of, tco_bounds
from optimizer.instance.items import Deployment, Instance, Limits
from optimizer.instance.narrow import narrow
from optimizer.instance.possible import possible
from optimizer.model.rules import RULES

FIRST_PLATFORMS = 48
"""Platforms in one model, where a catalog has many; with what fits them a few hundred variables."""
GROWTH = 4
EVERY_RULE = frozenset(rule.name for rule in RULES)


class Pool:
    """An instance whose layouts are refused where a rule of ``names`` alone rules them out.

    Nothing that some build could use is refused: bounds count no memory or drives where the rules
    that ask for them do not hold.
    """

    def __init__(self, instance: Instance, names: frozenset[str] = EVERY_RULE) -> None:
        self.instance, self.names = instance, names
        self.capex = capex_bounds(instance)
        self.without = EVERY_RULE - names
        self.cards_w = possible(instance, names).cards_w

    def open(self) -> list[Deployment]:
        """Layouts left, in their order."""
        return [d for d in self.instance.deployments if not self._refused(d)]

    def cheapest_first(self) -> list[Deployment]:
        """Layouts left, those first whose purchase may be the cheapest."""
        return sorted(self.open(), key=lambda d: (self.capex.of(d, self.without), d.index))

    def _refused(self, d: Deployment) -> bool:
        names = self.names
        limits = self.instance.limits
        return (
            d.power.peak_w > self.cards_w.get(d.host, -1)
            or ("vram" in names and d.vram_need_mib > d.vram_usable_mib)
            or ("budget" in names and self._over(d, limits.budget_cents))
            or ("lifetime-cost" in names and self._dear(d, limits.max_tco_cents))
            or ("targets" in names and _misses(d, limits))
        )

    def _over(self, d: Deployment, cents: int | None) -> bool:
        return cents is not None and self.capex.of(d, self.without) > cents

    def _dear(self, d: Deployment, cents: int | None) -> bool:
        return cents is not None and tco_bounds(self.instance).of(d, self.without) > cents


def _misses(d: Deployment, limits: Limits) -> bool:
    """Whether a layout misses a service target."""
    late = limits.max_ttft_us is not None and d.ttft_us > limits.max_ttft_us
    return late or d.user_milli < limits.min_user_milli or d.output_milli < limits.min_output_milli


def affordable(
    instance: Instance, names: frozenset[str] = EVERY_RULE, most_tco: int | None = None
) -> Instance:
    """The instance without platforms that cannot be, or are too dear for all of its layouts.

    Budget and TCO cap count where their rules are among ``names``; builds over ``most_tco`` are of
    no interest either.
    """
    limits, without = instance.limits, EVERY_RULE - names
    caps = [limits.max_tco_cents if "lifetime-cost" in names else None, most_tco]
    held = [c for c in caps if c is not None]
    checks = [(tco_bounds(instance), min(held))] if held else []
    if "budget" in names and limits.budget_cents is not None:
        checks.append((capex_bounds(instance), limits.budget_cents))
    kept = possible(instance, names).platforms
    needs = {needs_of(instance, d).where_free(without) for d in instance.deployments}
    least_w: dict[int, int] = {}
    for d in instance.deployments:
        least_w[d.host] = min(d.power.peak_w, least_w.get(d.host, d.power.peak_w))
    dear = {
        p.id
        for p in instance.platforms()
        if min((least_w[h] for h in p.hosts if h in least_w), default=0) > kept.get(p.id, -1)
        or any(bounds.least_on(p, needs) > most for bounds, most in checks)
    }
    return _without_platforms(instance, dear) if dear else instance


def _without_platforms(instance: Instance, refused: Collection[str]) -> Instance:
    items = {i: item for i, item in instance.items.items() if i not in refused}
    left = replace(instance, items=items)
    offered = {host for p in left.platforms() for host in p.hosts}
    return narrow(left, [d for d in instance.deployments if d.host in offered])


def in_parts(
    instance: Instance,
    names: frozenset[str] = EVERY_RULE,
    money: Bounds | None = None,
    level: Callable[[], int | None] = lambda: None,
) -> Iterator[Instance]:
    """What is affordable, some platforms at a time: those that may be cheapest first.

    With ``money``, that is by its bounds, and platforms over the ``level`` reached meanwhile are
    left out; without, by what must be paid for them.
    """
    left = affordable(instance, names)
    platforms = left.platforms()
    if len(platforms) <= FIRST_PLATFORMS:
        yield left
        return
    without = EVERY_RULE - names
    needs = {needs_of(left, d).where_free(without) for d in left.deployments}
    bounds = money or capex_bounds(left)
    ranked = sorted((bounds.least_on(p, needs), p.id) for p in platforms)
    done, size = 0, FIRST_PLATFORMS
    while done < len(ranked):
        most = level() if money is not None else None
        chunk = {i for least, i in ranked[done : done + size] if most is None or least <= most}
        if not chunk:
            return
        yield _without_platforms(left, {p.id for p in platforms} - chunk)
        done, size = done + size, size * GROWTH
