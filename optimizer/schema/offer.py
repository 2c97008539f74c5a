"""Offers: dated price observations. They are never edited; a new price is a new record."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from optimizer.schema.base import (
    Confidence,
    Count,
    Day,
    Name,
    Names,
    Positive,
    Record,
    Slug,
    Text,
    Usd,
)

Currency = Literal["USD", "EUR", "GBP", "CHF", "JPY", "CNY", "CAD", "AUD"]


class Offer(Record):
    """What somebody asked or paid for one component on one day, per unit.

    ``estimated`` marks a planning figure that no vendor published. ``available`` limits how many
    can be bought at this price; ``null`` means no known limit.
    """

    component: Slug
    condition: Literal["new", "refurbished", "used"]
    low: Usd
    typical: Usd
    high: Usd
    currency: Currency = "USD"
    vendor: Name
    url: Text | None = None
    date: Day
    source: Name
    confidence: Confidence
    available: Count | None = None
    vat_included: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Rate of the tax that the price holds: 0.19 where a price of 119 is 100 net."""
    estimated: Names = ()
    notes: Text = ""

    @property
    def is_estimate(self) -> bool:
        """Whether nobody published the typical price."""
        return "typical" in self.estimated

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.typical <= self.high:
            raise ValueError("prices must be ordered low <= typical <= high")
        return self


class CurrencyRate(Record):
    """One unit of ``currency`` in US dollars on a day."""

    currency: Currency
    usd: Positive
    date: Day
    source: Name
    estimated: Names = ()


class CloudRate(Record):
    """A dated price of one rented accelerator-hour."""

    id: Annotated[str, Field(min_length=1, max_length=120)]
    provider: Name
    accelerator: Slug
    usd_per_gpu_hour: Positive
    term: Name
    date: Day
    source: Name
    confidence: Confidence
    notes: Text = ""
