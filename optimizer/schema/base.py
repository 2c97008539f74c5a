"""The common shape of every record: strict, frozen, bounded, and with its provenance.

Bounds are part of the types, so that a hostile or mistyped file fails at the door instead of
overflowing an integer in the solver.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2_000)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+_-]*$", max_length=80)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]
"""A date as ``YYYY-MM-DD``, or ``YYYY-MM`` where the source names only the month."""

Watts = Annotated[int, Field(ge=0, le=1_000_000)]
Mib = Annotated[int, Field(ge=0, le=100_000_000)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
NonNegative = Annotated[float, Field(ge=0, le=1e9)]
Share = Annotated[float, Field(ge=0, le=1)]
Usd = Annotated[float, Field(ge=0, le=1e9)]

Slugs = Annotated[tuple[Slug, ...], Field(strict=False)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]

Condition = Literal["new", "refurbished", "used", "owned"]
Confidence = Literal["high", "medium", "low"]
PricePoint = Literal["low", "typical", "high"]


class Record(BaseModel):
    """A strict, frozen mapping: unknown keys and wrong types are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True
    )

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated again (``model_copy`` does not validate)."""
        return type(self).model_validate({**self.__dict__, **changes})


class Sourced(Record):
    """A record whose numbers say where they come from.

    ``sources`` maps a field name, or ``default`` for all others, to ``<source key>#<where>``; the
    keys are defined under ``catalog/sources/``. ``estimated`` names the fields that are nobody's
    published figure: every answer that rests on one lists it.
    """

    id: Slug
    name: Name
    aliases: Names = ()
    notes: Text = ""
    sources: dict[str, str] = Field(default_factory=dict)
    estimated: Names = ()


class Source(Record):
    """Where figures come from: a datasheet, a paper, a price list."""

    title: Name
    publisher: Name
    url: Text | None = None
    date: Annotated[str, Field(max_length=60)]
    confidence: Confidence = "medium"
    own_estimate: bool = False
    """Judgement of this catalog: nobody else published these figures."""
    note: Text = ""
