"""Parts that a request may use, pruned, by voltage and by what they join; kept once made."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from optimizer.instance.admitted import Admitted
from optimizer.instance.facts import Facts
from optimizer.instance.ground import Ground
from optimizer.instance.items import (
    Case,
    Item,
    Limits,
    NicItem,
    PlatformItem,
    StripItem,
    SwitchItem,
)
from optimizer.instance.prune import prune_items
from optimizer.instance.seats import Asked, Seats, Standing
from optimizer.instance.shelves import Shelves, joins
from optimizer.instance.strips import hangs

CASE_KINDS = ("switch", "nic", "cable", "pdu", "circuit")
"""Parts that a case brings along."""


@dataclass(slots=True)
class Stocked:
    """What is worked out once, also for requests that differ in their limits alone."""

    admitted: Admitted
    ups: bool
    """Whether uninterruptible supplies are asked for."""
    grounds: dict[Hashable, Ground] = field(default_factory=dict)
    _shelves: dict[tuple[int, bool], Shelves] = field(default_factory=dict)
    _network: dict[tuple[int, str | None, int], list[Item]] = field(default_factory=dict)
    _all_strips: dict[int, list[StripItem]] = field(default_factory=dict)
    _strips: dict[tuple[Item, ...], list[Item]] = field(default_factory=dict)
    _cards: dict[tuple[int, str], Item] = field(default_factory=dict)
    _seats: dict[Hashable, Seats] = field(default_factory=dict)
    _standing: dict[Hashable, Standing] = field(default_factory=dict)

    def pruned(self, items: list[Item], widths: Iterable[int] = ()) -> list[Item]:
        """Items that no other matches in everything."""
        if not self.admitted.prune:
            return items
        bought = self.admitted.bought(i.id for i in items)
        return prune_items(items, bought, sorted(set(widths)), self.admitted.keep)

    def shelves(self, volts: int, joined: bool) -> Shelves:
        """Parts at one voltage; network cards, if nodes are joined by them, need slots."""
        if (volts, joined) not in self._shelves:
            held, groups = self.admitted.items(volts), self.admitted.carriers.group
            parts: list[Item] = []
            left_out = (
                "accelerator",
                *CASE_KINDS,
                *(() if self.ups else ("ups",)),
            )
            for component, item in held.items():
                if isinstance(item, PlatformItem):
                    if component in groups:
                        parts.append(replace(item, hosts=(groups[component],)))
                elif item.kind not in left_out:
                    parts.append(item)
            widths = {i.lanes for i in held.values() if joined and isinstance(i, NicItem)}
            self._shelves[volts, joined] = Shelves.of(self.pruned(parts, widths))
        return self._shelves[volts, joined]

    def standing(
        self, case: Case, limits: Limits, asked: Asked, power_cap: object, *, wired: bool
    ) -> Standing:
        """Where cards find a place at a case's voltage; ``wired``: with lanes enough."""
        like = (case.volts, case.nodes > 1)
        lost = (limits.redundancy, limits.psu_headroom_permille)
        if (like, lost) not in self._seats:
            self._seats[like, lost] = Seats(self.shelves(*like), *lost)
        key = (like, lost, asked, power_cap, wired)
        if key not in self._standing:
            card, offered = partial(self.card, case.volts), self.admitted.offered
            self._standing[key] = Standing(self._seats[like, lost], asked, wired, card, offered)
        return self._standing[key]

    def network(self, case: Case) -> list[Item]:
        """The switch of a case, cards and cables of its speed, circuits added, strips for them."""
        held = self.admitted.items(case.volts)
        switch = held.get(case.switch or "")
        added = [held[i] for i, _ in case.new_circuits]
        if case.volts not in self._all_strips:
            found = [i for i in held.values() if isinstance(i, StripItem)]
            self._all_strips[case.volts] = found
        hanging = tuple(i for i in self._all_strips[case.volts] if hangs(i, case))
        if hanging not in self._strips:
            self._strips[hanging] = self.pruned(list(hanging))
        added += self._strips[hanging]
        if not isinstance(switch, SwitchItem):
            return added
        key = (case.volts, switch.network, case.network_gbps)
        if key not in self._network:
            parts = [i for i in held.values() if joins(i, switch, case)]
            self._network[key] = self.pruned(parts)
        return [*added, switch, *self._network[key]]

    def card(self, volts: int, card: str) -> Item:
        """An accelerator, bought singly or inside a platform."""
        key = (volts, card)
        if key not in self._cards:
            held = self.admitted.items(volts).get(card)
            facts = Facts(self.admitted.catalog, self.admitted.duty, volts)
            record = self.admitted.catalog.components[card]
            self._cards[key] = held or facts.item(record, "accelerator")
        return self._cards[key]
