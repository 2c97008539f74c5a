"""Serving speed against published measurements, the datasheet's ceiling, and common sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.catalog.reader import read_yaml
from optimizer.physics import memory, throughput
from optimizer.physics.formats import expert_bytes
from optimizer.physics.parameters import shape_of
from optimizer.physics.throughput import Link, Serving
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import Accelerator
from optimizer.schema.formats import KvFormat, WeightFormat
from optimizer.schema.llm import Llm

CATALOG = Path(__file__).parents[2] / "catalog"
PCIE4 = Link("pcie", 31.5)
NVLINK = Link("nvswitch", 300.0)


def entries(section: str) -> dict[str, Any]:
    paths = sorted((CATALOG / section).glob("*.yaml"))
    return {e["id"]: e for path in paths for e in read_yaml(path).data[section]}


LLMS = {i: Llm.model_validate(e) for i, e in entries("llms").items()}
CARDS = {i: Accelerator.model_validate(e) for i, e in entries("accelerators").items()}
CAL = Calibration.model_validate(entries("calibrations")["serving"])


def make_serving(
    llm: str = "llama-2-70b",
    card: str = "a100-sxm4-80gb",
    weights: WeightFormat = "bf16",
    kv: KvFormat = "bf16",
    tensor: int = 4,
    **changes: Any,
) -> Serving:
    """One replica, from the catalog's own figures."""
    c, shape = CARDS[card], shape_of(LLMS[llm])
    assert c.bandwidth_gb_s is not None
    assert c.fp16_tflops is not None
    compute = {"fp8": "fp8", "nvfp4": "fp4", "mxfp4": "fp4"}.get(weights, "fp16")
    link = PCIE4 if c.interface == "pcie" else Link("nvswitch", (c.nvlink_gb_s or 0) / 2)
    fields: dict[str, Any] = {
        "shape": shape,
        "weight_bytes": memory.weights_bytes(LLMS[llm], weights),
        "expert_weight_bytes": expert_bytes(LLMS[llm], weights),
        "embedding_bytes": 2.0 * shape.embedding_parameters,
        "kv_bytes_per_token": memory.kv_full_bytes_per_token(LLMS[llm], kv),
        "kv_fixed_bytes": memory.kv_fixed_bytes(LLMS[llm], kv),
        "kv_window_bytes_per_token": memory.kv_window_bytes_per_token(LLMS[llm], kv),
        "kv_split": min(tensor, shape.kv_heads),
        "compute": compute,
        "weight_format": weights,
        "engine_family": "vllm",
        "generation": c.generation,
        "bandwidth_gb_s": c.bandwidth_gb_s,
        "fp16_tflops": c.fp16_tflops,
        "fp8_tflops": c.fp8_tflops,
        "int8_tops": c.int8_tops,
        "fp4_tflops": c.fp4_tflops,
        "memory_class": "hbm" if c.memory_type.startswith("HBM") else "gddr",
        "tensor": tensor,
        "pipeline": 1,
        "link": link,
        "stage_link": None,
    }
    return Serving(**(fields | changes))


# Published measurements: batch-1 decode, tok/s

GPT_FAST = "gpt-fast README, 2024-09 (A100 at 330 W, prompt 5, output 200)"
LLAMA_BENCH = "XiongjieDai/GPU-Benchmarks-on-LLM-Inference, 2024-05 (tg 1024)"
BATCH1 = [
    ("llama-2-7b", "a100-sxm4-80gb", "bf16", 1, "gpt-fast", 104.9, GPT_FAST),
    ("llama-2-70b", "a100-sxm4-80gb", "bf16", 4, "gpt-fast", 38.01, GPT_FAST),
    ("llama-2-70b", "a100-sxm4-80gb", "bf16", 8, "gpt-fast", 62.5, GPT_FAST),
    ("mixtral-8x7b", "a100-sxm4-80gb", "bf16", 2, "gpt-fast", 96.67, GPT_FAST),
    ("llama-3-8b", "rtx-3090", "bf16", 1, "llama.cpp", 46.51, LLAMA_BENCH),
    ("llama-3-8b", "rtx-4090", "gguf-q4_k_m", 1, "llama.cpp", 127.74, LLAMA_BENCH),
]


