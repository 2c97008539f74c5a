"""Constants of the serving-speed model, and the error that they leave.

Every efficiency is a share of a datasheet figure, so it lies between 0 and 1 and no prediction can
pass the ceiling that the datasheet sets. Tables are keyed by accelerator generation, memory class,
format, fabric or engine; their key ``default`` serves what was never measured.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from optimizer.schema.base import Count, Name, Names, Record, Share, Sourced

Microseconds = Annotated[float, Field(ge=0, le=1e6)]
Efficiency = Annotated[float, Field(gt=0, le=1)]
ByKey = Annotated[dict[str, Efficiency], Field(min_length=1)]
Percent = Annotated[float, Field(ge=0, le=1000)]


class Fabric(Record):
    """What one all-reduce costs: ``latency_us`` each, and a share of the link's rate."""

    latency_us: Microseconds
    efficiency: Efficiency


class Queue(Record):
    """How a prompt waits under load, beside the queue for prefill itself."""

    wait_steps: Annotated[float, Field(ge=0, le=20)]
    """Decode steps that pass before the first token."""
    request_us: Microseconds = 0.0
    """What the server does for every request before it: receive, tokenise, schedule."""
    burst_share: Share
    """Of the prompts in flight, how many stand before a new one on average: a benchmark starts by
    sending all at once."""


class Overhead(Record):
    """Time of an engine that no roofline explains, and how far its kernels stay behind.

    ``layer_us`` is per layer and step, ``step_us`` per step, ``sequence_us`` per sequence in a
    step, ``first_token_us`` once per request (server, tokenizer, start of the prefill).
    """

    layer_us: Microseconds
    step_us: Microseconds
    sequence_us: Microseconds
    first_token_us: Microseconds
    hbm_read: Efficiency = 1.0
    """Of ``weight_read`` on HBM."""
    kv_read: Efficiency = 1.0
    """Of the table ``kv_read``."""
    compute: Efficiency = 1.0
    """Of the table ``compute``."""
    eager: bool = False
    """The host launches kernels one by one while the accelerators decode, so that about the longer
    of the two counts; otherwise (graphs, and always while prompts are read) both add up."""
    half_accumulation: bool = False
    """GEMMs accumulate in 16 bits, so that GeForce cards run at their full rate."""
    token_passes: Annotated[float, Field(ge=0, le=200)] = 0.0
    """Times that the hidden vector of a token passes through memory in each layer, between the
    matrices: norms, sums, conversions."""
    unpacks: bool = False
    """Quantised weights are unpacked to 16 bits in memory before a prompt is multiplied."""
    score_passes: Annotated[float, Field(ge=0, le=16)] = 0.0
    """Times that attention over a prompt writes or reads its scores in memory; 0 where kernels keep
    them on the chip (FlashAttention)."""
    prompt_chunk: Annotated[int, Field(ge=1, le=1_000_000)] = 8192
    """Tokens of a prompt that pass through a pipeline together."""
    queue: Queue | None = None
    """``null``: that of the calibration."""


Measure = Literal[
    "output",
    "time per token",
    "decode",
    "first token",
    "first token under load",
    "loose",
    "loose first token",
]
"""What is predicted: output per second under load, time per token there, decoding of one user, the
first token of prompts that do not queue, and of those that do; ``loose`` where the load itself is
not known well (arrivals, bursts, lengths or layouts that nobody published)."""


class Band(Record):
    """Held-out errors of one class of predictions: four of five lie between low and high.

    Fractions of the predicted speed (for times, of its reciprocal): 0.2 and 0.3 mean that the
    measurement is at most 20 % slower and 30 % faster.
    """

    measure: Measure = "output"
    engine_seen: bool
    generation_seen: bool
    low: Share
    high: Annotated[float, Field(ge=0, le=10)]
    rows: Count


class LeftError(Record):
    """What the fit leaves on one measure, over ``rows`` measurements, in per cent.

    ``held_out_*``: each group of source and LLM predicted by constants fitted without it.
    """

    measure: Name
    kind: Literal["dense", "moe", "all"]
    rows: Count
    mape_pct: Percent
    median_pct: Percent
    p90_pct: Percent | None = None
    """90th percentile."""
    held_out_mape_pct: Percent
    held_out_median_pct: Percent
    held_out_p90_pct: Percent | None = None


class Calibration(Sourced):
    """One set of constants, shared by all LLMs.

    ``weight_read`` and ``kv_read`` are shares of peak bandwidth (keys: generation on HBM, else the
    memory class), ``compute`` of the dense peak (generation, or generation-memory class -> format
    in which GEMMs compute). ``weight_format`` and ``expert_format`` multiply ``weight_read`` for
    the matrices that every token uses, and for routed experts; ``fp8/fp16`` means stored in FP8,
    computed in 16 bits.
    """

    date: Name
    weight_read: ByKey
    kv_read: ByKey
    weight_format: ByKey
    expert_format: ByKey
    compute: dict[str, ByKey]
    attention_compute: Efficiency
    """Of ``compute`` in 16 bits."""
    expert_compute: Efficiency
    """Of ``compute``, for routed experts."""
    fabrics: dict[str, Fabric]
    engines: dict[str, Overhead]
    expert_slice: Annotated[float, Field(ge=0, le=2000)]
    moe_layer_us: Microseconds
    mla_layer_us: Microseconds
    sparse_attention_layer_us: Microseconds
    pipeline_efficiency: Efficiency
    """Share of the time in which the stages of a pipeline work, under load."""
    exponent: Annotated[float, Field(ge=1, le=16)]
    """How weight reading and computing overlap: 1 not at all, large fully."""
    queue: Queue
    bands: Annotated[tuple[Band, ...], Field(strict=False, min_length=1)]
    errors: Annotated[tuple[LeftError, ...], Field(strict=False)]
    seen_generations: Names
    seen_engines: Names
    seen_pipelines: Names
    """Engines whose pipeline parallelism was among the measurements."""

    def __hash__(self) -> int:
        """By id, so that what is computed with a calibration can be cached."""
        return hash(self.id)

    @model_validator(mode="after")
    def _check_defaults(self) -> Self:
        """Every table serves what it does not name."""
        for name in ("weight_read", "kv_read", "weight_format", "expert_format", "compute"):
            if "default" not in getattr(self, name):
                raise ValueError(f"{name} needs an entry 'default'")
        for name in ("fabrics", "engines"):
            if "default" not in getattr(self, name):
                raise ValueError(f"{name} needs an entry 'default'")
        for generation, row in self.compute.items():
            if "default" not in row:
                raise ValueError(f"compute.{generation} needs an entry 'default'")
        return self
