"""What kernels and links reach on one replica: rates, and the times that no roofline explains."""

from __future__ import annotations

from typing import NamedTuple

from optimizer.physics.calibration import compute_share, pick
from optimizer.physics.serving import Serving
from optimizer.schema.calibration import Calibration, Overhead

ALL_REDUCES_PER_LAYER = 2
"""After attention and after the feed-forward block (Megatron-LM, arXiv 1909.08053); one where both
run side by side. Where attention is data-parallel, tokens are gathered for the experts and
scattered again, which moves as much as one all-reduce, and only groups of several accelerators
reduce the attention."""
ACTIVATION_BYTES = 2
UNPACKED_BYTES = 2
SCORE_BYTES = 4
"""Of one score where attention keeps them in memory: 32 bits (llama.cpp, ``GGML_PREC_F32``)."""
WIDE = 1.5
"""Bytes per parameter above which the dense matrices of a quantised LLM are 16 bits wide."""


class Exchange(NamedTuple):
    """All-reduces of one step: seconds of each round, and per token by either way.

    Small messages go to everyone at once, (t - 1) of them over each link. Large ones take two
    rounds, scattered sums and gathered results, of which a link carries 2 (t - 1) / t (NCCL
    documentation, bus bandwidth; TensorRT-LLM, ``AllReduceStrategy``).
    """

    round_s: float = 0.0
    at_once_token_s: float = 0.0
    two_rounds_token_s: float = 0.0


ALONE = Exchange()
"""Of one accelerator: nothing to exchange."""


def flop_rates(s: Serving, cal: Calibration) -> tuple[float, float, float]:
    """FLOP/s of one accelerator on dense matrices, on routed experts, and in 16 bits."""
    overhead = pick(cal.engines, s.engine_family)

    def rate(compute: str) -> float:
        share = compute_share(cal, s.generation, s.memory_class, compute) * overhead.compute
        return _peak_flop_s(s, compute, overhead) * share

    narrow = rate(s.compute if _has(s, s.compute) else "fp16")
    wide = rate("fp16")
    return wide if _dense_is_wide(s) else narrow, narrow * cal.expert_compute, wide


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


def slice_share(s: Serving, cal: Calibration) -> float:
    """Share of their speed that experts keep when each accelerator holds a slice of their width."""
    if not s.shape.expert_width:
        return 1.0
    return 1.0 / (1.0 + cal.expert_slice * s.tensor / (s.expert * s.shape.expert_width))


def fixed_us(s: Serving, cal: Calibration) -> float:
    """Microseconds per step that depend on the number of layers only."""
    overhead = pick(cal.engines, s.engine_family)
    per_layer = overhead.layer_us
    if s.shape.mla:
        per_layer += cal.mla_layer_us
    if s.sparse_attention:
        per_layer += cal.sparse_attention_layer_us
    experts_us = s.shape.moe_layers * cal.moe_layer_us
    return s.shape.layers * per_layer + experts_us + overhead.step_us


def between_s(s: Serving, cal: Calibration) -> float:
    """Seconds per token in which its hidden vector passes through memory between the matrices.

    Tensor parallelism does not divide it: every accelerator works on the whole vector.
    """
    passes = pick(cal.engines, s.engine_family).token_passes
    size = s.shape.hidden_size * ACTIVATION_BYTES * s.shape.layers
    return passes * size / (s.data * s.bandwidth_gb_s * 1e9)


def score_s(s: Serving, cal: Calibration, bandwidth: float) -> float:
    """Seconds per pair of query and key in which scores go to memory and come back."""
    passes = pick(cal.engines, s.engine_family).score_passes
    heads = s.shape.layers * s.shape.attention_heads
    return passes * heads * SCORE_BYTES / (s.tensor * bandwidth)


def unpack_s(s: Serving, cal: Calibration, bandwidth: float) -> float:
    """Seconds per chunk of a prompt in which quantised weights are written out in 16 bits."""
    parameters = s.shape.parameters_total - s.shape.embedding_parameters
    packed = s.weight_bytes < WIDE * s.shape.parameters_total
    if not packed or not pick(cal.engines, s.engine_family).unpacks:
        return 0.0
    share = pick(cal.weight_read, s.generation if s.memory_class == "hbm" else s.memory_class)
    return UNPACKED_BYTES * parameters / (bandwidth * share)


def exchange(s: Serving, cal: Calibration) -> Exchange:
    """All-reduces of tensor parallelism."""
    t = s.tensor
    if t == 1:
        return ALONE
    fabric = pick(cal.fabrics, s.link.fabric)
    once = s.shape.parallel_block or s.data == t
    count = (1 if once else ALL_REDUCES_PER_LAYER) * s.shape.layers
    message = s.shape.hidden_size * ACTIVATION_BYTES
    each = count * message / (s.link.gb_s * 1e9 * fabric.efficiency)
    return Exchange(count * fabric.latency_us * 1e-6, (t - 1) * each, 2 * (t - 1) / t * each)


def hand_over(s: Serving, cal: Calibration) -> tuple[float, float]:
    """Seconds per step, and per token, between the stages of a pipeline."""
    link = s.stage_link or s.link
    fabric = pick(cal.fabrics, link.fabric)
    message = s.shape.hidden_size * ACTIVATION_BYTES
    hops = s.pipeline - 1
    token_s = message / (link.gb_s * 1e9 * fabric.efficiency)
    return hops * fabric.latency_us * 1e-6, hops * token_s


def stages_busy(s: Serving, cal: Calibration) -> float:
    """Share of time in which the stages of a pipeline work on average.

    They wait for the longest: layers do not always divide evenly.
    """
    if s.pipeline == 1:
        return 1.0
    longest = -(-s.shape.layers // s.pipeline)
    return cal.pipeline_efficiency * s.shape.layers / (s.pipeline * longest)
