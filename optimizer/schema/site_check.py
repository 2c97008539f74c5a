"""An existing build judged against a site: limit by limit, without the solver."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.schema.base import Record
from optimizer.schema.build import LimitUse


class LimitVerdict(LimitUse):
    """One limit of the site, and whether the build keeps it."""

    holds: bool


class SiteCheck(Record):
    """What ``optimize site check`` prints. ``volts`` is the mains at which most limits hold."""

    schema_version: Literal["1"] = "1"
    site: str
    build: str
    volts: int
    fits: bool
    limits: Annotated[tuple[LimitVerdict, ...], Field(strict=False)]
    notes: Annotated[tuple[str, ...], Field(strict=False)] = ()
