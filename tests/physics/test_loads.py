"""Loads by hand: a step of known costs, Little's law, bursts, pipelines in chunks."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from optimizer.physics import loads
from optimizer.physics.steps import Step

PLAIN = Step(
    dense_s=0.01,
    expert_s=0.0,
    missed=0.0,
    token_s=0.0,
    head_s=0.0,
    kv_token_s=0.0,
    kv_window_s=0.0,
    kv_fixed_s=0.0,
    window=0,
    pair_s=0.0,
    window_pair_s=0.0,
    decode_pair_factor=1.0,
    between_token_s=0.0,
    sequence_s=0.0,
    fixed_s=0.0,
    host_s=0.0,
    first_token_s=0.5,
    exponent=2.0,
    pipeline=1,
    prompt_chunk=1000,
    data=1,
    stages_busy=1.0,
    wait_steps=3.0,
    burst_share=0.1,
)
"""Every step takes 10 ms, whatever is in it."""


def test_tokens_of_all_users_come_with_every_step() -> None:
    rates = loads.closed_loop(PLAIN, 8, 100, 50)
    assert rates.tpot_s == pytest.approx(0.01)
    assert rates.output_tok_s == pytest.approx(800)


def test_users_beyond_the_room_wait_by_littles_law() -> None:
    """8 at a time put out 800 tok/s, 16 answers of 50 a second: 4 who wait add 4/16 s."""
    inside, beyond = (loads.users(PLAIN, n, 8, 100, 50) for n in (8, 12))
    assert beyond.output_tok_s == inside.output_tok_s
    assert beyond.ttft_s - inside.ttft_s == pytest.approx(0.25)


def test_arrivals_fill_as_littles_law_says() -> None:
    """4 a second, each for 50 steps of 10 ms, are 2 in flight: the output is what comes in."""
    under = loads.arrivals(PLAIN, 4, 64, 100, 50)
    assert under.output_tok_s == pytest.approx(200)
    assert under.tpot_s == pytest.approx(0.01)
    assert under.ttft_s == pytest.approx(0.01 + 0.5 + 0.01 / 2)


def test_more_arrivals_than_can_be_served_fill_the_room() -> None:
    under = loads.arrivals(PLAIN, 1000, 8, 100, 50)
    assert under.output_tok_s == pytest.approx(800)


def test_a_batch_is_its_prompts_and_then_its_outputs() -> None:
    """One step for 8 short prompts, 50 for their tokens."""
    under = loads.batch(PLAIN, 8, 100, 50)
    assert under.ttft_s == pytest.approx(0.01)
    assert under.output_tok_s == pytest.approx(8 * 50 / 0.51)


def test_a_burst_of_equal_answers_runs_full_to_the_end() -> None:
    under = loads.burst(PLAIN, 64, 8, 100, 50, spread=False)
    assert under.output_tok_s == pytest.approx(800)
    assert under.ttft_s == pytest.approx(0.51 + 56 * 50 / 800 / 2)


def test_a_burst_of_chats_ends_with_few() -> None:
    """8 answers of 50 tokens on average end after 50 (ln 8 + 1) tokens; 400 are made in all."""
    under = loads.burst(PLAIN, 8, 8, 100, 50)
    seconds = 0.01 * 50 * (math.log(8) + 1)
    made = 8 * 50 * (1 - math.exp(-math.log(8) - 1))
    assert under.output_tok_s == pytest.approx(made / seconds, rel=1e-2)
    assert under.tpot_s == pytest.approx(0.01)


def test_a_long_prompt_is_read_in_chunks() -> None:
    """2,500 tokens are 2.5 chunks of 1,000, each a step of its own."""
    assert PLAIN.prefill_s(500) == pytest.approx(0.01)
    assert PLAIN.prefill_s(2500) == pytest.approx(0.025)


def test_chunks_follow_each_other_through_a_pipeline() -> None:
    """4 chunks through 2 stages: 5 stage times of 5 ms."""
    assert replace(PLAIN, pipeline=2).prefill_s(4000) == pytest.approx(0.025)


def test_a_host_that_launches_kernels_hides_behind_them() -> None:
    """Far apart, only the longer of the two counts."""
    eager = replace(PLAIN, host_s=0.1)
    assert eager.decode_s(1, 0) == pytest.approx(0.1, rel=1e-4)
    assert replace(PLAIN, host_s=0.001).decode_s(1, 0) == pytest.approx(0.01, rel=1e-4)
    assert eager.prefill_s(500) == pytest.approx(0.11)
