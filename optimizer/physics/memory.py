"""Accelerator memory of a served LLM: weights, KV cache, activations, runtime.

Bytes are floats; what goes into a comparison is in MiB, needs rounded up and room down. "Per
accelerator" always means the fullest one: of the pipeline stages the largest for each part, so the
sum is on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

from optimizer.physics.architecture import Layer, attention_of, embedding, head, layers_of
from optimizer.physics.formats import KV_BYTES, SIXTEEN_BITS, part_bytes
from optimizer.schema.engine import Engine
from optimizer.schema.formats import KvFormat, WeightFormat
from optimizer.schema.llm import Llm

MIB = 1024**2
BLOCK_TOKENS = 16
"""Engines hand the KV cache out in blocks (vLLM ``--block-size`` on CUDA)."""
INDEXER_KEY_BYTES = 4
"""Scale beside each 8-bit indexer key of sparse attention, whatever the KV format (vLLM)."""
SPARSE_FP8_BYTES = 656
"""Latent 512 x 8 bits, four 32-bit scales, rope 64 x 16 bits: vLLM's ``fp8_ds_mla`` layout."""
STATE_BYTES = 4.0
"""Recurrent states are kept in 32 bits, convolution states in 16."""
SAMPLER_BYTES = 24
"""Per sequence and vocabulary entry while sampling with top-k and top-p: 32-bit logits, their
sorted copy, 64-bit indices, probabilities and their sum."""
SAMPLED_AT_LEAST = 256
"""vLLM profiles its memory with at least this many sequences unless told otherwise
(``--max-num-seqs`` defaults to 256, or 1,024 on accelerators of 70 GiB and more)."""


@dataclass(frozen=True, slots=True)
class AcceleratorMemory:
    """What the fullest accelerator needs (rounded up) and may use (rounded down), in MiB."""

    weights_mib: int
    kv_cache_mib: int
    activations_mib: int
    runtime_mib: int
    usable_mib: int


# Weights


@lru_cache(maxsize=4096)
def weights_bytes(llm: Llm, fmt: WeightFormat) -> float:
    """The whole served checkpoint, multi-token-prediction layers left out."""
    return weights_bytes_per_accelerator(llm, fmt, 1, 1)


def _share(split: str, kv_heads: int, tensor: int) -> float:
    """Part of a tensor that the fullest rank holds."""
    if split == "tensor":
        return 1 / tensor
    if split == "kv":
        return ceil(kv_heads / tensor) / kv_heads
    return 1.0


def _layer_bytes(llm: Llm, fmt: WeightFormat, layer: Layer, tensor: int) -> float:
    attention = attention_of(llm, layer.attention)
    kv_heads = attention.kv_heads if attention is not None else 1
    return sum(
        part_bytes(llm, fmt, part) * _share(part.split, kv_heads, tensor) for part in layer.parts
    )


@lru_cache(maxsize=65536)
def weights_bytes_per_accelerator(llm: Llm, fmt: WeightFormat, tensor: int, pipeline: int) -> float:
    """Weights on the fullest accelerator.

    Tensor parallelism cuts matrices, experts, embeddings and heads; norms and routers stay whole,
    KV projections are copied when there are more ranks than KV heads (Megatron-LM, arXiv
    1909.08053). A pipeline stage has at most ceil(layers / stages) layers; the first also holds the
    embedding (and the image encoder), the last the head, or the embedding again when it is tied.
    """
    layers = layers_of(llm)  # alike layers are one object, counted once
    known = {id(layer): layer for layer in layers}
    each = {key: _layer_bytes(llm, fmt, layer, tensor) for key, layer in known.items()}
    sizes = [each[id(layer)] for layer in layers]
    table = part_bytes(llm, fmt, embedding(llm)) / tensor
    first = table + llm.vision_parameters * SIXTEEN_BITS / tensor
    last = sum(part_bytes(llm, fmt, part) * _share(part.split, 1, tensor) for part in head(llm))
    if pipeline == 1:
        return first + sum(sizes) + last
    if llm.tied_embeddings:
        last += table
    length = ceil(llm.layers / pipeline)
    stages = [sum(sizes[i : i + length]) for i in range(llm.layers - length + 1)]
    return max(first + stages[0], stages[-1] + last, *stages)


