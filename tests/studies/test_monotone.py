"""Common sense over the whole catalog: every accelerator with some LLMs, formats and engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.physics import loads, throughput
from optimizer.physics.steps import Step, step_of
from optimizer.physics.throughput import Serving
from optimizer.schema.components import Accelerator
from optimizer.studies.subject import Layout, link_of, serving_of
from optimizer.studies.words import Format

CATALOG = load_catalog()
CAL = CATALOG.calibration()
CARDS = [
    card
    for card in CATALOG.of_kind("accelerator")
    if isinstance(card, Accelerator) and card.bandwidth_gb_s and card.fp16_tflops
]
LLMS = (
    "llama-3-8b",
    "llama-3.1-405b-instruct",
    "mixtral-8x22b",
    "deepseek-r1",
    "gpt-oss-120b",
    "gemma-3-27b",
    "qwen3-next-80b-a3b",
    "command-r-plus",
    "glm-5",
)
CASES = (
    ("vllm", "bf16", Layout(1, 1, 1, 1, 1)),
    ("tensorrt-llm", "fp8", Layout(8, 1, 1, 1, 8)),
    ("sglang", "int4", Layout(4, 1, 4, 1, 4)),
    ("llama.cpp", "gguf-q4_k_m", Layout(1, 2, 1, 1, 2)),
    ("vllm-2023", "bf16", Layout(2, 1, 1, 1, 2)),
)
LOADS = ((1, 100, 100), (8, 2000, 200), (200, 700, 3000))
"""(sequences, input, output)."""


def servings(card: Accelerator) -> Iterator[Serving]:
    for name in LLMS:
        llm = CATALOG.llms[name]
        for engine, weights, layout in CASES:
            record = CATALOG.engines[engine.removesuffix("-2023")]
            link = link_of(card, layout.tensor)
            stored = Format(weights)
            yield serving_of(llm, card, record, engine, stored, "bf16", 1.0, layout, link)


def times(step: Step, sequences: int, inputs: float, outputs: float) -> list[float]:
    """Seconds that should never grow with a better accelerator, nor fall with more work.

    The first token under load is there with the whole answer: where decoding gets faster, prompts
    come more often, and queue a little longer.
    """
    rates = loads.closed_loop(step, sequences, inputs, outputs)
    return [
        step.decode_s(loads.micro_batch(step, sequences), inputs + outputs / 2),
        step.prefill_s(inputs),
        rates.tpot_s,
        sequences * outputs / rates.output_tok_s,
        loads.loaded_ttft_s(step, sequences, inputs, outputs) + outputs * rates.tpot_s,
        loads.arriving_ttft_s(step, sequences, inputs, outputs) + outputs * rates.tpot_s,
    ]


def not_slower(fast: list[float], slow: list[float]) -> bool:
    return all(a <= b * (1 + 1e-9) for a, b in zip(fast, slow, strict=True))


@pytest.mark.parametrize("card", CARDS, ids=lambda c: str(c.id))
def test_a_better_accelerator_is_never_slower(card: Accelerator) -> None:
    for s in servings(card):
        wider = replace(s, bandwidth_gb_s=s.bandwidth_gb_s * 1.3)
        quicker = replace(
            s,
            fp16_tflops=s.fp16_tflops * 1.3,
            fp8_tflops=s.fp8_tflops and s.fp8_tflops * 1.3,
            int8_tops=s.int8_tops and s.int8_tops * 1.3,
            fp4_tflops=s.fp4_tflops and s.fp4_tflops * 1.3,
        )
        linked = replace(s, link=replace(s.link, gb_s=s.link.gb_s * 1.3))
        for load in LOADS:
            base = times(step_of(s, CAL), *load)
            for better in (wider, quicker, linked):
                assert not_slower(times(step_of(better, CAL), *load), base), (s, load)


@pytest.mark.parametrize("card", CARDS, ids=lambda c: str(c.id))
def test_more_work_is_never_faster(card: Accelerator) -> None:
    for s in servings(card):
        step = step_of(s, CAL)
        for sequences, inputs, outputs in LOADS:
            base = times(step, sequences, inputs, outputs)
            assert not_slower(base, times(step, sequences, inputs * 1.5, outputs)), s
            longer = times(step, sequences, inputs, outputs * 1.5)
            assert base[0] <= longer[0] * (1 + 1e-9)
            assert base[3] <= longer[3] * (1 + 1e-9)
            fuller = times(step, sequences * 2, inputs, outputs)
            assert not_slower(base[:3], fuller[:3]), s
            assert fuller[3] <= 2 * base[3] * (1 + 1e-9), "more users, less in all"
            one_more = times(step, sequences + 1, inputs, outputs)[3]
            assert one_more <= base[3] * (sequences + 1) / sequences * (1 + 1e-9), s


@pytest.mark.parametrize("card", CARDS, ids=lambda c: str(c.id))
def test_one_user_is_never_faster_than_bandwidth_over_bytes(card: Accelerator) -> None:
    """Bytes that one token must read: all but the embedding, and of the experts those visited."""
    for s in servings(card):
        experts = 0.0
        if s.shape.experts:
            experts = s.expert_weight_bytes * s.shape.experts_per_token / s.shape.experts
        read = s.weight_bytes - s.embedding_bytes - s.expert_weight_bytes + experts
        ceiling = s.tensor * s.bandwidth_gb_s * 1e9 / read
        assert throughput.batch1_tok_s(s, 1, 1, CAL) <= ceiling, s
        for sequences, inputs, outputs in LOADS:
            rate = sequences / throughput.decode_step_s(s, sequences, inputs + outputs / 2, CAL)
            limit = throughput.ceiling_tok_s(s, sequences, inputs + outputs / 2)
            assert rate <= limit * (1 + 1e-9), s