@pytest.mark.parametrize(
    ("llm", "card", "weights", "tensor", "engine", "measured", "source"), BATCH1
)
def test_one_user_decodes_as_fast_as_measured(
    llm: str,
    card: str,
    weights: WeightFormat,
    tensor: int,
    engine: str,
    measured: float,
    source: str,
) -> None:
    s = make_serving(llm, card, weights, tensor=tensor, engine_family=engine)
    assert throughput.batch1_tok_s(s, 5, 200, CAL) == pytest.approx(measured, rel=0.2), source


# Time per output token in a closed loop, ms

INFERENCE_X = "SemiAnalysis InferenceX, by way of aiconfigurator silicon_sample.csv, 2026-04"
CLOSED_LOOP = [
    ("llama-3.1-70b-instruct", "h200-sxm-141gb", "fp8", "bf16", 4, "vllm", 16, 10.94),
    ("llama-3.1-70b-instruct", "h200-sxm-141gb", "fp8", "bf16", 4, "vllm", 64, 16.07),
    ("deepseek-r1", "h200-sxm-141gb", "fp8", "bf16", 8, "sglang", 4, 10.29),
    ("deepseek-r1", "h200-sxm-141gb", "fp8", "bf16", 8, "sglang", 64, 32.99),
    ("minimax-m2.5", "b200-sxm-180gb", "fp8", "bf16", 4, "vllm", 32, 12.15),
]


@pytest.mark.parametrize(
    ("llm", "card", "weights", "kv", "tensor", "engine", "sequences", "measured"), CLOSED_LOOP
)
def test_tokens_come_as_far_apart_as_measured(
    llm: str,
    card: str,
    weights: WeightFormat,
    kv: KvFormat,
    tensor: int,
    engine: str,
    sequences: int,
    measured: float,
) -> None:
    s = make_serving(llm, card, weights, kv, tensor, engine_family=engine)
    rates = throughput.closed_loop(s, sequences, 1024, 1024, CAL)
    assert rates.tpot_s * 1000 == pytest.approx(measured, rel=0.25), INFERENCE_X


# Offline throughput, tok/s (TensorRT-LLM performance overview)

OFFLINE = [
    ("llama-3.3-70b-instruct", "h200-sxm-141gb", 4, 8685.44, "0.20.0, 2025-06"),
    ("llama-3.3-70b-instruct", "h100-sxm-80gb", 8, 11018.81, "0.20.0, 2025-06"),
    ("llama-3.1-8b-instruct", "h200-sxm-141gb", 1, 17744.0, "1.0.0, 2025-09"),
]


@pytest.mark.parametrize(("llm", "card", "tensor", "measured", "source"), OFFLINE)
def test_a_full_replica_puts_out_what_was_measured(
    llm: str, card: str, tensor: int, measured: float, source: str
) -> None:
    s = make_serving(llm, card, "fp8", "fp8", tensor, engine_family="tensorrt-llm")
    per_token = s.kv_bytes_per_token * tensor / s.kv_split
    free = tensor * 0.9 * (CARDS[card].vram_mib or 0) * 1024**2 - s.weight_bytes
    sequences = min(2048, int(free / (2000 * per_token)))
    rates = throughput.closed_loop(s, sequences, 1000, 1000, CAL)
    assert rates.output_tok_s == pytest.approx(measured, rel=0.25), source


# First token of one prompt, inside the engine, ms

TRT_09 = "TensorRT-LLM 0.9.0 performance overview, 2024-04"
FIRST_TOKEN = [
    (
        "mistral-7b-instruct-v0.3",
        "h100-sxm-80gb",
        "fp8",
        1,
        2048,
        "tensorrt-llm-2024",
        32.4,
        TRT_09,
    ),
    ("mistral-7b-instruct-v0.3", "l40s", "fp8", 1, 2048, "tensorrt-llm-2024", 87.3, TRT_09),
    ("llama-2-70b", "a100-sxm4-80gb", "bf16", 8, 2048, "tensorrt-llm-2024", 249.2, TRT_09),
    ("llama-2-70b", "h100-sxm-80gb", "fp8", 8, 2048, "tensorrt-llm-2024", 85.1, TRT_09),
    (
        "llama-3.3-70b-instruct",
        "h100-sxm-80gb",
        "fp8",
        4,
        8240,
        "vllm",
        498.8,
        "Dynamo sweep, 2025-09",
    ),
]


