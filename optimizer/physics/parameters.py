"""Exact parameter counts of an LLM, and the shape that throughput is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from optimizer.physics.architecture import Layer, attention_of, embedding, head, layers_of, matrix
from optimizer.schema.llm import Llm


@dataclass(frozen=True, slots=True)
class LlmShape:
    """What the served LLM is made of, multi-token-prediction layers left out.

    ``parameters_active`` is what one token uses: all but the routed experts that it does not visit
    (published figures often leave the input embedding out). ``embedding_parameters`` is a table
    that is looked up, not read: 0 when it is the head too. KV caches are split over ``kv_heads``,
    at most: 1 for MLA. FLOPs per (query, key) pair are 2 · heads · (query-key + value dimension),
    summed over the layers with full attention, and over those with a sliding window.
    """

    parameters_total: int
    parameters_active: int
    embedding_parameters: int
    expert_parameters: int
    experts: int
    experts_per_token: int
    expert_width: int
    moe_layers: int
    layers: int
    hidden_size: int
    attention_heads: int
    kv_heads: int
    attention_flops_per_pair: float
    window_flops_per_pair: float
    window: int
    mla: bool
    parallel_block: bool


def _flops_per_pair(llm: Llm, layer: Layer) -> float:
    attention = attention_of(llm, layer.attention)
    if attention is not None:
        return 4.0 * attention.heads * attention.head_dim
    if layer.attention in "FW" and llm.mla is not None:
        m = llm.mla
        return 2.0 * m.heads * (m.nope_dim + m.rope_dim + m.value_dim)
    return 0.0


def _heads(llm: Llm) -> tuple[int, int]:
    """Attention heads, and heads over which the KV cache is split."""
    if llm.mla is not None:
        return llm.mla.heads, 1
    if llm.attention is None:
        return 1, 1
    used = [
        attention
        for letter in sorted(set(llm.attention_pattern) & set("FW"))
        if (attention := attention_of(llm, letter)) is not None
    ]
    return llm.attention.heads, max(a.kv_heads for a in used)


@lru_cache(maxsize=512)
def shape_of(llm: Llm) -> LlmShape:
    """Counts of one LLM. Raises MissingWidth when a width is not known."""
    layers = layers_of(llm)
    table = embedding(llm).parameters
    total = table + sum(layer.parameters for layer in layers)
    total += sum(part.parameters for part in head(llm))
    experts = sum(
        part.parameters for layer in layers for part in layer.parts if part.kind == "expert"
    )
    idle = 0
    if llm.moe is not None:
        idle = experts - experts * llm.moe.experts_per_token // llm.moe.experts
    heads, kv_heads = _heads(llm)
    return LlmShape(
        parameters_total=total,
        parameters_active=total - idle,
        embedding_parameters=0 if llm.tied_embeddings else table,
        expert_parameters=experts,
        experts=llm.moe.experts if llm.moe else 0,
        experts_per_token=llm.moe.experts_per_token if llm.moe else 0,
        expert_width=llm.moe.width if llm.moe else 0,
        moe_layers=sum(layer.ffn == "E" for layer in layers),
        layers=llm.layers,
        hidden_size=llm.hidden_size,
        attention_heads=heads,
        kv_heads=kv_heads,
        attention_flops_per_pair=sum(_flops_per_pair(llm, y) for y in layers if y.attention == "F"),
        window_flops_per_pair=sum(_flops_per_pair(llm, y) for y in layers if y.attention == "W"),
        window=llm.sliding_window.tokens if llm.sliding_window else 0,
        mla=llm.mla is not None,
        parallel_block=llm.parallel_block,
    )


def mtp_parameters(llm: Llm) -> int:
    """Parameters of the multi-token-prediction layers, which are not served.

    Each is one decoder layer like the last, a projection of two hidden states to one, and three
    norms; embedding and head are shared. Source: DeepSeek-V3 report (arXiv 2412.19437), 2.2.
    """
    if not llm.mtp_layers:
        return 0
    joint = matrix("dense", 2 * llm.hidden_size, llm.hidden_size).parameters
    each = layers_of(llm)[-1].parameters + joint + 3 * llm.hidden_size
    return llm.mtp_layers * each
