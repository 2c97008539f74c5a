"""Prices over time: old ones, jumps, two for one day, and cloud rates out of all proportion."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.findings import Finding, months
from optimizer.schema.offer import Offer

CLOUD_USD = (0.05, 30.0)
"""An accelerator-hour: from interruptible old cards to on-demand new ones."""


def usd(catalog: Catalog, offer: Offer) -> float:
    """The typical price in US dollars, at the newest rate."""
    if offer.currency == "USD":
        return offer.typical
    return offer.typical * catalog.rate(offer.currency, catalog.date).usd


def _place(catalog: Catalog, offer: Offer) -> str:
    for entry in catalog.raw.observed["offers"]:
        data = entry.data
        if (data.get("component"), data.get("condition")) != (offer.component, offer.condition):
            continue
        if (data.get("date"), data.get("typical")) == (offer.date, offer.typical):
            return entry.place()
    return catalog.place(offer.component)


def check_old(catalog: Catalog, as_of: str, max_age_months: int) -> Iterator[Finding]:
    """Components whose newest price is older than the threshold."""
    for component, offers in catalog.offers.items():
        newest = offers[-1]
        age = months(as_of) - months(newest.date)
        if age > max_age_months:
            message = f"newest price is of {newest.date}, {age} months before {as_of}"
            yield Finding("warning", "old-prices", component, message, catalog.place(component))


def by_day(catalog: Catalog, component: str, condition: str) -> list[tuple[str, float, Offer]]:
    """The median price in dollars of each date, oldest first, and one offer of it."""
    days: dict[str, list[Offer]] = {}
    for offer in catalog.offers.get(component, ()):
        if offer.condition == condition:
            days.setdefault(offer.date, []).append(offer)
    return [(day, median(usd(catalog, o) for o in held), held[0]) for day, held in days.items()]


def check_jumps(catalog: Catalog, max_jump: float) -> Iterator[Finding]:
    """Observations of one condition that follow each other and differ by more than a factor."""
    for component in catalog.offers:
        for condition in ("new", "refurbished", "used"):
            series = by_day(catalog, component, condition)
            for (day, before, _), (later, after, offer) in pairwise(series):
                factor = max(before, after) / max(min(before, after), 0.01)
                if factor > max_jump:
                    message = (
                        f"{condition}: ${before:,.0f} in {day}, ${after:,.0f} in {later}"
                        f" ({factor:.1f} times)"
                    )
                    yield Finding(
                        "warning", "price-jumps", component, message, _place(catalog, offer)
                    )


def check_same_day(catalog: Catalog) -> Iterator[Finding]:
    """Two prices of one vendor for the same thing on the same day."""
    for component, offers in catalog.offers.items():
        seen: dict[tuple[str, str, str, str], Offer] = {}
        for offer in offers:
            key = (offer.condition, offer.date, offer.vendor, offer.currency)
            first = seen.setdefault(key, offer)
            if first is not offer and len(offer.date) == len("2026-01-01"):
                message = (
                    f"{offer.vendor} asks {first.typical:,.0f} and {offer.typical:,.0f}"
                    f" ({offer.condition}) on {offer.date}"
                )
                yield Finding("warning", "two-prices", component, message, _place(catalog, offer))


def check_cloud(catalog: Catalog) -> Iterator[Finding]:
    """Rented hours that cost next to nothing, or as much as a whole server."""
    low, high = CLOUD_USD
    for key, rate in catalog.cloud_rates.items():
        if not low <= rate.usd_per_gpu_hour <= high:
            message = (
                f"${rate.usd_per_gpu_hour:g} per accelerator-hour; expected {low:g} to {high:g}"
            )
            yield Finding("warning", "ranges", key, message, catalog.place(key))
