"""Money assumptions that no price list states: support, failures, resale."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from optimizer.schema.base import Name, Record, Share, Sourced


class ByCondition(Record):
    """One rate per condition in which a part can be bought."""

    new: Share
    refurbished: Share
    used: Share
    owned: Share


class CostClass(Sourced):
    """What a class of components costs after it is bought.

    ``support_per_year`` and ``failures_per_year`` are shares of the price paid.
    ``residual`` is the share of the price paid that a sale brings after 0, 1, 2, ... years;
    between whole years it is interpolated, beyond the last it stays at the last.
    """

    kinds: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    support_per_year: ByCondition
    failures_per_year: ByCondition
    residual: Annotated[tuple[Share, ...], Field(strict=False, min_length=2, max_length=16)]
