"""Terms beside the roofline, by hand: exchange, slices of experts, scores in memory, unpacking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.physics import kernels, throughput
from optimizer.physics.steps import step_of
from optimizer.physics.throughput import Link
from tests.physics.test_throughput import CAL, NVLINK, make_serving

FABRIC = CAL.fabrics["nvswitch"]


def test_small_messages_go_at_once_and_large_ones_in_two_rounds() -> None:
    """Llama 2 70B on 8: 160 all-reduces of 16 KiB a token, 7 of them or 2 x 7/8 over each link."""
    serving = make_serving(tensor=8, link=NVLINK)
    found = kernels.exchange(serving, CAL)
    assert found.round_s == pytest.approx(160 * FABRIC.latency_us * 1e-6)
    each = 160 * 16_384 / (300e9 * FABRIC.efficiency)
    assert found.at_once_token_s == pytest.approx(7 * each)
    assert found.two_rounds_token_s == pytest.approx(1.75 * each)


def test_two_accelerators_never_need_two_rounds() -> None:
    """Over two, both ways move one message: a second round would only add its latency."""
    found = kernels.exchange(make_serving(tensor=2), CAL)
    assert found.at_once_token_s == pytest.approx(found.two_rounds_token_s)
    assert kernels.exchange(make_serving(tensor=1), CAL) == kernels.ALONE


def test_parallel_blocks_meet_once_per_layer() -> None:
    """Falcon and Command R add attention and feed-forward before they exchange."""
    falcon = make_serving("falcon-180b", tensor=8)
    assert falcon.shape.parallel_block
    assert make_serving("command-r", tensor=2).shape.parallel_block
    split = replace(falcon, shape=replace(falcon.shape, parallel_block=False))
    once, twice = (kernels.exchange(s, CAL) for s in (falcon, split))
    assert twice.round_s == pytest.approx(2 * once.round_s)
    assert twice.two_rounds_token_s == pytest.approx(2 * once.two_rounds_token_s)


def test_narrow_slices_of_experts_are_read_slower() -> None:
    """Qwen3 235B: 1536 wide, 192 on each of 8. Dealt whole, experts are not cut."""
    cut = make_serving("qwen3-235b-a22b", "h200-sxm-141gb", "fp8", tensor=8)
    assert kernels.slice_share(cut, CAL) == pytest.approx(1 / (1 + CAL.expert_slice / 192))
    whole = replace(cut, expert=8)
    assert kernels.slice_share(whole, CAL) == pytest.approx(1 / (1 + CAL.expert_slice / 1536))
    assert step_of(whole, CAL).expert_s < step_of(cut, CAL).expert_s
    assert kernels.slice_share(make_serving(), CAL) == 1.0


def test_scores_pass_through_memory_without_flash_attention() -> None:
    """Llama 3 8B under llama.cpp: 32 layers of 32 heads, 4 bytes each, so often."""
    serving = make_serving("llama-3-8b", "rtx-3090", tensor=1, engine_family="llama.cpp")
    passes = CAL.engines["llama.cpp"].score_passes
    assert kernels.score_s(serving, CAL, 1e12) == pytest.approx(passes * 4096e-12)
    assert kernels.score_s(replace(serving, engine_family="vllm"), CAL, 1e12) == 0.0


def test_llama_cpp_unpacks_what_is_quantised_once_per_chunk() -> None:
    """16 bits of every parameter but the table, at the share that the memory reaches."""
    packed = make_serving(
        "llama-3-8b", "rtx-3090", "gguf-q4_k_m", tensor=1, engine_family="llama.cpp"
    )
    shape = packed.shape
    bytes_out = 2 * (shape.parameters_total - shape.embedding_parameters)
    expected = bytes_out / (1e12 * CAL.weight_read["gddr"])
    assert kernels.unpack_s(packed, CAL, 1e12) == pytest.approx(expected)
    wide = make_serving("llama-3-8b", "rtx-3090", tensor=1, engine_family="llama.cpp")
    assert kernels.unpack_s(wide, CAL, 1e12) == 0.0
    assert kernels.unpack_s(replace(packed, engine_family="vllm"), CAL, 1e12) == 0.0


def test_prompts_of_llama_cpp_slow_down_with_their_length() -> None:
    """An RTX 3090 read 8192 tokens of Llama 3 8B at 0.60 of the rate for 512 (llama-bench)."""
    serving = make_serving("llama-3-8b", "rtx-3090", tensor=1, engine_family="llama.cpp")
    rates = [n / throughput.prefill_s(serving, n, 1, CAL) for n in (512, 8192)]
    assert rates[1] / rates[0] == pytest.approx(2667 / 4445, rel=0.15)


def test_stages_wait_for_the_longest() -> None:
    """32 layers on 6 stages: one has 6, so the others idle a ninth of the time."""
    six = make_serving("llama-3-8b", tensor=1, pipeline=6, stage_link=Link("pcie", 31.5))
    expected = CAL.pipeline_efficiency * 32 / 36
    assert kernels.stages_busy(six, CAL) == pytest.approx(expected)
    assert kernels.stages_busy(replace(six, pipeline=1), CAL) == 1.0