# KV cache


@dataclass(frozen=True, slots=True)
class KvCosts:
    """KV bytes of some layers: per token, per token inside the window, per sequence."""

    full: float
    window: float
    fixed: float


def _kv_costs(llm: Llm, kv: KvFormat, letter: str, tensor: int) -> KvCosts:
    """KV bytes of one layer on one rank of a tensor-parallel group."""
    size = KV_BYTES[kv]
    attention = attention_of(llm, letter)
    if attention is not None:
        heads = ceil(attention.kv_heads / tensor)
        per_token = 2 * heads * attention.head_dim * size
        return KvCosts(0.0, per_token, 0.0) if letter == "W" else KvCosts(per_token, 0.0, 0.0)
    if letter in "FW" and llm.mla is not None:
        return KvCosts(_mla_bytes(llm, kv), 0.0, 0.0)
    if letter == "L" and llm.linear_attention is not None:
        a = llm.linear_attention
        mixed = 2 * a.key_heads * a.key_dim + a.value_heads * a.value_dim
        states = a.value_heads * a.key_dim * a.value_dim * STATE_BYTES
        return KvCosts(0.0, 0.0, (states + mixed * (a.kernel - 1) * SIXTEEN_BITS) / tensor)
    if letter == "M" and llm.mamba is not None:
        m = llm.mamba
        mixed = m.heads * m.head_dim + 2 * m.groups * m.state
        states = m.heads * m.head_dim * m.state * STATE_BYTES
        return KvCosts(0.0, 0.0, (states + mixed * (m.kernel - 1) * SIXTEEN_BITS) / tensor)
    return KvCosts(0.0, 0.0, 0.0)


def _mla_bytes(llm: Llm, kv: KvFormat) -> float:
    """Latent and rope part of one token in one layer, and its indexer key; whole on every rank."""
    m = llm.mla
    assert m is not None
    latent = (m.kv_rank + m.rope_dim) * KV_BYTES[kv]
    if m.indexer is None:
        return latent
    if kv == "fp8":
        latent = float(SPARSE_FP8_BYTES)
    return latent + m.indexer.head_dim + INDEXER_KEY_BYTES


@lru_cache(maxsize=65536)
def _stage_costs(llm: Llm, kv: KvFormat, tensor: int, pipeline: int) -> tuple[KvCosts, ...]:
    """The distinct costs of the pipeline stages that can be."""
    letters = [layer.attention for layer in layers_of(llm)]
    each = {letter: _kv_costs(llm, kv, letter, tensor) for letter in set(letters)}
    length = ceil(llm.layers / pipeline)
    found = set()
    for start in range(llm.layers - length + 1):
        costs = [each[letter] for letter in letters[start : start + length]]
        found.add(
            KvCosts(
                sum(c.full for c in costs),
                sum(c.window for c in costs),
                sum(c.fixed for c in costs),
            )
        )
    return tuple(sorted(found, key=lambda c: (c.full, c.window, c.fixed)))


def kv_bytes_per_token(llm: Llm, kv: KvFormat) -> float:
    """All layers that keep keys and values, windows not capped."""
    (whole,) = _stage_costs(llm, kv, 1, 1)
    return whole.full + whole.window


def kv_full_bytes_per_token(llm: Llm, kv: KvFormat) -> float:
    """The part of ``kv_bytes_per_token`` that grows with the whole sequence."""
    return _stage_costs(llm, kv, 1, 1)[0].full


def kv_window_bytes_per_token(llm: Llm, kv: KvFormat) -> float:
    """The part of ``kv_bytes_per_token`` that belongs to sliding-window layers."""
    return _stage_costs(llm, kv, 1, 1)[0].window


def kv_fixed_bytes(llm: Llm, kv: KvFormat) -> float:
    """States of linear-attention and Mamba layers of one sequence, whatever its length."""
    return _stage_costs(llm, kv, 1, 1)[0].fixed


