"""What a request says about money, as the exact numbers that the cost function takes."""

from __future__ import annotations

from fractions import Fraction

from optimizer.catalog.catalog import Catalog
from optimizer.finance.cash import MONTHS_PER_YEAR, interest_share
from optimizer.finance.schedule import Schedule
from optimizer.finance.tco import (
    NO_UPKEEP,
    Terms,
    Upkeep,
    capacity_microcents_per_watt,
    energy_microcents_per_watt,
    exact,
    mean_tariff,
)
from optimizer.instance.items import Money
from optimizer.schema.components import Accelerator, Platform
from optimizer.schema.request import Finance, Request
from optimizer.units import cents_ceil, fraction

ZERO = Fraction(0)


def loan_months(finance: Finance) -> int:
    """Instalments of a loan; 0 without one."""
    if finance.financing != "loan":
        return 0
    years = finance.horizon_years if finance.loan_years is None else finance.loan_years
    return int(round(years * MONTHS_PER_YEAR, 9))


def financing_share(finance: Finance) -> Fraction:
    """What lenders get over the horizon, as a share of what is paid for the parts."""
    if finance.financing == "cash":
        return Fraction(0)
    if finance.financing == "loan":
        interest = interest_share(finance.loan_rate, loan_months(finance))
        return exact(finance.loan_share) * exact(interest)
    months = exact(finance.horizon_years) * MONTHS_PER_YEAR
    return exact(finance.lease_per_month) * months - 1


def terms_of(finance: Finance) -> Terms:
    """How units are counted."""
    return Terms(
        years=exact(finance.horizon_years),
        sales_tax=exact(finance.sales_tax),
        shipping=exact(finance.shipping),
        import_duty=exact(finance.import_duty),
        spares=exact(finance.spares),
        service_escalation=exact(finance.service_escalation),
        failure_growth=exact(finance.failure_growth),
        financing=financing_share(finance),
        leased=finance.financing == "lease",
    )


def schedule_of(finance: Finance) -> Schedule:
    """When lines are paid."""
    return Schedule(
        years=finance.horizon_years,
        discount_rate=finance.discount_rate,
        electricity_escalation=finance.electricity_escalation,
        service_escalation=finance.service_escalation,
        failure_growth=finance.failure_growth,
        financing=finance.financing,
        loan_share=finance.loan_share,
        loan_months=loan_months(finance),
    )


def upkeep_of(component: str, request: Request, catalog: Catalog) -> Upkeep:
    """What a unit of a component costs whatever its price."""
    finance = request.finance
    if not (finance.licences or request.site.space_usd_per_unit_month or _per_node(finance)):
        return NO_UPKEEP
    record = catalog.components[component]
    cards = {component: 1} if isinstance(record, Accelerator) else {}
    node = isinstance(record, Platform)
    if isinstance(record, Platform):
        for part in record.included:
            cards[part.id] = cards.get(part.id, 0) + part.quantity
    units = getattr(record, "rack_units", None) or 0
    if isinstance(record, Platform) and record.kind == "board":
        units = 0
    monthly = exact(units) * exact(request.site.space_usd_per_unit_month) * 100
    return Upkeep(
        licences_per_year=sum((_licences(c, n, finance, catalog) for c, n in cards.items()), ZERO),
        space_per_year=monthly * MONTHS_PER_YEAR,
        staff_per_year=exact(finance.staff_usd_per_node_year) * 100 if node else ZERO,
        decommissioning=exact(finance.decommissioning_usd_per_node) * 100 if node else ZERO,
    )


def _per_node(finance: Finance) -> bool:
    """Whether a node costs anything whatever its price."""
    return bool(finance.staff_usd_per_node_year or finance.decommissioning_usd_per_node)


def _licences(component: str, count: int, finance: Finance, catalog: Catalog) -> Fraction:
    """Cents a year for some accelerators; anything else needs none."""
    card = catalog.components[component]
    if not isinstance(card, Accelerator):
        return ZERO
    needed = (catalog.licences[i] for i in finance.licences)
    due = (
        exact(licence.usd_per_accelerator_year)
        for licence in needed
        if licence.vendor == card.vendor and card.id not in licence.included_with
    )
    return sum(due, ZERO) * 100 * count


def money_of(request: Request) -> Money:
    """Coefficients of what is due by the watt, and installation."""
    finance, site = request.finance, request.site
    periods = [(period.share, period.usd_per_kwh) for period in site.time_of_use]
    tariff = mean_tariff(periods) if periods else exact(site.electricity_usd_per_kwh)
    years, rise = finance.horizon_years, finance.electricity_escalation
    return Money(
        microcents_per_watt=energy_microcents_per_watt(tariff, site.pue, years, rise),
        microcents_per_cooling_watt=energy_microcents_per_watt(tariff, 1.0, years, rise),
        installation_cents=cents_ceil(fraction(finance.installation_usd)),
        demand_microcents=capacity_microcents_per_watt(
            exact(site.demand_usd_per_kw_month) * exact(site.pue), years, rise
        ),
        colocation_microcents=capacity_microcents_per_watt(
            site.colocation_usd_per_kw_month, years, finance.service_escalation
        ),
    )
