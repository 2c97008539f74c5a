"""Prices that could have been: catalogs with other prices, and seeded samples of them.

Each offer has a low, a typical and a high price. A sample draws from the triangle they span, so
that the typical price is the likeliest and nothing lies outside. Prices of one class of parts
move together (a Gaussian copula: ``u = Phi(sqrt(r) Z_class + sqrt(1 - r) Z_part)``), classes on
their own. Every draw depends on the seed, the number of the sample, and the names of class and
part alone, so that another part in the catalog changes no price of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from random import Random
from statistics import NormalDist

from optimizer.catalog.catalog import Catalog
from optimizer.schema.offer import Offer

NORMAL = NormalDist()
EDGE = 1e-12
"""Draws stay so far inside of 0 and 1, where the normal quantile is finite."""


def repriced(catalog: Catalog, price: Callable[[Offer], float | None]) -> Catalog:
    """The catalog with offers at another price, whatever price point is asked for.

    ``price`` gives the new price in the offer's own currency, its tax included as before; ``None``
    leaves an offer as it is.
    """

    def at(offer: Offer) -> Offer:
        amount = price(offer)
        if amount is None or offer.low == offer.typical == offer.high == amount:
            return offer
        return offer.replace(low=amount, typical=amount, high=amount)

    offers = {c: tuple(map(at, held)) for c, held in catalog.offers.items()}
    return replace(catalog, offers=offers)


def triangular(low: float, mode: float, high: float, share: float) -> float:
    """The price that a triangular distribution stays under with probability ``share``."""
    if high <= low:
        return mode
    rising = (mode - low) / (high - low)
    if share < rising:
        return low + sqrt(share * (high - low) * (mode - low))
    return high - sqrt((1 - share) * (high - low) * (high - mode))


@dataclass(frozen=True, slots=True)
class PriceSampler:
    """Seeded samples of a catalog's prices. ``correlation`` is that inside a class of parts."""

    catalog: Catalog
    seed: int = 0
    correlation: float = 0.5

    def quantile(self, component: str, condition: str, sample: int) -> float:
        """Where the price of a part in a condition lies in its range: 0 to 1, uniform."""
        family = self.catalog.cost_classes[self.catalog.kinds[component]].id
        common = self._normal(f"class {family}", sample)
        own = self._normal(f"part {component}:{condition}", sample)
        return NORMAL.cdf(sqrt(self.correlation) * common + sqrt(1 - self.correlation) * own)

    def price(self, offer: Offer, sample: int) -> float:
        """The price of an offer in one sample, to the hundredth of its currency."""
        if offer.low == offer.high:
            return offer.typical
        share = self.quantile(offer.component, offer.condition, sample)
        drawn = round(triangular(offer.low, offer.typical, offer.high, share), 2)
        return min(max(drawn, offer.low), offer.high)

    def at(self, sample: int) -> Catalog:
        """The catalog at the prices of one sample (0, 1, 2, ...)."""
        return repriced(self.catalog, lambda offer: self.price(offer, sample))

    def _normal(self, name: str, sample: int) -> float:
        draw = Random(f"{self.seed}:{sample}:{name}").random()
        return NORMAL.inv_cdf(min(max(draw, EDGE), 1 - EDGE))
