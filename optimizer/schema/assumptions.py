"""Money assumptions that no price list states: defaults, support, failures, resale, licences."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from optimizer.schema.base import Name, NonNegative, Record, Share, Slugs, Sourced, Usd


class Assumption(Sourced):
    """What a request takes where it says nothing. ``id`` is the key that sets it.

    ``low`` and ``high`` are the range within which others put it.
    """

    unit: Name
    default: float | str
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is None or self.high is None or isinstance(self.default, str):
            return self
        if not self.low <= self.default <= self.high:
            raise ValueError("an assumption must be ordered low <= default <= high")
        return self


class Licence(Sourced):
    """Software paid by the accelerator and year.

    ``vendor`` is the maker of the accelerators that need it; ``included_with`` lists accelerators
    that are sold with it.
    """

    vendor: Name
    usd_per_accelerator_year: Usd
    included_with: Slugs = ()


class ByCondition(Record):
    """One rate per condition in which a part can be bought."""

    new: Share
    refurbished: Share
    used: Share
    owned: Share


class YearsByCondition(Record):
    """Years, per condition in which a part can be bought."""

    new: NonNegative
    refurbished: NonNegative
    used: NonNegative
    owned: NonNegative


class CostClass(Sourced):
    """What a class of components costs after it is bought.

    ``support_per_year`` and ``failures_per_year`` are shares of the price paid.
    ``residual`` is the share of the price of a new part that a sale brings after 0, 1, 2, ...
    years; between whole years it is interpolated, beyond the last it stays at the last. ``age`` is
    how old a part is when it is bought; ``warranty`` how long somebody else pays for repairs;
    ``null`` means not known.
    """

    kinds: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    support_per_year: ByCondition
    failures_per_year: ByCondition
    residual: Annotated[tuple[Share, ...], Field(strict=False, min_length=2, max_length=16)]
    age: YearsByCondition | None = None
    warranty: YearsByCondition | None = None
