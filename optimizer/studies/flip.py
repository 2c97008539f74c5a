"""The price of used accelerators at which the choice between used and new flips.

All conditions are admitted; the prices of used accelerators, and of used platforms that hold some,
are multiplied by a factor, every other price stays. Where the objective is a sum of money, the cost
of each build is linear in the factor and the lowest cost over all builds is concave, so a Newton
iteration over proven answers ends exactly where a build without used accelerators takes over. Else
the factor is bracketed by bisection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.instance.parts import Market
from optimizer.schema.build import Build, Result
from optimizer.schema.offer import Offer
from optimizer.schema.request import Request
from optimizer.studies.prices import repriced
from optimizer.studies.robust import cost_at

FAR, NEAR = 64.0, 1 / 64
"""Factors beyond which no flip is looked for."""
TOLERANCE = 0.01
"""Of the factor, where it is bracketed."""
CENTS = 100
"""Costs that differ by less than this are equal: each unit rounds its own price."""
MOST = 24
Solve = Callable[[Request, Catalog, str], Result]


class Undecided(Exception):
    """A solve along the way was not proven."""


@dataclass
class Flip:
    """One request with all its conditions, asked again at other prices of used accelerators."""

    request: Request
    catalog: Catalog
    solve: Solve
    known: dict[float, Result] = field(default_factory=dict)

    def at(self, factor: float) -> Result:
        """The proven answer at a factor. Raises Undecided."""
        if factor not in self.known:
            label = f"used accelerators at {factor:.3g} times their price"
            self.known[factor] = self.solve(self.request, self.priced(factor), label)
        if self.known[factor].status not in ("optimal", "infeasible"):
            raise Undecided
        return self.known[factor]

    def priced(self, factor: float) -> Catalog:
        """The catalog with used accelerators, and what holds them, at so many times their price."""
        market, point = Market(self.catalog, self.request), self.request.finance.price_point

        def price(offer: Offer) -> float | None:
            if offer.condition != "used" or not market.is_main(offer.component):
                return None
            return float(getattr(offer, point)) * factor

        return repriced(self.catalog, price)

    def uses(self, result: Result) -> bool:
        """Whether a build has used accelerators."""
        return result.build is not None and any(
            line.kind == "accelerator" and line.condition == "used"
            for line in result.build.bill_of_materials
        )

    def cents(self, build: Build, factor: float) -> int:
        """The objective of a build at a factor."""
        return cost_at(build, self.request, self.priced(factor))[self.request.objective]

    def exactly(self, factor: float, level: int) -> float:
        """From a factor with used accelerators to the one where ``level`` cents cost no more."""
        for _ in range(MOST):
            build = self.at(factor).build
            assert build is not None
            here = self.cents(build, factor)
            slope = (self.cents(build, FAR) - here) / (FAR - factor)
            if level - here <= CENTS or slope <= 0:
                return factor
            factor += (level - here) / slope
            if not self.uses(self.at(factor)):
                return factor
        raise Undecided

    def bracketed(self, low: float, high: float) -> tuple[float, float]:
        """Factors closer than the tolerance: used accelerators at the lower one, none above."""
        while high / low > 1 + TOLERANCE:
            middle = (low * high) ** 0.5
            low, high = (middle, high) if self.uses(self.at(middle)) else (low, middle)
        return low, high


def flip_study(
    request: Request, catalog: Catalog, solve: Solve, today: Result | None = None
) -> dict[str, Any]:
    """Where the choice flips, with the build on its other side.

    ``factor`` is ``None`` where nothing flips it between 1/64 and 64 times the price, and ``why``
    says so. ``today`` is the answer at today's prices, where it is known already.
    """
    flip = Flip(request, catalog, solve, {} if today is None else {1.0: today})
    try:
        return _study(flip) | {"solves": len(flip.known)}
    except Undecided:
        why = "time ran out before every answer was proven"
        return _nothing(None, why) | {"solves": len(flip.known)}


def _study(flip: Flip) -> dict[str, Any]:
    chosen = flip.uses(flip.at(1.0))
    if chosen:
        far = flip.at(FAR)
        if far.build is None:
            return _nothing(chosen, "only used accelerators serve this within the limits")
        if flip.uses(far):
            return _nothing(chosen, f"even at {FAR:g} times their price nothing else is chosen")
        other, begin, end = far, 1.0, FAR
    else:
        near = flip.at(NEAR)
        if not flip.uses(near):
            return _nothing(chosen, "used accelerators are not chosen even at 1/64 of their price")
        other, begin, end = near, NEAR, 1.0
    if flip.request.objective in ("tco", "capex"):
        new = flip.at(end)
        level = 0 if new.build is None else flip.cents(new.build, end)
        exact = new.build is not None
        factor = flip.exactly(begin, level) if exact else flip.bracketed(begin, end)[0]
    else:
        exact, factor = False, flip.bracketed(*_narrowed(flip, begin, end))[0]
    return {
        "used_today": chosen,
        "factor": round(factor, 6),
        "exact": exact,
        "tolerance": 0.0 if exact else TOLERANCE,
        "prices": _prices(flip, factor),
        "other_build": _other(flip, other),
        "why": None,
    }


def _narrowed(flip: Flip, low: float, high: float) -> tuple[float, float]:
    """Powers of two around the flip, found from where it is likeliest: close to 1."""
    if low == 1.0:
        while low * 2 < high and flip.uses(flip.at(low * 2)):
            low *= 2
        return low, min(low * 2, high)
    while high / 2 > low and not flip.uses(flip.at(high / 2)):
        high /= 2
    return max(high / 2, low), high


def _nothing(chosen: bool | None, why: str) -> dict[str, Any]:
    return {
        "used_today": chosen,
        "factor": None,
        "exact": False,
        "tolerance": 0.0,
        "prices": [],
        "other_build": None,
        "why": why,
    }


def _prices(flip: Flip, factor: float) -> list[dict[str, Any]]:
    """Used parts whose price matters, today and at the flip."""
    holders = [r for r in flip.known.values() if flip.uses(r)]
    lines = {
        line.id: line
        for result in (flip.known.get(1.0), *holders)
        if result is not None and result.build is not None
        for line in result.build.bill_of_materials
        if line.condition == "used" and not line.included
    }
    market = Market(flip.catalog, flip.request)
    found = []
    for part in sorted(lines):
        if market.is_main(part):
            bought, _ = market.purchases(part, flip.catalog.kinds[part])
            price = next(p.unit.price for p in bought if p.condition == "used") / 100
            found.append(
                {
                    "component": part,
                    "name": flip.catalog.components[part].name,
                    "today_usd": price,
                    "flip_usd": round(price * factor, 2),
                }
            )
    return found


def _other(flip: Flip, result: Result) -> dict[str, Any] | None:
    """The build on the far side of the flip, in brief."""
    if result.build is None:
        return None
    used = result.build.deployment
    conditions = {
        line.condition for line in result.build.bill_of_materials if line.kind == "accelerator"
    }
    return {
        "accelerators": used.tensor_parallel * used.pipeline_parallel * used.replicas,
        "accelerator": flip.catalog.components[used.accelerator].name,
        "condition": ", ".join(sorted(conditions)),
    }
