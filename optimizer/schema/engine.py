"""Serving engines: what they run, on which hardware, and what memory they keep."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.schema.base import Mib, Name, Record, Share, Sourced
from optimizer.schema.components import Generation, Vendor
from optimizer.schema.formats import ComputeFormat, KvFormat, WeightFormat

Generations = Annotated[tuple[Generation, ...], Field(strict=False, min_length=1)]


class WeightSupport(Record):
    """One weight format on some accelerator generations, and in what its GEMMs compute."""

    format: WeightFormat
    generations: Generations
    compute: ComputeFormat


class KvSupport(Record):
    """One KV-cache format on some accelerator generations."""

    format: KvFormat
    generations: Generations


class Engine(Sourced):
    """A serving engine.

    ``usable_share`` is the part of an accelerator's memory that the engine may fill (vLLM:
    ``gpu_memory_utilization``). ``runtime_mib`` is what the context, libraries and captured graphs
    take on each accelerator; activations are computed from ``batched_tokens``.
    """

    family: Literal["vllm", "tensorrt-llm", "sglang", "llama.cpp", "exllamav2"]
    version: Name
    vendors: Annotated[tuple[Vendor, ...], Field(strict=False, min_length=1)]
    weights: Annotated[tuple[WeightSupport, ...], Field(strict=False, min_length=1)]
    kv: Annotated[tuple[KvSupport, ...], Field(strict=False, min_length=1)]
    tensor_parallel: bool
    """Splits layers over accelerators; the degree divides the attention heads."""
    pipeline_parallel: bool
    across_nodes: bool
    usable_share: Share
    max_sequences: Annotated[int, Field(ge=1, le=100_000)]
    batched_tokens: Annotated[int, Field(ge=1, le=1_000_000)]
    runtime_mib: Mib
    min_cuda: Name
    min_driver: Name
    container: Name
