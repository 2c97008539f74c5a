"""Total cost of ownership: the only place where a cost is computed.

The solver's objective, the report and the independent verification all call these functions. Every
amount is an integer number of cents; each is rounded once, against the buyer (costs up, resale
down), from exact fractions, so that sums agree to the cent wherever they are formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

HOURS_PER_YEAR = 8760
MICRO = 1_000_000


def exact(value: float | int | Fraction) -> Fraction:
    """The fraction that the shortest decimal of ``value`` denotes (0.1 is 1/10)."""
    return value if isinstance(value, Fraction) else Fraction(repr(value))


@dataclass(frozen=True, slots=True)
class Rates:
    """What one class of component costs per year of the price paid, and what it sells for."""

    support_per_year: Fraction
    failures_per_year: Fraction
    residual_share: Fraction


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Cents for one unit over the horizon. ``residual`` is money back."""

    price: int
    tax: int
    shipping: int
    support: int
    failures: int
    residual: int
    duty: int = 0

    @property
    def capex(self) -> int:
        """Cents paid before the first token: price, tax, shipping and import duty."""
        return self.price + self.tax + self.shipping + self.duty

    @property
    def tco(self) -> int:
        """Cents over the whole horizon, undiscounted."""
        return self.capex + self.support + self.failures - self.residual


def unit_costs(
    price_cents: int,
    rates: Rates,
    *,
    years: Fraction,
    sales_tax: Fraction,
    shipping: Fraction,
    import_duty: Fraction = Fraction(0),
) -> UnitCosts:
    """Costs of one unit bought at ``price_cents`` and kept for ``years``.

    Support and failures accrue each year on the price paid; the expected cost of failures is the
    annual failure rate times the price of a replacement at the same offer.
    """
    return UnitCosts(
        price=price_cents,
        tax=ceil(price_cents * sales_tax),
        shipping=ceil(price_cents * shipping),
        support=ceil(price_cents * rates.support_per_year * years),
        failures=ceil(price_cents * rates.failures_per_year * years),
        residual=floor(price_cents * rates.residual_share),
        duty=ceil(price_cents * import_duty),
    )


def residual_share(curve: tuple[float, ...], years: Fraction) -> Fraction:
    """Share of the price that resale brings after ``years``, linear between whole years."""
    whole = int(years)
    if whole >= len(curve) - 1:
        return exact(curve[-1])
    low, high = exact(curve[whole]), exact(curve[whole + 1])
    return low + (high - low) * (years - whole)


def escalated_years(years: Fraction, escalation: Fraction) -> Fraction:
    """Years weighted by the price level of each: sum of (1+e)^y, the last year in part.

    The first year is paid at today's price.
    """
    total, level, left = Fraction(0), Fraction(1), years
    while left > 0:
        total += level * min(left, Fraction(1))
        level *= 1 + escalation
        left -= 1
    return total


def energy_microcents_per_watt(
    usd_per_kwh: float, pue: float, years: float, escalation: float
) -> int:
    """Millionths of a cent that one average wall watt costs over the horizon, rounded up."""
    kwh = Fraction(HOURS_PER_YEAR, 1000) * escalated_years(exact(years), exact(escalation))
    return ceil(kwh * exact(usd_per_kwh) * exact(pue) * 100 * MICRO)


def energy_cents(average_wall_w: int, microcents_per_watt: int) -> int:
    """Energy over the horizon for ``average_wall_w`` at the wall, rounded up to the cent."""
    return -(-average_wall_w * microcents_per_watt // MICRO)


@dataclass(frozen=True, slots=True)
class CostItem:
    """So many units of one component, at one price."""

    kind: str
    unit: UnitCosts
    quantity: int


@dataclass(frozen=True, slots=True)
class CostSummary:
    """Cents. ``lines`` maps the name of a line to its amount; they add up to ``tco``."""

    lines: dict[str, int]
    capex: int
    tco: int
    discounted: int

    @property
    def opex(self) -> int:
        """Cents after purchase: everything of the TCO that is not capex (resale included)."""
        return self.tco - self.capex


def total_cost(
    items: list[CostItem],
    *,
    energy: int,
    cooling: int = 0,
    installation: int,
    years: Fraction,
    discount_rate: Fraction,
    escalation: Fraction,
) -> CostSummary:
    """Add up everything bought and used, line by line.

    Lines: ``hardware: <kind>`` for each kind, ``tax``, ``shipping``, ``duty``, ``installation``,
    ``energy``, ``cooling energy`` (where cooling was bought), ``support``, ``failures``, ``resale``
    (negative). The discounted total pays yearly costs at the
    end of each year and receives the resale at the end of the horizon.
    """
    lines: dict[str, int] = {}
    for item in items:
        key = f"hardware: {item.kind}"
        lines[key] = lines.get(key, 0) + item.unit.price * item.quantity

    def summed(field: str) -> int:
        return sum(int(getattr(item.unit, field)) * item.quantity for item in items)

    lines = dict(sorted(lines.items()))
    lines["tax"] = summed("tax")
    lines["shipping"] = summed("shipping")
    lines["duty"] = summed("duty")
    lines["installation"] = installation
    capex = sum(lines.values())
    support, failures, resale = summed("support"), summed("failures"), summed("residual")
    lines |= {"energy": energy, "support": support, "failures": failures, "resale": -resale}
    if cooling:
        lines["cooling energy"] = cooling
    flat = present_value_factor(years, discount_rate, Fraction(0))
    rising = present_value_factor(years, discount_rate, escalation)
    discounted = (
        capex
        + (support + failures) * flat
        + (energy + cooling) * rising
        - resale / (1 + float(discount_rate)) ** float(years)
    )
    return CostSummary(lines, capex, sum(lines.values()), round(discounted))


def present_value_factor(years: Fraction, rate: Fraction, escalation: Fraction) -> float:
    """Present value of one unit of cost spread over the horizon with escalating prices.

    Weighted mean of the end-of-year discount factors, weights as in :func:`escalated_years`.
    """
    weighted, total, level, year, left = 0.0, 0.0, 1.0, 1, float(years)
    while left > 1e-12:
        part = level * min(left, 1.0)
        end = min(float(year), float(years))
        weighted += part / (1 + float(rate)) ** end
        total += part
        level *= 1 + float(escalation)
        year += 1
        left -= 1
    return weighted / total


def cents_per_million_tokens(tco_cents: int, milli_tok_s: int, duty: float, years: float) -> float:
    """Cost of a million output tokens in cents, at ``duty`` share of the hours busy."""
    tokens = milli_tok_s / 1000 * 3600 * HOURS_PER_YEAR * years * duty
    return tco_cents / tokens * 1e6
