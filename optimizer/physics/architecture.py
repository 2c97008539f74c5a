"""What an LLM's layers are made of: every tensor, its kind, and how tensor parallelism cuts it.

Counts follow the reference implementation (Hugging Face transformers), module by module; the
tests hold them against the models that it instantiates. Buffers (rotary tables, the correction
bias of DeepSeek's router) are no parameters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from optimizer.errors import InputError
from optimizer.schema.llm import Attention, Indexer, LinearAttention, Llm, Mamba, Mla, Moe

Kind = Literal["attention", "dense", "expert", "router", "vector", "embedding", "head", "vision"]
"""``vector`` is all that is no matrix: norms, biases, sinks, convolutions, state constants."""
Split = Literal["tensor", "kv", "none"]
"""Cut over all ranks, over as many as there are KV heads, or kept whole on every rank."""


class MissingWidth(InputError):
    """An LLM lacks a width without which its parameters cannot be counted."""


@dataclass(frozen=True, slots=True)
class Part:
    """Tensors of one kind that are cut the same way. ``rows`` are their output channels."""

    kind: Kind
    split: Split
    parameters: int
    rows: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One decoder layer: letters of its patterns, and its tensors."""

    attention: str
    ffn: str
    parts: tuple[Part, ...]

    @property
    def parameters(self) -> int:
        """All parameters of the layer."""
        return sum(part.parameters for part in self.parts)


def matrix(kind: Kind, inputs: int, outputs: int, split: Split = "tensor", count: int = 1) -> Part:
    """``count`` linear layers from ``inputs`` to ``outputs``, without their biases."""
    return Part(kind, split, inputs * outputs * count, outputs * count)


def vector(length: int, split: Split = "none") -> Part:
    """A norm, a bias, or another small tensor."""
    return Part("vector", split, length, 0)


def attention_parts(a: Attention, hidden: int) -> list[Part]:
    """Projections, biases and norms of multi-head or grouped-query attention."""
    q, kv = a.heads * a.head_dim, a.kv_heads * a.head_dim
    made = q * (2 if a.output_gate else 1)
    values = 2 if a.value_projection else 1
    parts = [
        matrix("attention", hidden, made),
        matrix("attention", hidden, kv, "kv", values),
        matrix("attention", q, hidden),
    ]
    if a.qkv_bias:
        parts += [vector(made, "tensor"), vector(values * kv, "kv")]
    if a.output_bias:
        parts.append(vector(hidden))
    if a.qk_norm == "head":
        parts.append(vector(2 * a.head_dim))
    elif a.qk_norm == "all-heads":
        parts += [vector(q, "tensor"), vector(kv, "kv")]
    if a.sinks:
        parts.append(vector(a.heads, "tensor"))
    return parts


def mla_parts(m: Mla, hidden: int) -> list[Part]:
    """Multi-head latent attention: down-projections are kept whole, up-projections are cut.

    Source: DeepSeek-V2 (arXiv 2405.04434), section 2.1, and the transformers implementation.
    """
    query = m.heads * (m.nope_dim + m.rope_dim)
    parts = [
        matrix("attention", hidden, m.kv_rank + m.rope_dim, "none"),
        vector(m.kv_rank),
        matrix("attention", m.kv_rank, m.heads * (m.nope_dim + m.value_dim)),
        matrix("attention", m.heads * m.value_dim, hidden),
    ]
    if m.q_rank is None:
        parts.append(matrix("attention", hidden, query))
    else:
        parts += [
            matrix("attention", hidden, m.q_rank, "none"),
            vector(m.q_rank),
            matrix("attention", m.q_rank, query),
        ]
    if m.indexer is not None:
        parts += indexer_parts(m.indexer, m.q_rank or hidden, hidden)
    return parts


def indexer_parts(i: Indexer, query_inputs: int, hidden: int) -> list[Part]:
    """The indexer of DeepSeek-V3.2: its own queries and keys, a LayerNorm, head weights."""
    return [
        matrix("attention", query_inputs, i.heads * i.head_dim, "none"),
        matrix("attention", hidden, i.head_dim, "none"),
        vector(2 * i.head_dim),
        matrix("router", hidden, i.heads, "none"),
    ]


def linear_attention_parts(a: LinearAttention, hidden: int) -> list[Part]:
    """Gated delta net: projections for q, k, v, gate and two gates per head; a convolution."""
    keys, values = a.key_heads * a.key_dim, a.value_heads * a.value_dim
    return [
        matrix("attention", hidden, 2 * keys + 2 * values),
        matrix("router", hidden, 2 * a.value_heads),
        vector((2 * keys + values) * a.kernel, "tensor"),
        vector(2 * a.value_heads, "tensor"),
        vector(a.value_dim),
        matrix("attention", values, hidden),
    ]


def mamba_parts(m: Mamba, hidden: int) -> list[Part]:
    """Mamba-2: one input projection, a convolution with bias, A, D and dt per head, a norm."""
    inner = m.heads * m.head_dim
    mixed = inner + 2 * m.groups * m.state
    return [
        matrix("attention", hidden, inner + mixed + m.heads),
        vector(mixed * (m.kernel + 1), "tensor"),
        vector(3 * m.heads, "tensor"),
        vector(inner, "tensor"),
        matrix("attention", inner, hidden),
    ]


