"""One replica as the speed model sees it: what is served, on what, and how it is spread."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.physics.parameters import LlmShape
from optimizer.schema.formats import ComputeFormat, WeightFormat


@dataclass(frozen=True, slots=True)
class Link:
    """What joins the accelerators of a replica: rate per accelerator, one direction, 10^9 B/s."""

    fabric: str
    gb_s: float


@dataclass(frozen=True, slots=True)
class Serving:
    """One replica of an LLM on ``tensor`` x ``pipeline`` accelerators.

    Bytes are of the whole replica, as served. ``kv_window_bytes_per_token`` counts up to the window
    only. ``kv_split`` is over how many accelerators of a stage the KV cache divides.
    """

    shape: LlmShape
    weight_bytes: float
    expert_weight_bytes: float
    embedding_bytes: float
    kv_bytes_per_token: float
    kv_fixed_bytes: float
    kv_window_bytes_per_token: float
    kv_split: int
    compute: ComputeFormat
    weight_format: WeightFormat
    engine_family: str
    generation: str
    bandwidth_gb_s: float
    fp16_tflops: float
    fp8_tflops: float | None
    int8_tops: float | None
    fp4_tflops: float | None
    memory_class: str
    tensor: int
    pipeline: int
    link: Link
    stage_link: Link | None
    sparse_attention: bool = False
    """An indexer picks the keys (DeepSeek-V3.2, GLM-5): more kernels per layer."""
    expert: int = 1
    """Over how many groups the experts are dealt whole; inside a group each is cut."""
    data: int = 1
    """Over how many groups of the ``tensor`` accelerators attention is data-parallel: each group
    keeps all matrices but the routed experts, and the KV cache of its own sequences."""
