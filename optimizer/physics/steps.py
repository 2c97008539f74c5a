"""The cost of one forward step, as coefficients computed once per replica.

A ``Step`` holds seconds per token, per cached token and so on, so that a prediction costs a few
multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from optimizer.physics.calibration import compute_share, pick, read_share
from optimizer.physics.parameters import LlmShape
from optimizer.schema.calibration import Calibration, Overhead, Queue
from optimizer.schema.formats import ComputeFormat, WeightFormat

MLA_ABSORBED = 3.4
"""FLOPs per pair of multi-head latent attention while decoding, over those of its prefill form.

(2 · 512 + 64) / (128 + 64 + 128) of DeepSeek-V3 (arXiv 2412.19437, table of hyperparameters): the
latent stands in for keys and values.
"""
ALL_REDUCES_PER_LAYER = 2
"""After attention and after the feed-forward block (Megatron-LM, arXiv 1909.08053); one where both
run side by side. Where attention is data-parallel, tokens are gathered for the experts and
scattered again, which moves as much as one all-reduce, and only groups of several accelerators
reduce the attention."""
ACTIVATION_BYTES = 2
HOST_OVERLAP = 4.0
"""How far a host that launches kernels one by one works beside them: 1 not at all, large fully.

Llama 2 70B on vLLM of 2023 takes 54 to 60 ms a token on 2 A100, where reading takes 50, and the
same 44 to 46 ms on 4 and on 8 (Splitwise profiles).
"""
SCORE_BYTES = 4
"""Of one score where attention keeps them in memory: 32 bits (llama.cpp, ``GGML_PREC_F32``)."""
WIDE = 1.5
"""Bytes per parameter above which the dense matrices of a quantised LLM are 16 bits wide."""


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


@dataclass(frozen=True, slots=True)
class Step:
    """Coefficients of one forward step through all layers, in seconds.

    ``missed`` is the chance that a token leaves an expert alone. ``pair_s`` is one query over one
    key in all full-attention layers.
    """

    dense_s: float
    expert_s: float
    missed: float
    token_s: float
    head_s: float
    kv_token_s: float
    kv_window_s: float
    kv_fixed_s: float
    window: int
    pair_s: float
    window_pair_s: float
    score_s: float
    unpack_s: float
    slowest_stage: float
    decode_pair_factor: float
    communication_token_s: float
    latency_s: float
    one_shot_token_s: float
    two_shot_token_s: float
    sequence_s: float
    fixed_s: float
    host_s: float
    first_token_s: float
    exponent: float
    pipeline: int
    prompt_chunk: int
    data: int
    stages_busy: float
    wait_steps: float
    burst_share: float
    request_s: float

    def _base(self, tokens: float, sampled: float) -> float:
        """Weights, compute, communication and fixed time; ``sampled`` tokens pass the head."""
        read = self.dense_s + self.expert_s * (1.0 - float(self.missed**tokens))
        work = self.token_s * tokens + self.head_s * sampled
        p = self.exponent
        both = max(read, work) if p >= 16 else float((read**p + work**p) ** (1.0 / p))
        return both + self.communication_token_s * tokens + self._exchange(tokens) + self.fixed_s

    def _exchange(self, tokens: float) -> float:
        """All-reduces of one step: everything to everyone at once, or in two rounds."""
        once = self.latency_s + self.one_shot_token_s * tokens
        return min(once, 2 * self.latency_s + self.two_shot_token_s * tokens)

    def _cache_s(self, tokens: float) -> float:
        """Attention of one new token over ``tokens`` cached ones: reading or computing."""
        inside = min(tokens, self.window)
        read = self.kv_token_s * tokens + self.kv_window_s * inside + self.kv_fixed_s
        work = self.pair_s * tokens * self.decode_pair_factor + self.window_pair_s * inside
        return max(read, work)

    def _prompt_pairs_s(self, tokens: float) -> float:
        """Causal attention inside a prompt: half of all pairs, or a band as wide as the window."""
        band = min(tokens, self.window)
        return (self.pair_s + self.score_s) * tokens * tokens / 2 + self.window_pair_s * (tokens - band / 2) * band

    def decode_s(self, sequences: float, mean_tokens: float) -> float:
        """One new token for each sequence."""
        per_sequence = self._cache_s(mean_tokens) + self.sequence_s
        busy = self._base(sequences, sequences) + sequences * per_sequence
        if not self.host_s:
            return busy
        return float((busy**HOST_OVERLAP + self.host_s**HOST_OVERLAP) ** (1.0 / HOST_OVERLAP))

    def prompt_s(self, tokens: float) -> float:
        """What one more prompt adds to steps that run anyway: compute and communication."""
        each = self.token_s + self.communication_token_s + self.two_shot_token_s
        each += self.unpack_s / self.prompt_chunk
        return each * tokens + self._prompt_pairs_s(tokens)

    def prefill_s(self, tokens: float, prompts: float = 1) -> float:
        """Prompts of equal length, together in one batch of their own, chunk by chunk.

        Chunks of a long prompt follow each other through the stages of a pipeline:
        (chunks + stages - 1) stage times instead of chunks · stages. Of data-parallel groups, those
        without a prompt of their own wait for the others.
        """
        prompts = max(prompts, self.data)
        chunks = max(1.0, tokens * prompts / self.prompt_chunk)
        read = chunks * self._base(tokens * prompts / chunks, prompts / chunks)
        whole = read + chunks * self.unpack_s + prompts * self._prompt_pairs_s(tokens)
        whole *= (1 + (chunks - 1) * self.slowest_stage / self.stages_busy) / chunks
        return self.host_s + whole + prompts * self.sequence_s


@lru_cache(maxsize=65_536)
def ideal_step_of(s: Serving) -> Step:
    """What datasheet bandwidth and compute allow, nothing else lost."""
    peaks = [s.fp16_tflops, s.fp8_tflops, s.int8_tops, s.fp4_tflops]
    peak = max(p for p in peaks if p) * 1e12
    bandwidth = s.tensor * s.bandwidth_gb_s * 1e9
    return _step(s, (bandwidth, bandwidth), s.bandwidth_gb_s * 1e9, (peak, peak, peak), peak)


@lru_cache(maxsize=65_536)
def step_of(s: Serving, cal: Calibration) -> Step:
    """Coefficients of a replica; kept."""
    return fresh_step(s, cal)


def fresh_step(s: Serving, cal: Calibration) -> Step:
    """Coefficients of a replica, for a calibration that changes."""
    overhead = pick(cal.engines, s.engine_family)
    dense, expert = read_share(cal, s.generation, s.memory_class, s.weight_format, s.compute)
    bandwidth = s.tensor * s.bandwidth_gb_s * 1e9
    if s.memory_class == "hbm":
        bandwidth *= overhead.hbm_read
    kv_bandwidth = s.bandwidth_gb_s * 1e9 * pick(cal.kv_read, s.memory_class) * overhead.kv_read

    def rate(compute: str) -> float:
        share = compute_share(cal, s.generation, s.memory_class, compute) * overhead.compute
        return _peak_flop_s(s, compute, overhead) * share

    narrow = rate(s.compute if _has(s, s.compute) else "fp16")
    wide = rate("fp16")
    body = wide if _dense_is_wide(s) else narrow
    delay_us, link_token_s, exchange = _communication(s, cal)
    hidden_bytes = s.shape.hidden_size * ACTIVATION_BYTES * s.shape.layers / s.data
    link_token_s += overhead.token_passes * hidden_bytes / (s.bandwidth_gb_s * 1e9)
    unpack_s = 0.0
    if overhead.unpacks and s.weight_bytes < WIDE * s.shape.parameters_total:
        plain = s.shape.parameters_total - s.shape.embedding_parameters
        share = pick(cal.weight_read, s.generation if s.memory_class == "hbm" else s.memory_class)
        unpack_s = 2.0 * plain / (bandwidth * share)
    host_us = _fixed_us(s, cal, overhead)
    return _step(
        s,
        (bandwidth * dense, bandwidth * expert * _cut(s, cal)),
        kv_bandwidth,
        (body, narrow * cal.expert_compute, wide),
        wide * cal.attention_compute,
        score_s=_score_s(s, overhead, kv_bandwidth),
        unpack_s=unpack_s,
        fixed_s=(delay_us if overhead.eager else host_us + delay_us) * 1e-6,
        host_s=host_us * 1e-6 if overhead.eager else 0.0,
        sequence_s=overhead.sequence_us * 1e-6,
        first_token_s=overhead.first_token_us * 1e-6,
        communication_token_s=link_token_s,
        exchange=exchange,
        exponent=cal.exponent,
        prompt_chunk=overhead.prompt_chunk,
        stages_busy=cal.pipeline_efficiency,
        queue=overhead.queue or cal.queue,
    )


def _step(
    s: Serving,
    read: tuple[float, float],
    kv_read: float,
    flop_s: tuple[float, float, float],
    attention_flop_s: float,
    *,
    score_s: float = 0.0,
    unpack_s: float = 0.0,
    fixed_s: float = 0.0,
    host_s: float = 0.0,
    sequence_s: float = 0.0,
    first_token_s: float = 0.0,
    communication_token_s: float = 0.0,
    exchange: tuple[float, float, float] = (0.0, 0.0, 0.0),
    exponent: float = 16.0,
    prompt_chunk: int = 8192,
    stages_busy: float = 1.0,
    queue: Queue | None = None,
) -> Step:
    """Bytes and FLOPs over rates.

    ``read`` is bytes/s of dense and expert weights on all accelerators of a stage together; all
    other rates are of one: the KV cache, FLOP/s of dense matrices, experts and head, of attention.
    """
    shape, t = s.shape, s.tensor
    head = shape.embedding_parameters  # an untied head is as large as the embedding
    routed = 0.0
    missed = 0.0
    if shape.experts:
        missed = 1.0 - shape.experts_per_token / shape.experts
        routed = shape.expert_parameters * (1.0 - missed)
    body = shape.parameters_active - shape.embedding_parameters - head - routed
    kv = s.kv_split * kv_read
    return Step(
        score_s=score_s,
        unpack_s=unpack_s,
        slowest_stage=_slowest_stage(s),
        dense_s=s.data * (s.weight_bytes - s.embedding_bytes - s.expert_weight_bytes) / read[0],
        expert_s=s.expert_weight_bytes / read[1],
        missed=missed,
        token_s=2.0 * (body / flop_s[0] + routed / flop_s[1]) / t,
        head_s=2.0 * head / (t * flop_s[2]),
        kv_token_s=s.kv_bytes_per_token / kv,
        kv_window_s=s.kv_window_bytes_per_token / kv,
        kv_fixed_s=s.kv_fixed_bytes / (t * kv_read),
        window=shape.window,
        pair_s=shape.attention_flops_per_pair / (t * attention_flop_s),
        window_pair_s=shape.window_flops_per_pair / (t * attention_flop_s),
        decode_pair_factor=MLA_ABSORBED if shape.mla else 1.0,
        communication_token_s=communication_token_s,
        latency_s=exchange[0],
        one_shot_token_s=exchange[1],
        two_shot_token_s=exchange[2],
        sequence_s=sequence_s,
        fixed_s=fixed_s,
        host_s=host_s,
        first_token_s=first_token_s,
        exponent=exponent,
        pipeline=s.pipeline,
        prompt_chunk=prompt_chunk,
        data=s.data,
        stages_busy=stages_busy if s.pipeline > 1 else 1.0,
        wait_steps=queue.wait_steps if queue else 0.0,
        burst_share=queue.burst_share if queue else 0.0,
        request_s=queue.request_us * 1e-6 if queue else 0.0,
    )


def _has(s: Serving, compute: str) -> bool:
    """Whether the accelerator has this format; 16 bits stand in where it lacks it."""
    figures = {"fp8": s.fp8_tflops, "int8": s.int8_tops, "fp4": s.fp4_tflops}
    return compute == "fp16" or figures.get(compute) is not None


def _peak_flop_s(s: Serving, compute: str, overhead: Overhead) -> float:
    """Dense peak of a format, FLOP/s. A GeForce card halves 16 bits when it accumulates in 32."""
    peak = {"fp8": s.fp8_tflops, "int8": s.int8_tops, "fp4": s.fp4_tflops}.get(compute)
    if peak is None:
        peak = s.fp16_tflops
        if overhead.half_accumulation and s.int8_tops:
            peak = max(peak, s.int8_tops / 2)
    return peak * 1e12


def _dense_is_wide(s: Serving) -> bool:
    """Whether the matrices outside the routed experts stay at 16 bits (gpt-oss, NVFP4 with MLA)."""
    parameters = s.shape.parameters_total - s.shape.embedding_parameters - s.shape.expert_parameters
    size = s.weight_bytes - s.embedding_bytes - s.expert_weight_bytes
    return size > WIDE * parameters


def _cut(s: Serving, cal: Calibration) -> float:
    """Share of speed that experts keep when each accelerator holds a slice of their width."""
    if not s.shape.expert_width:
        return 1.0
    slice_width = s.shape.expert_width * s.expert / s.tensor
    return 1.0 / (1.0 + cal.expert_slice / slice_width)


def _score_s(s: Serving, overhead: Overhead, bandwidth: float) -> float:
    """Seconds per pair of query and key in which scores go to memory and come back."""
    heads = s.shape.layers * s.shape.attention_heads
    return overhead.score_passes * heads * SCORE_BYTES / (s.tensor * bandwidth)


def _slowest_stage(s: Serving) -> float:
    """Share of all layers in the longest stage of a pipeline: layers do not divide evenly."""
    return -(-s.shape.layers // s.pipeline) / s.shape.layers


def _fixed_us(s: Serving, cal: Calibration, overhead: Overhead) -> float:
    """Microseconds per step that depend on the number of layers only."""
    per_layer = overhead.layer_us
    if s.shape.mla:
        per_layer += cal.mla_layer_us
    if s.sparse_attention:
        per_layer += cal.sparse_attention_layer_us
    experts_us = s.shape.moe_layers * cal.moe_layer_us
    return s.shape.layers * per_layer + experts_us + overhead.step_us


def _communication(s: Serving, cal: Calibration) -> tuple[float, float, tuple[float,float,float]]:
    """Fixed microseconds per step, and seconds per token: all-reduces and stage hand-overs.

    A ring moves 2 (t - 1) / t of the message over each link (NCCL documentation, bus bandwidth).
    """
    delay_us, token_s, exchange = 0.0, 0.0, (0.0, 0.0, 0.0)
    size = s.shape.hidden_size * ACTIVATION_BYTES
    if s.tensor > 1:
        fabric = pick(cal.fabrics, s.link.fabric)
        once = s.shape.parallel_block or s.data == s.tensor
        count = (1 if once else ALL_REDUCES_PER_LAYER) * s.shape.layers
        each = count * size / (s.link.gb_s * 1e9 * fabric.efficiency)
        t = s.tensor
        exchange = (count * fabric.latency_us * 1e-6, (t - 1) * each, 2 * (t - 1) / t * each)
    if s.pipeline > 1:
        link = s.stage_link or s.link
        fabric = pick(cal.fabrics, link.fabric)
        delay_us += (s.pipeline - 1) * fabric.latency_us
        token_s += (s.pipeline - 1) * size / (link.gb_s * 1e9 * fabric.efficiency)
    return delay_us, token_s, exchange
