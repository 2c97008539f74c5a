"""Builds that are nearly as good as the best, and what each trades."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.schema.base import Record
from optimizer.schema.build import Build, ObjectiveValue
from optimizer.schema.request import Request

Feature = Literal["accelerator", "vendor", "condition", "platform", "nodes"]
"""What matters about a build: whose accelerators and which, new or used, in what, in how many."""


class Features(Record):
    """What tells one build from another.

    ``condition`` is of the accelerators, or of what holds them; ``platform`` is a kind, such as
    ``hgx``.
    """

    accelerator: str
    vendor: str
    condition: Annotated[tuple[str, ...], Field(strict=False)]
    platform: str
    nodes: int


class Alternative(Record):
    """One build. Differences are to the best one; ``differs`` says in what it is another build."""

    features: Features
    differs: Annotated[tuple[Feature, ...], Field(strict=False)]
    objective: float
    objective_gain: float
    """Improvement over the best, so at most zero: -0.03 is 3 % worse."""
    extra_capex_usd: float
    extra_tco_usd: float
    extra_peak_w: int
    extra_tok_s_per_user: float
    build: Build


class Alternatives(Record):
    """The best build and the best of those that differ from it, and from each other.

    ``status`` is that of the best build. ``complete``: the list is proven; either it has as many
    as were asked for, or no other build is within reach.
    """

    schema_version: Literal["1"] = "1"
    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    interrupted: bool = False
    objective: ObjectiveValue
    within: float
    """Share of the objective that may be given up."""
    least_differences: int
    complete: bool
    request: Request
    builds: Annotated[tuple[Alternative, ...], Field(strict=False)]
    """The best first, each no better than the one before."""
