"""Constants of the serving-speed model, and the error that they leave.

Every efficiency is a share of a datasheet figure, so it lies between 0 and 1 and no prediction can
pass the ceiling that the datasheet sets. Constants that differ between accelerators are keyed by
generation, by memory class or by fabric; the key ``default`` serves what was never measured.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from optimizer.schema.base import Count, Name, Names, Record, Share, Sourced

Microseconds = Annotated[float, Field(ge=0, le=1e6)]
Efficiency = Annotated[float, Field(gt=0, le=1)]
ByKey = Annotated[dict[str, Efficiency], Field(min_length=1)]
Metric = Literal[
    "offline throughput",
    "closed-loop TPOT",
    "closed-loop TTFT",
    "static TPOT",
    "static TTFT",
    "batch-1 decode",
    "all",
]


class Fabric(Record):
    """What one all-reduce costs: ``latency_us`` each, and a share of the link's rate."""

    latency_us: Microseconds
    efficiency: Efficiency


class Overhead(Record):
    """Time of an engine that no roofline explains: per layer, per step, per sequence in a step."""

    layer_us: Microseconds
    step_us: Microseconds
    sequence_us: Microseconds
    weight_read: Efficiency = 1.0
    """Of the weight-read efficiency that the best engines reach."""


class Band(Record):
    """Held-out errors of one class of predictions: four of five lie between low and high.

    Fractions of the prediction: 0.2 and 0.3 mean 20 % below to 30 % above it.
    """

    kind: Literal["dense", "moe"]
    engine_seen: bool
    generation_seen: bool
    low: Share
    high: Annotated[float, Field(ge=0, le=10)]


class LeftError(Record):
    """What the fit leaves on one metric, over ``rows`` measurements, in per cent."""

    metric: Metric
    kind: Literal["dense", "moe", "all"] = "all"
    rows: Count
    mape_pct: Annotated[float, Field(ge=0, le=1000)]
    median_pct: Annotated[float, Field(ge=0, le=1000)]
    held_out: bool
    """True when each group of source and LLM was predicted by constants fitted without it."""


class Calibration(Sourced):
    """One set of constants, shared by all LLMs.

    ``weight_read`` and ``kv_read`` are shares of peak bandwidth, ``compute`` of the dense peak of
    the format (generation -> format), ``weight_format`` multiplies ``weight_read`` for formats
    that are unpacked on the fly.
    """

    date: Name
    weight_read: ByKey
    kv_read: ByKey
    weight_format: ByKey
    compute: dict[str, ByKey]
    attention_compute: Efficiency
    expert_read: Efficiency
    """Of ``weight_read``, for routed experts."""
    expert_compute: Efficiency
    """Of ``compute``, for routed experts."""
    fabrics: dict[str, Fabric]
    engines: dict[str, Overhead]
    moe_layer_us: Microseconds
    mla_layer_us: Microseconds
    exponent: Annotated[float, Field(ge=1, le=16)]
    """How weight reading and computing overlap: 1 not at all, large fully."""
    bands: Annotated[tuple[Band, ...], Field(strict=False, min_length=1)]
    errors: Annotated[tuple[LeftError, ...], Field(strict=False)]
    seen_generations: Names
    seen_engines: Names

    def __hash__(self) -> int:
        """By id, so that what is computed with a calibration can be cached."""
        return hash(self.id)

    @model_validator(mode="after")
    def _check_defaults(self) -> Self:
        """Every table serves what it does not name."""
        for name in ("weight_read", "kv_read", "weight_format", "compute", "fabrics", "engines"):
            if "default" not in getattr(self, name):
                raise ValueError(f"{name} needs an entry 'default'")
        for generation, row in self.compute.items():
            if "default" not in row:
                raise ValueError(f"compute.{generation} needs an entry 'default'")
        return self