def _blocks(tokens: int) -> int:
    """Tokens rounded up to whole blocks."""
    return -(-tokens // BLOCK_TOKENS) * BLOCK_TOKENS


@lru_cache(maxsize=65536)
def kv_bytes_per_sequence(
    llm: Llm, kv: KvFormat, tokens: int, tensor: int = 1, pipeline: int = 1
) -> float:
    """KV cache of one sequence of ``tokens`` tokens on the fullest accelerator.

    A window layer keeps its window and the block that is being filled. Heads are cut over at most
    as many ranks as there are KV heads; the latent of MLA is whole on every rank.
    """
    held = _blocks(tokens)
    kept = held
    if llm.sliding_window is not None:
        kept = min(held, _blocks(llm.sliding_window.tokens) + BLOCK_TOKENS)
    return max(
        c.full * held + c.window * kept + c.fixed for c in _stage_costs(llm, kv, tensor, pipeline)
    )


# Activations and runtime


def _mixer_elements(llm: Llm, letter: str, tensor: int) -> float:
    """Elements per token of queries, keys, values and the attention output on one rank."""
    attention = attention_of(llm, letter)
    if attention is not None:
        queries = attention.heads * (3 if attention.output_gate else 2)
        kv = 2 * ceil(attention.kv_heads / tensor)
        return attention.head_dim * (queries / tensor + kv)
    if letter in "FW" and llm.mla is not None:
        m = llm.mla
        return m.heads / tensor * (2 * m.nope_dim + m.rope_dim + 2 * m.value_dim)
    if letter == "L" and llm.linear_attention is not None:
        a = llm.linear_attention
        return (2 * a.key_heads * a.key_dim + 3 * a.value_heads * a.value_dim) / tensor
    if letter == "M" and llm.mamba is not None:
        return (3 * llm.mamba.heads * llm.mamba.head_dim) / tensor
    return 0.0


def _ffn_elements(llm: Llm, layer: Layer, tensor: int) -> float:
    """Elements per token between the matrices of a feed-forward block on one rank.

    Experts work on a permuted copy of each token per expert that it visits, and so for the output.
    """
    moe = llm.moe
    if layer.ffn == "E" and moe is not None:
        inner = moe.latent_size or llm.hidden_size
        shared = moe.shared_experts * (moe.shared_width or moe.width)
        routed = moe.experts_per_token * (2 * inner + moe.matrices * moe.width / tensor)
        return routed + moe.matrices * shared / tensor
    if layer.ffn == "D":
        width = max(llm.mlp_widths) if llm.mlp_widths else llm.mlp_width or 0
        return llm.mlp_matrices * width / tensor
    return 0.0


@lru_cache(maxsize=8192)
def _step_bytes(llm: Llm, batched_tokens: int, tensor: int) -> float:
    """Transient tensors of one step: four of the hidden size, and the widest of any layer."""
    widest = max(
        max(_mixer_elements(llm, layer.attention, tensor), _ffn_elements(llm, layer, tensor))
        for layer in set(layers_of(llm))
    )
    return batched_tokens * (4 * llm.hidden_size + widest) * SIXTEEN_BITS


def _sampled(engine: Engine, sequences: int) -> int:
    return max(min(SAMPLED_AT_LEAST, engine.max_sequences), sequences)


def activation_bytes(llm: Llm, engine: Engine, tensor: int, sequences: int = 0) -> float:
    """Peak of transient tensors on one accelerator: a full step and its sampling.

    The step has ``engine.batched_tokens`` tokens; sampling covers ``sequences`` sequences, at
    least the engine's usual number. Both are counted, because the allocator keeps what the one
    frees from the other. For a 70B LLM on 4 accelerators, 16,384 tokens and 1,024 sequences this
    gives 4.6 GiB, where vLLM reports 4.8 to 5.6 GiB for dense LLMs; for DeepSeek R1 on 8 it gives
    7.5 GiB, where vLLM reports 7.4 GiB for mixtures of experts.
    """
    step = _step_bytes(llm, engine.batched_tokens, tensor)
    return step + _sampled(engine, sequences) * llm.vocab_size * SAMPLER_BYTES


@lru_cache(maxsize=8192)
def _absorbed_bytes(llm: Llm, tensor: int, pipeline: int) -> float:
    """16-bit copies of MLA's up-projections, which engines fold into queries and outputs."""
    if llm.mla is None:
        return 0.0
    m = llm.mla
    each = m.heads / tensor * m.kv_rank * (m.nope_dim + m.value_dim) * SIXTEEN_BITS
    return each * ceil(llm.layers / pipeline)


def _mib(size: float) -> int:
    return ceil(round(size / MIB, 6))


@lru_cache(maxsize=65_536)
def _resident_mib(llm: Llm, fmt: WeightFormat, tensor: int, pipeline: int) -> tuple[int, int]:
    """Weights, and copies of some of them, whatever is served."""
    weights = _mib(weights_bytes_per_accelerator(llm, fmt, tensor, pipeline))
    return weights, _mib(_absorbed_bytes(llm, tensor, pipeline))


def _usable_mib(engine: Engine, vram_mib: int) -> int:
    return floor(round(vram_mib * engine.usable_share, 6))


def has_room(
    llm: Llm, engine: Engine, fmt: WeightFormat, *, tensor: int, pipeline: int, vram_mib: int
) -> bool:
    """Whether an accelerator has any room beside the weights and the engine."""
    resident = sum(_resident_mib(llm, fmt, tensor, pipeline))
    return resident + engine.runtime_mib < _usable_mib(engine, vram_mib)


def accelerator_memory(
    llm: Llm,
    engine: Engine,
    fmt: WeightFormat,
    kv: KvFormat,
    *,
    context: int,
    sequences: int,
    tensor: int,
    pipeline: int,
    vram_mib: int,
) -> AcceleratorMemory:
    """Memory of the fullest accelerator of one replica with ``sequences`` of ``context`` tokens."""
    per_sequence = kv_bytes_per_sequence(llm, kv, context, tensor, pipeline)
    weights, copies = _resident_mib(llm, fmt, tensor, pipeline)
    return AcceleratorMemory(
        weights_mib=weights,
        kv_cache_mib=_mib(sequences * per_sequence),
        activations_mib=_mib(activation_bytes(llm, engine, tensor, sequences)),
        runtime_mib=engine.runtime_mib + copies,
        usable_mib=_usable_mib(engine, vram_mib),
    )


def max_sequences(
    llm: Llm,
    engine: Engine,
    fmt: WeightFormat,
    kv: KvFormat,
    *,
    tokens: int,
    tensor: int,
    pipeline: int,
    vram_mib: int,
) -> int:
    """How many sequences of ``tokens`` tokens fit in one replica, at most the engine's cap.

    0 when not even one fits beside the weights.
    """
    if not has_room(llm, engine, fmt, tensor=tensor, pipeline=pipeline, vram_mib=vram_mib):
        return 0
    resident = sum(_resident_mib(llm, fmt, tensor, pipeline)) + engine.runtime_mib
    room = _usable_mib(engine, vram_mib) - resident
    each = kv_bytes_per_sequence(llm, kv, tokens, tensor, pipeline)

    def fits(count: int) -> bool:
        work = activation_bytes(llm, engine, tensor, count)
        return _mib(count * each) + _mib(work) <= room

    # Nearly linear: the answer is close to what the bytes say.
    step = activation_bytes(llm, engine, tensor, 0)
    guess = int((room * MIB - step) / each) if each else engine.max_sequences
    return _largest(fits, engine.max_sequences, guess)


def _largest(fits: Callable[[int], bool], cap: int, guess: int) -> int:
    """The largest count up to ``cap`` that fits, when fitting only gets harder; 0 if none does.

    Looked for in ever wider steps around a guess.
    """
    if not fits(1):
        return 0
    low, step = max(1, min(cap, guess)), 1
    while low > 1 and not fits(low):
        low, step = max(1, low - step), 2 * step
    high, step = low + 1, 1
    while high <= cap and fits(high):
        low, high, step = high, high + step, 2 * step
    high = min(high, cap + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
