"""Total cost of ownership: the only place where a cost is computed.

The solver's objective, the report and the independent verification all call these functions. Every
amount is an integer number of cents; each is rounded once, against the buyer (costs up, resale
down), from exact fractions, so that sums agree to the cent wherever they are formed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil

from optimizer.finance.schedule import Schedule, present_value

HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12
MICRO = 1_000_000
ZERO = Fraction(0)
Share = tuple[int, int]
BY_THE_WATT = ("energy", "cooling energy", "demand", "colocation")
"""Lines that watts cause: the average of the build, that of bought cooling, the peak twice."""


@lru_cache(maxsize=4096)
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
class Terms:
    """How a request counts money. Shares are of the price, or per year.

    ``spares`` is the share of every part that lies on the shelf too; ``financing`` what lenders
    get, as a share of what is paid for a part; leased parts go back and are not sold.
    """

    years: Fraction
    sales_tax: Fraction = ZERO
    shipping: Fraction = ZERO
    import_duty: Fraction = ZERO
    spares: Fraction = ZERO
    service_escalation: Fraction = ZERO
    failure_growth: Fraction = ZERO
    financing: Fraction = ZERO
    leased: bool = False


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Cents that one unit costs whatever its price: by the year, and once at the end."""

    licences_per_year: Fraction = ZERO
    space_per_year: Fraction = ZERO
    staff_per_year: Fraction = ZERO
    decommissioning: Fraction = ZERO


NO_UPKEEP = Upkeep()


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
    spares: int = 0
    licences: int = 0
    space: int = 0
    staff: int = 0
    financing: int = 0
    decommissioning: int = 0

    @property
    def capex(self) -> int:
        """Cents paid before the first token: price, tax, shipping, import duty, spares."""
        return self.price + self.tax + self.shipping + self.duty + self.spares

    @property
    def opex(self) -> int:
        """Cents paid later, resale apart."""
        yearly = self.support + self.failures + self.licences + self.space + self.staff
        return yearly + self.financing + self.decommissioning

    @property
    def tco(self) -> int:
        """Cents over the whole horizon, undiscounted."""
        return self.capex + self.opex - self.residual


@dataclass(frozen=True, slots=True)
class UnitPrices:
    """How the price of a unit leads to its costs: what is the same for every unit of a class.

    Shares are (numerator, denominator), so that a unit takes whole numbers only.
    """

    tax: Share
    shipping: Share
    duty: Share
    spares: Share
    support: Share
    failures: Share
    kept: Share
    financing: Share
    licences: int
    space: int
    staff: int
    decommissioning: int

    @classmethod
    def of(
        cls, rates: Rates, terms: Terms, abroad: bool = False, upkeep: Upkeep = NO_UPKEEP
    ) -> UnitPrices:
        """For units of a class, bought on some terms and kept over their horizon.

        Support accrues each year on the price paid; the expected cost of failures is the annual
        failure rate, growing with age, times the price of a replacement at the same offer. Import
        duty is due where the offer comes from ``abroad``.
        """
        served = escalated_years(terms.years, terms.service_escalation)
        aged = escalated_years(terms.years, terms.failure_growth)
        kept = ZERO if terms.leased else (1 + terms.spares) * rates.residual_share
        return cls(
            tax=terms.sales_tax.as_integer_ratio(),
            shipping=terms.shipping.as_integer_ratio(),
            duty=(terms.import_duty if abroad else ZERO).as_integer_ratio(),
            spares=terms.spares.as_integer_ratio(),
            support=(rates.support_per_year * served).as_integer_ratio(),
            failures=(rates.failures_per_year * aged).as_integer_ratio(),
            kept=kept.as_integer_ratio(),
            financing=terms.financing.as_integer_ratio(),
            licences=ceil(upkeep.licences_per_year * served),
            space=ceil(upkeep.space_per_year * served),
            staff=ceil(upkeep.staff_per_year * served),
            decommissioning=ceil(upkeep.decommissioning),
        )

    def at(self, price: int) -> UnitCosts:
        """Costs of one unit bought at ``price`` cents."""
        tax, shipping = _rounded_up(price, self.tax), _rounded_up(price, self.shipping)
        duty = _rounded_up(price, self.duty)
        landed = price + tax + shipping + duty
        spares = _rounded_up(landed, self.spares)
        above, below = self.kept
        return UnitCosts(
            price,
            tax,
            shipping,
            _rounded_up(price, self.support),
            _rounded_up(price, self.failures),
            price * above // below,
            duty,
            spares,
            self.licences,
            self.space,
            self.staff,
            _rounded_up(landed + spares, self.financing),
            self.decommissioning,
        )


