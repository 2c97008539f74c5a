"""What a request may use of a catalog: priced, admitted by policy, and with its facts known.

What is left out stands in ``excluded`` with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from optimizer.catalog.catalog import Catalog
from optimizer.instance.caps import refusal
from optimizer.instance.carriers import Carriers, carriers
from optimizer.instance.deployments import accepts, check_facts
from optimizer.instance.facts import Facts, MissingFact
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Item, Purchase
from optimizer.instance.parts import Market
from optimizer.instance.prune import prune_cards, prune_purchases
from optimizer.schema.components import Accelerator, Chassis, Platform, Ups
from optimizer.schema.request import Request

SOLVED_KINDS = (
    "accelerator",
    "bridge",
    "platform",
    "cpu",
    "memory",
    "storage",
    "psu",
    "chassis",
    "nic",
    "switch",
    "cable",
    "cooling",
    "ups",
    "pdu",
    "circuit",
)
"""Kinds that a build may hold, in the order of its bill of materials."""
LOW_LINE_MAX_V = 150
UNMEASURED = (
    "no measurement of its generation under these engines: its speed would be a bare roofline "
    "(name the accelerator, or give --speed-basis roofline)"
)


@dataclass
class Admitted:
    """The part of a catalog that one request may use."""

    request: Request
    catalog: Catalog
    prune: bool = True
    every_condition: bool = False
    """Whether accelerators, and what holds them, stay though others undercut them."""
    keep: frozenset[str] = frozenset()
    """Accelerators that stay."""
    excluded: dict[str, str] = field(default_factory=dict)
    _facts: dict[int, dict[str, Item]] = field(default_factory=dict)

    @property
    def duty(self) -> float:
        """Share of the hours in which the build is busy."""
        return self.request.workloads[0].duty

    @cached_property
    def purchases(self) -> dict[str, list[Purchase]]:
        """Component -> ways to get it, for everything that policy admits."""
        market = Market(self.catalog, self.request)
        found = {}
        for component, kind in sorted(self.catalog.kinds.items()):
            if kind not in SOLVED_KINDS:
                continue
            reason = self._refused(component, kind)
            if reason is None:
                offers, reason = market.purchases(component, kind)
                if reason is None:
                    whole = self.every_condition and market.is_main(component)
                    prune = self.prune and not whole
                    several = prune and len(offers) > 1
                    found[component] = prune_purchases(offers) if several else offers
            if reason is not None:
                self.excluded[component] = reason
        return found

    def bought(self, components: Iterable[str]) -> list[Purchase]:
        """Every way to get these."""
        return [p for i in components for p in self.purchases.get(i, ())]

    def _refused(self, component: str, kind: str) -> str | None:
        policy = self.request.policy
        if component in policy.exclude:
            return "excluded by the request"
        if kind == "accelerator" and policy.accelerators and component not in policy.accelerators:
            return "not among the accelerators asked for"
        if kind not in ("platform", "chassis"):
            return None
        record = self.catalog.components[component]
        if isinstance(record, Platform):
            if record.kind in policy.exclude:
                return f"excluded by the request (every {record.kind})"
            if self.request.site.inlet_c is not None and record.max_inlet_c is None:
                return "no max_inlet_c in the catalog, and the site says how warm its air is"
            inside = [i.id for i in record.included if i.id in policy.exclude]
            if inside:
                return f"holds {inside[0]}, which the request excludes"
        in_the_open = isinstance(record, Chassis) and record.open_frame
        if in_the_open and not self.request.site.open_frames_allowed:
            return "an open frame, which the site does not allow"
        return None

    def items(self, volts: int) -> dict[str, Item]:
        """Everything that can be bought and whose facts are known, as integers."""
        if volts not in self._facts:
            facts = Facts(self.catalog, self.duty, volts, self.request.policy.ups_minutes)
            held = {}
            for component in self.purchases:
                record = self.catalog.components[component]
                if isinstance(record, Ups) and _low(record.volts) != _low(volts):
                    continue
                try:
                    held[component] = facts.item(record, self.catalog.kinds[component])
                except MissingFact as missing:
                    self.excluded[component] = str(missing)
            if not self.request.site.extra_cooling_allowed:
                held = {i: item for i, item in held.items() if item.kind != "cooling"}
            self._facts[volts] = held
        return self._facts[volts]

    @cached_property
    def _known_cards(self) -> dict[str, Accelerator]:
        """Accelerators that policy admits and whose facts are known."""
        allowed = self.request.policy.accelerators
        found = {}
        for record in self.catalog.of_kind("accelerator"):
            assert isinstance(record, Accelerator)
            if record.id in self.request.policy.exclude or (allowed and record.id not in allowed):
                continue
            try:
                check_facts(record)
            except MissingFact as missing:
                self.excluded[record.id] = str(missing)
                continue
            found[record.id] = record
        return found

    @cached_property
    def cards(self) -> dict[str, Accelerator]:
        """Those whose speed rests on what the request accepts, bought singly or inside."""
        found = {}
        for card in self._known_cards.values():
            reason = refusal(card, self.request.policy)
            if reason is not None:
                self.excluded[card.id] = reason
            elif self._trusts(card):
                found[card.id] = card
            else:
                self.excluded[card.id] = UNMEASURED
        return found

    @cached_property
    def carriers(self) -> Carriers:
        """The ways in which platforms carry accelerators that can be had."""
        platforms = [
            record
            for component in self.purchases
            if self.catalog.kinds[component] == "platform"
            and isinstance(record := self.catalog.components[component], Platform)
        ]
        bought = [i for i in self.cards if i in self.purchases]
        if self.prune and not self.every_condition:
            offers = {i: self.purchases[i] for i in bought}
            capped = self.request.policy.power_cap == "auto"
            cards = [self.cards[i] for i in bought]
            kept = prune_cards(cards, offers, _listing(platforms), capped)
            bought = [i for i in bought if i in kept or i in self.keep]
        found = carriers(platforms, self.cards, set(bought), self.catalog.kinds)
        for platform in platforms:
            if platform.id not in found.group:
                self.excluded[platform.id] = "carries no accelerator that can be had"
        return found

    @cached_property
    def offered(self) -> dict[HostKey, tuple[int, ...]]:
        """Way to carry accelerators -> the groups of platforms that offer it."""
        return self.carriers.offered()

    def _trusts(self, card: Accelerator) -> bool:
        """Whether some engine's speeds on this accelerator rest on what the request accepts."""
        engines = (self.catalog.engines[e] for e in self.request.policy.engines)
        calibration = self.catalog.calibration()
        return any(
            card.vendor in engine.vendors
            and accepts(self.request.policy, calibration, engine, card)
            for engine in engines
        )


def _listing(platforms: Iterable[Platform]) -> dict[str, list[str]]:
    """Card -> the platforms that name it among those they take."""
    found: dict[str, list[str]] = {}
    for platform in platforms:
        for card in platform.accelerators or ():
            found.setdefault(card, []).append(platform.id)
    return found


def _low(volts: int) -> bool:
    return volts < LOW_LINE_MAX_V