@pytest.mark.parametrize(
    ("llm", "card", "weights", "tensor", "tokens", "engine", "measured", "source"), FIRST_TOKEN
)
def test_a_lone_prompt_is_read_as_fast_as_measured(
    llm: str,
    card: str,
    weights: WeightFormat,
    tensor: int,
    tokens: int,
    engine: str,
    measured: float,
    source: str,
) -> None:
    s = make_serving(llm, card, weights, tensor=tensor, engine_family=engine)
    inside = throughput.prefill_s(s, tokens, 1, CAL)
    assert inside * 1000 == pytest.approx(measured, rel=0.2), source
    assert throughput.ttft_s(s, tokens, CAL) > inside


# By hand


def test_the_ceiling_is_bytes_over_bandwidth() -> None:
    """One user, no cache: (weights - embedding) / (4 x 2,039 GB/s)."""
    s = make_serving()
    expected = 4 * 2039e9 / (s.weight_bytes - s.embedding_bytes)
    assert throughput.ceiling_tok_s(s, 1, 0) == pytest.approx(expected, rel=1e-3)


def test_the_ceiling_of_a_small_expert_batch_reads_few_experts() -> None:
    """Mixtral 8x7B uses 2 of 8 experts: one token reads about 12.9 of 46.7 billion parameters."""
    s = make_serving("mixtral-8x7b", tensor=2)
    expected = 2 * 2039e9 / (12.75e9 * 2)
    assert throughput.ceiling_tok_s(s, 1, 0) == pytest.approx(expected, rel=0.02)
    all_experts = 64 * 2 * 2039e9 / (s.weight_bytes - s.embedding_bytes)
    assert throughput.ceiling_tok_s(s, 64, 0) == pytest.approx(all_experts, rel=0.02)


def test_twice_the_accelerators_at_no_cost_of_exchange_halve_the_ceiling_time() -> None:
    half = throughput.ceiling_tok_s(make_serving(tensor=4), 8, 1000)
    assert throughput.ceiling_tok_s(make_serving(tensor=8), 8, 1000) == pytest.approx(2 * half)


def test_a_latent_cache_does_not_divide() -> None:
    """DeepSeek: each of 8 accelerators reads the whole latent, as a single one would."""
    s = make_serving("deepseek-v3", "h200-sxm-141gb", "fp8", tensor=8)
    assert s.kv_split == 1
    cost = throughput.decode_step_s(s, 64, 8000, CAL) - throughput.decode_step_s(s, 64, 0, CAL)
    assert cost >= 64 * 8000 * s.kv_bytes_per_token / (s.bandwidth_gb_s * 1e9)


def test_a_window_stops_growing() -> None:
    """Layers with a window of 128 read no more at 4,096 tokens than at 128."""
    s = make_serving("gpt-oss-120b", "h100-sxm-80gb", "mxfp4", tensor=1, compute="fp16")
    s = replace(s, kv_bytes_per_token=0.0, shape=replace(s.shape, attention_flops_per_pair=0.0))
    assert throughput.decode_step_s(s, 8, 4096, CAL) == throughput.decode_step_s(s, 8, 128, CAL)


def test_prompts_flow_through_a_pipeline() -> None:
    """100 chunks of 512 through 4 stages of 20 layers: 1 + 99 / 4 passes, were none to wait."""
    one = make_serving(tensor=1, engine_family="llama.cpp")
    four = replace(one, pipeline=4)
    ratio = throughput.prefill_s(one, 51_200, 1, CAL) / throughput.prefill_s(four, 51_200, 1, CAL)
    assert ratio == pytest.approx(100 / (1 + 99 / (4 * CAL.pipeline_efficiency)), rel=1e-3)
    assert 2.5 < ratio < 4.0


def test_a_card_without_fp8_computes_in_16_bits() -> None:
    """FP8 weights on Ampere save reading, not computing."""
    wide = throughput.ttft_s(make_serving(), 8192, CAL)
    stored = throughput.ttft_s(make_serving(weights="fp8", compute="fp8"), 8192, CAL)
    assert stored == pytest.approx(wide, rel=0.05)


# What must hold everywhere

SERVINGS = [
    make_serving(),
    make_serving("llama-3-8b", "rtx-4090", "gguf-q4_k_m", tensor=1, engine_family="llama.cpp"),
    make_serving("mixtral-8x7b", "h100-sxm-80gb", "fp8", tensor=2, engine_family="tensorrt-llm"),
    make_serving("deepseek-v3", "b200-sxm-180gb", "nvfp4", tensor=8, engine_family="sglang"),
    make_serving("gpt-oss-120b", "b200-sxm-180gb", "mxfp4", tensor=2),
    make_serving("llama-3.1-405b-instruct", "mi300x", "fp8", tensor=8, engine_family="unheard-of"),
    make_serving(
        "llama-3-70b", "l40s", "int4", tensor=4, pipeline=2, stage_link=Link("network", 25)
    ),
]
servings = st.sampled_from(SERVINGS)
counts = st.integers(1, 1024)
lengths = st.integers(1, 65_536)


