"""Offers to purchases: the price that holds on the day, in integer cents, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from math import ceil

from optimizer.catalog.catalog import Catalog
from optimizer.finance.tco import (
    NO_UPKEEP,
    Rates,
    Terms,
    UnitCosts,
    UnitPrices,
    exact,
    residual_share,
)
from optimizer.instance.items import Purchase
from optimizer.instance.money import terms_of, upkeep_of
from optimizer.schema.base import Condition
from optimizer.schema.components import Platform
from optimizer.schema.offer import Offer
from optimizer.schema.request import Finance, Request
from optimizer.units import months_between

NAME_BITS = 30


def name_weight(text: str) -> int:
    """A number that stands for a name in tie-breaks: 30 bits of its SHA-256."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> (64 - NAME_BITS)


@dataclass(frozen=True)
class Market:
    """Prices of one catalog on one day, under one finance policy."""

    catalog: Catalog
    request: Request
    _rates: dict[tuple[str, str], Rates] = field(default_factory=dict)
    _priced: dict[tuple[str, str, bool], UnitPrices] = field(default_factory=dict)

    def purchases(self, component: str, kind: str) -> tuple[list[Purchase], str | None]:
        """Ways to get a component, and the reason when there is none."""
        policy = self.request.policy
        found: list[Purchase] = []
        for owned in policy.owned:
            if owned.id == component and "owned" not in (p.condition for p in found):
                costs = self._costs(component, kind, "owned", None)
                found.append(self._purchase(component, kind, "owned", costs, owned.quantity, None))
        newest = self._newest(component)
        admitted = [c for c in sorted(newest) if c in policy.conditions]
        if not admitted and not found and "new" in newest and not self.is_main(component):
            admitted = ["new"]
        for condition in admitted:
            offer = newest[condition]
            costs = self._costs(component, kind, condition, offer)
            found.append(self._purchase(component, kind, condition, costs, offer.available, offer))
        return (found, None) if found else ([], self._why_none(component, newest))

    def _why_none(self, component: str, newest: dict[Condition, Offer]) -> str:
        if newest:
            return f"only offered {', '.join(sorted(newest))}"
        offers, policy = self.catalog.offers.get(component, ()), self.request.policy
        if not offers:
            return "no price in the catalog"
        if not self._trusts_all(component) and not any(self._is_found(offer) for offer in offers):
            return "only this catalog's own estimate of a price (--price-ground estimated)"
        if any(offer.date <= self._last for offer in offers):
            return f"every price is older than {policy.max_price_age_months} months"
        return f"no price on or before {self.request.finance.prices_as_of}"

    def is_main(self, component: str) -> bool:
        """Whether a part decides the bill: an accelerator, or a platform that holds some."""
        kinds = self.catalog.kinds
        if kinds[component] != "platform":
            return kinds[component] == "accelerator"
        return any(kinds[part] == "accelerator" for part in self._inside(component))

    def _is_named(self, component: str) -> bool:
        """Whether the request names the accelerator, or one that the platform holds."""
        named = self.request.policy.accelerators
        if self.catalog.kinds[component] != "platform":
            return component in named
        return any(part in named for part in self._inside(component))

    def _inside(self, platform: str) -> list[str]:
        record = self.catalog.components[platform]
        assert isinstance(record, Platform)
        return [part.id for part in record.included]

    @property
    def today(self) -> str:
        """The day on which prices are looked at: that of the request, or of the newest offer."""
        return self.request.finance.prices_as_of or self.catalog.date

    @cached_property
    def _last(self) -> str:
        """What no date up to today comes after; a month without a day counts in full."""
        return self.today + "~"

    @cached_property
    def _judged(self) -> frozenset[str]:
        """Sources that are only this catalog's judgement."""
        return frozenset(key for key, held in self.catalog.sources.items() if held.own_estimate)

    def _newest(self, component: str) -> dict[Condition, Offer]:
        """Condition -> newest observation on or before the day; ties by the lower price.

        Parts that decide the bill are bought neither at a price that is too old nor, unless they
        are named or the request takes estimates, at one that only this catalog's judgement gives.
        """
        best: dict[Condition, Offer] = {}
        policy, last, main = self.request.policy, self._last, self.is_main(component)
        trusts = self._trusts_all(component)
        age = policy.max_price_age_months
        for offer in self.catalog.offers.get(component, ()):
            if offer.date > last or not (trusts or self._is_found(offer)):
                continue
            if main and months_between(offer.date, self.today) > age:
                continue
            held = best.get(offer.condition)
            if held is None or _recency(offer) > _recency(held):
                best[offer.condition] = offer
        return best

    def _trusts_all(self, component: str) -> bool:
        """Whether a price that only this catalog's judgement gives will do."""
        if self.request.policy.price_ground == "estimated" or not self.is_main(component):
            return True
        return self._is_named(component)

    def _is_found(self, offer: Offer) -> bool:
        """Whether somebody else than this catalog stated the price."""
        return offer.source.split("#", maxsplit=1)[0] not in self._judged

    @cached_property
    def terms(self) -> Terms:
        """How this request counts units."""
        return terms_of(self.request.finance)

    @cached_property
    def installed(self) -> Terms:
        """How circuits are counted: they are work, not goods to ship, to spare or to borrow on."""
        none = Fraction(0)
        return replace(self.terms, shipping=none, spares=none, financing=none)

    def _costs(self, component: str, kind: str, condition: str, offer: Offer | None) -> UnitCosts:
        """Costs of one unit; without an offer it is owned, and has no price."""
        abroad = offer is not None and self._is_abroad(offer)
        upkeep = upkeep_of(component, self.request, self.catalog)
        price = 0 if offer is None else self.price_cents(offer, self.request.finance)
        terms = self.installed if kind == "circuit" else self.terms
        if upkeep is not NO_UPKEEP:
            return UnitPrices.of(self.rates(kind, condition), terms, abroad, upkeep).at(price)
        key = (kind, condition, abroad)
        if key not in self._priced:
            self._priced[key] = UnitPrices.of(self.rates(kind, condition), terms, abroad)
        return self._priced[key].at(price)

    def _is_abroad(self, offer: Offer) -> bool:
        return offer.currency != self.request.finance.home_currency

    def price_cents(self, offer: Offer, finance: Finance) -> int:
        """The offer at the request's price point in US cents, net of its tax, rounded up."""
        price: float = getattr(offer, finance.price_point)
        if offer.currency == "USD" and not offer.vat_included:
            cents = round(price * 100)
            if cents / 100 == price:  # the shortest decimal of the price has no more digits
                return cents
        amount = exact(price) / (1 + exact(offer.vat_included))
        rate = Fraction(1)
        if offer.currency != "USD":
            rate = exact(self.catalog.rate(offer.currency, self.today).usd)
        return ceil(amount * rate * 100)

    def rates(self, kind: str, condition: str) -> Rates:
        """Support, failures and resale of a kind of component in a condition."""
        if (kind, condition) not in self._rates:
            self._rates[kind, condition] = self._rates_of(kind, condition)
        return self._rates[kind, condition]

    def _rates_of(self, kind: str, condition: str) -> Rates:
        cost_class = self.catalog.cost_classes[kind]
        age = 0.0 if cost_class.age is None else getattr(cost_class.age, condition)
        return Rates(
            exact(getattr(cost_class.support_per_year, condition)),
            exact(getattr(cost_class.failures_per_year, condition)),
            residual_share(
                cost_class.residual, exact(self.request.finance.horizon_years), exact(age)
            ),
        )

    def _purchase(
        self,
        component: str,
        kind: str,
        condition: Condition,
        costs: UnitCosts,
        stock: int | None,
        offer: Offer | None,
    ) -> Purchase:
        key = f"{component}:{condition}"
        return Purchase(key, component, kind, condition, costs, stock, offer, name_weight(key))


def _recency(offer: Offer) -> tuple[str, float, str]:
    """Newest first; on one day the lower price, then the vendor's name."""
    return (offer.date, -offer.typical, offer.vendor)
