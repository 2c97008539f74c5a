"""The cost of one forward step, as coefficients computed once per replica.

A ``Step`` holds seconds per token, per cached token, per layer and so on, so that predicting costs
a few multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from optimizer.physics.calibration import compute_share, fabric_of, overhead_of, pick
from optimizer.physics.parameters import LlmShape
from optimizer.schema.calibration import Calibration
from optimizer.schema.formats import ComputeFormat, WeightFormat

MLA_ABSORBED = 3.4
"""Decode FLOPs per pair of multi-head latent attention over those of its prefill form.

(2 · 512 + 64) / (128 + 64 + 128) of DeepSeek-V3 (arXiv 2412.19437): the latent stands in for
keys and values.
"""
ALL_REDUCES_PER_LAYER = 2
ACTIVATION_BYTES = 2


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


@dataclass(frozen=True, slots=True)
class Step:
    """Coefficients of one forward step through all layers, in seconds."""

    dense_s: float
    expert_s: float
    miss: float
    token_s: float
    kv_token_s: float
    kv_window_s: float
    kv_fixed_s: float
    window: int
    pair_s: float
    window_pair_s: float
    decode_pair_factor: float
    communication_token_s: float
    sequence_s: float
    fixed_s: float
    exponent: float

    def _base(self, tokens: float) -> float:
        """Weights, compute, communication and fixed time of ``tokens`` tokens."""
        read = self.dense_s + self.expert_s * (1.0 - float(self.miss**tokens))
        work = self.token_s * tokens
        p = self.exponent
        both = max(read, work) if p >= 16 else float((read**p + work**p) ** (1.0 / p))
        return both + self.communication_token_s * tokens + self.fixed_s

    def _cache_s(self, tokens: float) -> float:
        """Attention of one new token over ``tokens`` cached ones: reading or computing."""
        inside = min(tokens, self.window)
        read = self.kv_token_s * tokens + self.kv_window_s * inside + self.kv_fixed_s
        work = self.pair_s * tokens * self.decode_pair_factor + self.window_pair_s * inside
        return max(read, work)

    def _prompt_pairs_s(self, tokens: float) -> float:
        """Causal attention inside a prompt: half of all pairs, or a band as wide as the window."""
        band = min(tokens, self.window)
        return self.pair_s * tokens * tokens / 2 + self.window_pair_s * (tokens - band / 2) * band

    def decode_s(self, sequences: float, mean_tokens: float) -> float:
        """One new token for each sequence."""
        per_sequence = self._cache_s(mean_tokens) + self.sequence_s
        return self._base(sequences) + sequences * per_sequence

    def prefill_s(self, prompt_tokens: float) -> float:
        """One prompt alone."""
        return self._base(prompt_tokens) + self._prompt_pairs_s(prompt_tokens) + self.sequence_s

    def mixed_s(self, sequences: float, input_tokens: float, output_tokens: float) -> float:
        """An average step of continuous batching: decode, and its share of prefill."""
        tokens = sequences * (1.0 + input_tokens / output_tokens)
        mean = input_tokens + output_tokens / 2
        per_sequence = (
            self._cache_s(mean)
            + self.sequence_s
            + self._prompt_pairs_s(input_tokens) / output_tokens
        )
        return self._base(tokens) + sequences * per_sequence


def _peak_flop_s(s: Serving) -> float:
    """Dense peak of the format in which GEMMs compute; 16 bits where the card lacks it."""
    peak = {"fp8": s.fp8_tflops, "int8": s.int8_tops, "fp4": s.fp4_tflops}.get(s.compute)
    return (peak or s.fp16_tflops) * 1e12


@lru_cache(maxsize=65_536)
def step_of(s: Serving, cal: Calibration | None) -> Step:
    """Coefficients of a replica; without a calibration, the ideal that datasheets allow."""
    shape, t = s.shape, s.tensor
    bandwidth = s.bandwidth_gb_s * 1e9
    read = kv_read = mfu = attention = expert_read = expert_compute = 1.0
    exponent, fixed, sequence_s, link_s = 16.0, 0.0, 0.0, 0.0
    if cal is not None:
        overhead = overhead_of(cal, s.engine_family)
        read = pick(cal.weight_read, s.generation, s.memory_class) * overhead.weight_read
        read *= pick(cal.weight_format, s.weight_format)
        kv_read = pick(cal.kv_read, s.generation, s.memory_class)
        mfu = compute_share(cal, s.generation, s.compute)
        attention = cal.attention_compute * compute_share(cal, s.generation, "fp16")
        expert_read, expert_compute = cal.expert_read, cal.expert_compute
        exponent = cal.exponent
        layer_us = overhead.layer_us + (cal.mla_layer_us if shape.mla else 0.0)
        fixed = shape.layers * layer_us + shape.moe_layers * cal.moe_layer_us + overhead.step_us
        sequence_s = overhead.sequence_us * 1e-6
        delay_us, link_s = _communication(s, cal)
        fixed = (fixed + delay_us) * 1e-6
    flop_s = _peak_flop_s(s) * mfu * t
    routed = _routed_share(shape)
    active = shape.parameters_active - shape.embedding_parameters
    return Step(
        dense_s=(s.weight_bytes - s.embedding_bytes - s.expert_weight_bytes)
        / (t * bandwidth * read),
        expert_s=s.expert_weight_bytes / (t * bandwidth * read * expert_read),
        miss=1.0 - (shape.experts_per_token / shape.experts if shape.experts else 1.0),
        token_s=2.0 * active * (1.0 - routed + routed / expert_compute) / flop_s,
        kv_token_s=s.kv_bytes_per_token / (s.kv_split * bandwidth * kv_read),
        kv_window_s=s.kv_window_bytes_per_token / (s.kv_split * bandwidth * kv_read),
        kv_fixed_s=s.kv_fixed_bytes / (t * bandwidth * kv_read),
        window=shape.window,
        pair_s=shape.attention_flops_per_pair / (t * s.fp16_tflops * 1e12 * attention),
        window_pair_s=shape.window_flops_per_pair / (t * s.fp16_tflops * 1e12 * attention),
        decode_pair_factor=MLA_ABSORBED if shape.mla else 1.0,
        communication_token_s=link_s,
        sequence_s=sequence_s,
        fixed_s=fixed,
        exponent=exponent,
    )


def _routed_share(shape: LlmShape) -> float:
    """Share of the active parameters that lies in routed experts."""
    if not shape.experts:
        return 0.0
    routed = shape.expert_parameters * shape.experts_per_token / shape.experts
    return routed / (shape.parameters_active - shape.embedding_parameters)


def _communication(s: Serving, cal: Calibration) -> tuple[float, float]:
    """Fixed microseconds per step, and seconds per token: all-reduces and stage hand-overs."""
    delay_us, token_s = 0.0, 0.0
    size = s.shape.hidden_size * ACTIVATION_BYTES
    if s.tensor > 1:
        fabric = fabric_of(cal, s.link.fabric)
        count = ALL_REDUCES_PER_LAYER * s.shape.layers
        delay_us += count * fabric.latency_us
        moved = 2.0 * (s.tensor - 1) / s.tensor * size
        token_s += count * moved / (s.link.gb_s * 1e9 * fabric.efficiency)
    if s.pipeline > 1:
        link = s.stage_link or s.link
        fabric = fabric_of(cal, link.fabric)
        delay_us += (s.pipeline - 1) * fabric.latency_us
        token_s += (s.pipeline - 1) * size / (link.gb_s * 1e9 * fabric.efficiency)
    return delay_us, token_s