@given(servings, counts, lengths)
def test_nothing_beats_the_datasheet(s: Serving, sequences: int, tokens: int) -> None:
    ceiling = throughput.ceiling_tok_s(s, sequences, tokens)
    assert sequences / throughput.decode_step_s(s, sequences, tokens, CAL) <= ceiling
    rates = throughput.closed_loop(s, sequences, tokens, 1, CAL)
    assert rates.output_tok_s <= ceiling * (1 + 1e-9)


@given(servings, counts, lengths, lengths)
def test_more_users_give_more_in_all_and_less_each(
    s: Serving, sequences: int, inputs: int, outputs: int
) -> None:
    few = throughput.closed_loop(s, sequences, inputs, outputs, CAL)
    more = throughput.closed_loop(s, sequences + 1, inputs, outputs, CAL)
    assert more.output_tok_s >= few.output_tok_s * (1 - 1e-9)
    assert more.user_tok_s <= few.user_tok_s * (1 + 1e-9)
    waits = [
        throughput.loaded_ttft_s(s, n, inputs, outputs, CAL) for n in (sequences, sequences + 1)
    ]
    assert waits[0] <= waits[1] * (1 + 1e-9)
    assert waits[0] >= throughput.ttft_s(s, inputs, CAL)


@given(servings, counts, lengths, st.floats(1.01, 4.0))
def test_more_bandwidth_is_faster_and_more_context_slower(
    s: Serving, sequences: int, tokens: int, factor: float
) -> None:
    base = throughput.decode_step_s(s, sequences, tokens, CAL)
    fast = replace(s, bandwidth_gb_s=s.bandwidth_gb_s * factor)
    assert throughput.decode_step_s(fast, sequences, tokens, CAL) < base
    assert throughput.decode_step_s(s, sequences, tokens * factor, CAL) > base
    assert throughput.ttft_s(s, tokens, CAL) < throughput.ttft_s(s, tokens + 1000, CAL)


@pytest.mark.parametrize("sequences", [1, 16, 256])
def test_a_faster_link_is_not_slower(sequences: int) -> None:
    step = [
        throughput.decode_step_s(make_serving(link=link), sequences, 1000, CAL)
        for link in (PCIE4, Link("pcie", 63.0), NVLINK)
    ]
    assert step[0] > step[1] > step[2]


def test_a_mixture_reads_few_experts_for_few_users() -> None:
    """At batch 1 a mixture of 235B with 22B active is faster than a dense LLM of 70B."""
    sparse = make_serving("qwen3-235b-a22b", "h200-sxm-141gb", "fp8", tensor=4)
    dense = make_serving("llama-3-70b", "h200-sxm-141gb", "fp8", tensor=4)
    assert throughput.batch1_tok_s(sparse, 500, 500, CAL) > throughput.batch1_tok_s(
        dense, 500, 500, CAL
    )
    grows = [throughput.decode_step_s(s, 256, 500, CAL) for s in (sparse, dense)]
    assert grows[0] > 2 * throughput.decode_step_s(sparse, 1, 500, CAL)
    assert grows[1] < 3 * throughput.decode_step_s(dense, 1, 500, CAL)


def test_what_was_never_measured_has_a_wider_band() -> None:
    for llm in ("llama-3-70b", "mixtral-8x7b"):
        basis, low, high = throughput.error_band(make_serving(llm), CAL)
        rare = make_serving(llm, "mi300x", engine_family="unheard-of")
        rare_basis, rare_low, rare_high = throughput.error_band(rare, CAL)
        assert (basis, rare_basis) == ("calibrated", "roofline")
        assert low < 1
        assert rare_low + rare_high > low + high


def test_the_calibration_says_what_error_it_leaves() -> None:
    """Held-out medians are within what the documents promise: 15 % dense, 20 % mixtures."""
    whole = {e.kind: e for e in CAL.errors if e.measure.startswith("all")}
    assert whole["dense"].held_out_median_pct <= 15
    assert whole["moe"].held_out_median_pct <= 20
    assert all(e.rows > 0 for e in CAL.errors)
