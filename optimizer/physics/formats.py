"""Bytes of weights in each format: which tensors are quantised, and what their scales cost.

What each format stores per weight, scales included:

- ``bf16``: 16 bits.
- ``fp8``: 8 bits; a 32-bit scale per 128 x 128 block where the LLM is published so (DeepSeek-V3,
  arXiv 2412.19437, section 3.3.2), else per output channel (vLLM documentation, "FP8 W8A8").
- ``int8``: 8 bits and a 32-bit scale per output channel (vLLM documentation, "INT8 W8A8").
- ``int4``: 4 bits, and a 16-bit scale and a 4-bit zero per 128 weights (AWQ, arXiv 2306.00978;
  GPTQ, arXiv 2210.17323; both with their usual group size).
- ``mxfp4``: 4 bits and an 8-bit scale per 32 (OCP Microscaling Formats 1.0, section 5.2).
- ``nvfp4``: 4 bits and an 8-bit scale per 16 (NVIDIA Model Optimizer, group size 16).
- ``gguf-*``: the mean over all matrices of Llama 3.1 8B (llama.cpp, tools/quantize/README.md).
  8.5008 and 6.5633 there include the vectors; the blocks themselves are 8.5 and 6.5625 bits.

Embeddings, heads, routers, norms and biases stay at 16 bits, as in the published checkpoints (the
``ignore`` lists of llm-compressor and Model Optimizer), but for GGUF, which quantises embeddings
and heads too and keeps routers and vectors in 32 bits.
"""

from __future__ import annotations

from functools import lru_cache

from optimizer.physics.architecture import Kind, Part, layers_of
from optimizer.schema.formats import KvFormat, WeightFormat
from optimizer.schema.llm import Llm

BITS: dict[WeightFormat, float] = {
    "bf16": 16.0,
    "fp8": 8.0,
    "int8": 8.0,
    "int4": 4 + (16 + 4) / 128,
    "mxfp4": 4 + 8 / 32,
    "nvfp4": 4 + 8 / 16,
    "gguf-q8_0": 8.5,
    "gguf-q6_k": 6.5625,
    "gguf-q5_k_m": 5.7036,
    "gguf-q4_k_m": 4.8944,
}
"""Bits per weight of a quantised matrix, group scales included, channel and block scales not."""

BLOCK = 128 * 128
SCALE_BYTES = 4
SIXTEEN_BITS = 2.0
THIRTY_TWO_BITS = 4.0

KV_BYTES: dict[KvFormat, float] = {"bf16": 2.0, "fp8": 1.0, "int8": 1.0625}
"""Per element. ``int8`` is stored in blocks of 32 with a 16-bit scale (llama.cpp ``q8_0``); engines
with one scale per head or tensor stay a little below."""


def is_quantised(llm: Llm, fmt: WeightFormat, kind: Kind) -> bool:
    """Whether matrices of this kind have the format; the others stay wide.

    MXFP4 checkpoints of LLMs published in it cover the experts only (gpt-oss model card). NVFP4
    checkpoints of LLMs with latent attention leave the attention out (Model Optimizer's
    ``hf_quant_config.json`` of DeepSeek-V3-0324-NVFP4).
    """
    if fmt == "bf16" or kind in ("router", "vector", "vision"):
        return False
    if fmt.startswith("gguf"):
        return True
    if kind in ("embedding", "head"):
        return False
    if fmt == "mxfp4" and llm.published_format == "mxfp4":
        return kind == "expert"
    if fmt == "nvfp4" and llm.mla is not None:
        return kind != "attention"
    return True


def part_bytes(llm: Llm, fmt: WeightFormat, part: Part) -> float:
    """Bytes of some tensors of one kind, with their scales."""
    if not is_quantised(llm, fmt, part.kind):
        gguf = fmt.startswith("gguf") and part.kind in ("router", "vector")
        return part.parameters * (THIRTY_TWO_BITS if gguf else SIXTEEN_BITS)
    size = part.parameters * BITS[fmt] / 8
    if fmt == "fp8" and llm.published_format == "fp8":
        return size + part.parameters / BLOCK * SCALE_BYTES
    if fmt in ("fp8", "int8"):
        return size + part.rows * SCALE_BYTES
    return size


@lru_cache(maxsize=4096)
def expert_bytes(llm: Llm, fmt: WeightFormat) -> float:
    """Bytes of all routed experts together; 0 for a dense LLM."""
    return sum(
        part_bytes(llm, fmt, part)
        for layer in layers_of(llm)
        for part in layer.parts
        if part.kind == "expert"
    )