def mlp_parts(kind: Kind, hidden: int, width: int, matrices: int, count: int = 1) -> list[Part]:
    """A feed-forward block: up (and gate) to ``width``, and down."""
    return [
        matrix(kind, hidden, width, count=(matrices - 1) * count),
        matrix(kind, width, hidden, count=count),
    ]


def moe_parts(moe: Moe, hidden: int) -> list[Part]:
    """Router, routed experts, shared experts, and the projections around a latent space."""
    inner = moe.latent_size or hidden
    parts = [matrix("router", hidden, moe.experts, "none")]
    parts += mlp_parts("expert", inner, moe.width, moe.matrices, moe.experts)
    if moe.latent_size is not None:
        parts += [
            matrix("dense", hidden, inner, "none"),
            matrix("dense", inner, hidden, "none"),
        ]
    if moe.shared_experts:
        width = moe.shared_width or moe.width
        parts += mlp_parts("dense", hidden, width, moe.matrices, moe.shared_experts)
    if moe.shared_gate:
        parts.append(matrix("router", hidden, 1, "none"))
    if moe.router_bias:
        parts.append(vector(moe.experts))
    if moe.expert_bias:
        parts.append(vector(moe.experts * (moe.matrices - 1) * moe.width, "tensor"))
        parts.append(vector(moe.experts * inner))
    if moe.expert_scale:
        parts.append(vector(moe.experts))
    return parts


def merged(parts: list[Part]) -> tuple[Part, ...]:
    """Parts of the same kind and cut, added up."""
    parameters: Counter[tuple[Kind, Split]] = Counter()
    rows: Counter[tuple[Kind, Split]] = Counter()
    for part in parts:
        parameters[part.kind, part.split] += part.parameters
        rows[part.kind, part.split] += part.rows
    return tuple(Part(*key, parameters[key], rows[key]) for key in sorted(parameters))


def ffn_letter(llm: Llm, index: int) -> str:
    """What feed-forward block the layer has."""
    if llm.ffn_pattern is not None:
        letter = llm.ffn_pattern[index % len(llm.ffn_pattern)]
    else:
        letter = "E" if llm.moe is not None else "D"
    if letter == "E" and llm.moe is not None and index < llm.moe.first_dense_layers:
        return "D"
    return letter


@lru_cache(maxsize=512)
def attention_of(llm: Llm, letter: str) -> Attention | None:
    """The grouped-query attention of layers with this letter, if they have one."""
    if letter == "W" and llm.sliding_window is not None and llm.sliding_window.attention:
        return llm.sliding_window.attention
    return llm.attention if letter in "FW" else None


def _mixer(llm: Llm, letter: str) -> list[Part]:
    attention = attention_of(llm, letter)
    if attention is not None:
        return attention_parts(attention, llm.hidden_size)
    if letter in "FW" and llm.mla is not None:
        return mla_parts(llm.mla, llm.hidden_size)
    if letter == "L" and llm.linear_attention is not None:
        return linear_attention_parts(llm.linear_attention, llm.hidden_size)
    if letter == "M" and llm.mamba is not None:
        return mamba_parts(llm.mamba, llm.hidden_size)
    return []


def _ffn(llm: Llm, letter: str, index: int) -> list[Part]:
    if letter == "E" and llm.moe is not None:
        return moe_parts(llm.moe, llm.hidden_size)
    if letter == "-":
        return []
    width = llm.mlp_widths[index] if llm.mlp_widths else llm.mlp_width
    if width is None:
        raise MissingWidth(f"{llm.id} has no mlp_width in the catalog", "Add it, or choose another")
    return mlp_parts("dense", llm.hidden_size, width, llm.mlp_matrices)


@lru_cache(maxsize=512)
def layers_of(llm: Llm) -> tuple[Layer, ...]:
    """Every decoder layer, in order. Raises MissingWidth."""
    norm = vector(llm.hidden_size * (2 if llm.norm_bias else 1))
    layers = []
    known: dict[tuple[str, str, int], Layer] = {}
    for index in range(llm.layers):
        attention = llm.attention_pattern[index % len(llm.attention_pattern)]
        ffn = ffn_letter(llm, index)
        key = (attention, ffn, llm.mlp_widths[index] if llm.mlp_widths else 0)
        if key not in known:
            parts = _mixer(llm, attention) + _ffn(llm, ffn, index)
            known[key] = Layer(attention, ffn, merged(parts + [norm] * _norms(llm, attention)))
        layers.append(known[key])
    return tuple(layers)


def _norms(llm: Llm, attention: str) -> int:
    """Norms of a layer; where layers differ, one without attention has none before it."""
    lost = bool(llm.mlp_widths) and attention == "-"
    return llm.norms_per_layer - lost


def embedding(llm: Llm) -> Part:
    """The input embedding; also the head when they are tied."""
    return Part("embedding", "tensor", llm.vocab_size * llm.hidden_size, llm.vocab_size)


def head(llm: Llm) -> tuple[Part, ...]:
    """What comes after the last layer: the final norm, and the head when it is its own."""
    norm = vector(llm.hidden_size * (2 if llm.norm_bias else 1))
    if llm.tied_embeddings:
        return (norm,)
    return (norm, Part("head", "tensor", llm.vocab_size * llm.hidden_size, llm.vocab_size))