def _rounded_up(cents: int, share: Share) -> int:
    above, below = share
    return -(-cents * above // below)


def unit_costs(
    price_cents: int,
    rates: Rates,
    terms: Terms,
    *,
    abroad: bool = False,
    upkeep: Upkeep = NO_UPKEEP,
) -> UnitCosts:
    """Costs of one unit bought at ``price_cents`` (see :class:`UnitPrices`)."""
    return UnitPrices.of(rates, terms, abroad, upkeep).at(price_cents)


def residual_share(curve: Sequence[float], years: Fraction, age: Fraction = ZERO) -> Fraction:
    """Share of the price paid that resale brings after ``years``, for a part bought at ``age``.

    ``curve`` holds the share for a new part after 0, 1, 2, ... years, linear between whole years;
    after the last it stays. A part bought at an age was sold at the market of that age, so it
    brings ``curve(0) * curve(age + years) / curve(age)``.
    """
    if age == 0:
        return _on_curve(curve, years)
    bought = _on_curve(curve, age)
    return _on_curve(curve, ZERO) * _on_curve(curve, age + years) / bought if bought else ZERO


def _on_curve(curve: Sequence[float], years: Fraction) -> Fraction:
    whole = int(years)
    if whole >= len(curve) - 1:
        return exact(curve[-1])
    low, high = exact(curve[whole]), exact(curve[whole + 1])
    return low + (high - low) * (years - whole)


@lru_cache(maxsize=256)
def escalated_years(years: Fraction, escalation: Fraction) -> Fraction:
    """Years weighted by the price level of each: sum of (1+e)^y, the last year in part.

    The first year is paid at today's price.
    """
    total, level, left = ZERO, Fraction(1), years
    while left > 0:
        total += level * min(left, Fraction(1))
        level *= 1 + escalation
        left -= 1
    return total


def mean_tariff(periods: Sequence[tuple[float, float]]) -> Fraction:
    """Dollars per kWh over the periods of a tariff: (share of the energy, dollars per kWh)."""
    return sum((exact(share) * exact(usd) for share, usd in periods), ZERO)


def energy_microcents_per_watt(
    usd_per_kwh: float | Fraction, pue: float, years: float, escalation: float
) -> int:
    """Millionths of a cent that one average wall watt costs over the horizon, rounded up."""
    kwh = Fraction(HOURS_PER_YEAR, 1000) * escalated_years(exact(years), exact(escalation))
    return ceil(kwh * exact(usd_per_kwh) * exact(pue) * 100 * MICRO)


def capacity_microcents_per_watt(
    usd_per_kw_month: float | Fraction, years: float, escalation: float
) -> int:
    """Millionths of a cent that one watt of the peak costs over the horizon, rounded up.

    What is due by the kilowatt and month: demand charges, reserved power in a colocation.
    """
    months = MONTHS_PER_YEAR * escalated_years(exact(years), exact(escalation))
    return ceil(months * exact(usd_per_kw_month) / 1000 * 100 * MICRO)


def energy_cents(wall_w: int, microcents_per_watt: int) -> int:
    """What watts at the wall cost over the horizon, rounded up to the cent."""
    return -(-wall_w * microcents_per_watt // MICRO)


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
    schedule: Schedule

    @property
    def opex(self) -> int:
        """Cents after purchase: everything of the TCO that is not capex (resale included)."""
        return self.tco - self.capex

    @property
    def discounted(self) -> int:
        """The TCO with every amount discounted from the month in which it is paid."""
        flows = self.schedule.flows(self.lines)
        return round(present_value(flows, self.schedule.discount_rate))


def total_cost(
    items: Sequence[CostItem],
    *,
    watts: Mapping[str, int],
    installation: int,
    schedule: Schedule,
) -> CostSummary:
    """Add up everything bought and used, line by line.

    ``watts`` holds what is due by the watt: ``energy``, and where there are such charges
    ``cooling energy`` (of bought cooling), ``demand`` and ``colocation``. Lines:
    ``hardware: <kind>`` for each kind, ``tax``, ``shipping``, ``duty``, ``spares``,
    ``installation`` with circuits that are added (these are the capex); those of ``watts``,
    ``space``, ``cooling upkeep`` (the support of cooling), ``support``, ``failures``, ``licences``,
    ``staff``, ``financing``, ``decommissioning`` and ``resale``, which is negative.
    """
    hardware: dict[str, int] = {}
    for item in items:
        if item.kind == "circuit":
            installation += item.unit.price * item.quantity
            continue
        key = f"hardware: {item.kind}"
        hardware[key] = hardware.get(key, 0) + item.unit.price * item.quantity

    def summed(field: str, kinds: Sequence[CostItem] = items) -> int:
        return sum(int(getattr(item.unit, field)) * item.quantity for item in kinds)

    lines = dict(sorted(hardware.items()))
    lines |= {name: summed(name) for name in ("tax", "shipping", "duty", "spares")}
    lines["installation"] = installation
    capex = sum(lines.values())
    lines |= {name: watts.get(name, 0) for name in BY_THE_WATT}
    lines["space"] = summed("space")
    lines["cooling upkeep"] = summed("support", [i for i in items if i.kind == "cooling"])
    lines["support"] = summed("support") - lines["cooling upkeep"]
    later = ("failures", "licences", "staff", "financing", "decommissioning")
    lines |= {name: summed(name) for name in later}
    lines["resale"] = -summed("residual")
    return CostSummary(lines, capex, sum(lines.values()), schedule)


def cents_per_million_tokens(tco_cents: int, milli_tok_s: int, duty: float, years: float) -> float:
    """Cost of a million output tokens in cents, at ``duty`` share of the hours busy."""
    tokens = milli_tok_s / 1000 * 3600 * HOURS_PER_YEAR * years * duty
    return tco_cents / tokens * 1e6
