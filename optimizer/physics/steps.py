"""The cost of one forward step, as coefficients computed once per replica.

A ``Step`` holds seconds per token, per cached token and so on, so that a prediction costs a few
multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from optimizer.physics import kernels
from optimizer.physics.calibration import pick, read_share
from optimizer.physics.kernels import ALONE, Exchange
from optimizer.physics.serving import Link, Serving
from optimizer.schema.calibration import Calibration

__all__ = ["Link", "Serving", "Step", "fresh_step", "ideal_step_of", "step_of"]

MLA_ABSORBED = 3.4
"""FLOPs per pair of multi-head latent attention while decoding, over those of its prefill form.

(2 · 512 + 64) / (128 + 64 + 128) of DeepSeek-V3 (arXiv 2412.19437, table of hyperparameters): the
latent stands in for keys and values.
"""
HOST_OVERLAP = 4.0
"""How far a host that launches kernels one by one works beside them: 1 not at all, large fully.

Llama 2 70B on vLLM of 2023 takes 54 to 60 ms a token on 2 A100, where reading takes 50, and the
same 44 to 46 ms on 4 and on 8 (Splitwise profiles).
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Coefficients of one forward step through all layers, in seconds.

    ``missed`` is the chance that a token leaves an expert alone. ``pair_s`` is one query over one
    key in all full-attention layers, ``score_s`` what it adds where scores go through memory,
    ``between_token_s`` a token between the matrices. What has a default is lost on top of the
    roofline.
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
    decode_pair_factor: float
    pipeline: int
    data: int
    exponent: float = 16.0
    score_s: float = 0.0
    unpack_s: float = 0.0
    between_token_s: float = 0.0
    exchange: Exchange = ALONE
    sequence_s: float = 0.0
    fixed_s: float = 0.0
    host_s: float = 0.0
    first_token_s: float = 0.0
    prompt_chunk: int = 8192
    stages_busy: float = 1.0
    wait_steps: float = 0.0
    burst_share: float = 0.0
    request_s: float = 0.0

    def _base(self, tokens: float, sampled: float) -> float:
        """Weights, compute, communication and fixed time; ``sampled`` tokens pass the head."""
        read = self.dense_s + self.expert_s * (1.0 - float(self.missed**tokens))
        work = self.token_s * tokens + self.head_s * sampled
        p = self.exponent
        both = max(read, work) if p >= 16 else float((read**p + work**p) ** (1.0 / p))
        return both + self.between_token_s * tokens + self._exchange_s(tokens) + self.fixed_s

    def _exchange_s(self, tokens: float) -> float:
        """All-reduces of one step, by the way that takes less."""
        round_s, at_once, two_rounds = self.exchange
        return min(round_s + at_once * tokens, 2 * round_s + two_rounds * tokens)

    def _cache_s(self, tokens: float) -> float:
        """Attention of one new token over ``tokens`` cached ones: reading or computing."""
        inside = min(tokens, self.window)
        read = self.kv_token_s * tokens + self.kv_window_s * inside + self.kv_fixed_s
        work = self.pair_s * tokens * self.decode_pair_factor + self.window_pair_s * inside
        return max(read, work)

    def _prompt_pairs_s(self, tokens: float) -> float:
        """Causal attention inside a prompt: half of all pairs, or a band as wide as the window."""
        band = min(tokens, self.window)
        full = (self.pair_s + self.score_s) * tokens * tokens / 2
        return full + self.window_pair_s * (tokens - band / 2) * band

    def decode_s(self, sequences: float, mean_tokens: float) -> float:
        """One new token for each sequence."""
        per_sequence = self._cache_s(mean_tokens) + self.sequence_s
        busy = self._base(sequences, sequences) + sequences * per_sequence
        if not self.host_s:
            return busy
        return float((busy**HOST_OVERLAP + self.host_s**HOST_OVERLAP) ** (1.0 / HOST_OVERLAP))

    def prompt_s(self, tokens: float) -> float:
        """What one more prompt adds to steps that run anyway: compute and communication."""
        each = self.token_s + self.between_token_s + self.exchange.two_rounds_token_s
        each += self.unpack_s / self.prompt_chunk
        return each * tokens + self._prompt_pairs_s(tokens)

    def prefill_s(self, tokens: float, prompts: float = 1) -> float:
        """Prompts of equal length, together in one batch of their own, chunk by chunk.

        Chunks of a long prompt follow each other through the stages of a pipeline:
        1 + (chunks - 1) / stages passes instead of one per chunk. Of data-parallel groups, those
        without a prompt of their own wait for the others.
        """
        prompts = max(prompts, self.data)
        chunks = max(1.0, tokens * prompts / self.prompt_chunk)
        read = chunks * (self._base(tokens * prompts / chunks, prompts / chunks) + self.unpack_s)
        whole = read + prompts * self._prompt_pairs_s(tokens)
        whole *= (1.0 + (chunks - 1.0) / (self.pipeline * self.stages_busy)) / chunks
        return self.host_s + whole + prompts * self.sequence_s


@lru_cache(maxsize=65_536)
def ideal_step_of(s: Serving) -> Step:
    """What datasheet bandwidth and compute allow, nothing else lost."""
    peaks = [s.fp16_tflops, s.fp8_tflops, s.int8_tops, s.fp4_tflops]
    peak = max(p for p in peaks if p) * 1e12
    bandwidth = s.tensor * s.bandwidth_gb_s * 1e9
    return _roofline(s, (bandwidth, bandwidth), s.bandwidth_gb_s * 1e9, (peak, peak, peak), peak)


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
    read = (bandwidth * dense, bandwidth * expert * kernels.slice_share(s, cal))
    kv_read = s.bandwidth_gb_s * 1e9 * pick(cal.kv_read, s.memory_class) * overhead.kv_read
    rates = kernels.flop_rates(s, cal)
    ideal = _roofline(s, read, kv_read, rates, rates[2] * cal.attention_compute)
    hop_s, hop_token_s = kernels.hand_over(s, cal)
    host_s = kernels.fixed_us(s, cal) * 1e-6
    queue = overhead.queue or cal.queue
    return replace(
        ideal,
        exponent=cal.exponent,
        score_s=kernels.score_s(s, cal, kv_read),
        unpack_s=kernels.unpack_s(s, cal, bandwidth),
        between_token_s=kernels.between_s(s, cal) + hop_token_s,
        exchange=kernels.exchange(s, cal),
        sequence_s=overhead.sequence_us * 1e-6,
        fixed_s=hop_s if overhead.eager else host_s + hop_s,
        host_s=host_s if overhead.eager else 0.0,
        first_token_s=overhead.first_token_us * 1e-6,
        prompt_chunk=overhead.prompt_chunk,
        stages_busy=kernels.stages_busy(s, cal),
        wait_steps=queue.wait_steps,
        burst_share=queue.burst_share,
        request_s=queue.request_us * 1e-6,
    )


def _roofline(
    s: Serving,
    read: tuple[float, float],
    kv_read: float,
    flop_s: tuple[float, float, float],
    attention_flop_s: float,
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
        pipeline=s.pipeline,
        data=s.data,
    )
