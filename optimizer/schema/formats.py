"""Number formats: how weights and the KV cache are stored, and in what GEMMs compute."""

from __future__ import annotations

from typing import Literal

WeightFormat = Literal[
    "bf16",
    "fp8",
    "int8",
    "int4",
    "mxfp4",
    "nvfp4",
    "gguf-q8_0",
    "gguf-q6_k",
    "gguf-q5_k_m",
    "gguf-q4_k_m",
]
"""``int4`` is AWQ/GPTQ with group scales (group 128); ``gguf-*`` are llama.cpp types."""

KvFormat = Literal["bf16", "fp8", "int8"]
ComputeFormat = Literal["fp16", "fp8", "int8", "fp4"]

FOUR_BITS: tuple[WeightFormat, ...] = ("int4", "mxfp4", "nvfp4", "gguf-q4_k_m")

EIGHT_BITS_OR_BETTER: tuple[WeightFormat, ...] = ("bf16", "fp8", "int8", "gguf-q8_0")
"""What a request admits when it names no format (beside the format an LLM is published in)."""


def default_weights(published: WeightFormat) -> tuple[WeightFormat, ...]:
    """Formats admitted when none is named: 8 bits or better, or as the LLM is published.

    An LLM trained in 4 bits is served in them: nobody ships it in 8.
    """
    if published in FOUR_BITS:
        return (published,)
    return tuple(dict.fromkeys((*EIGHT_BITS_OR_BETTER, published)))
