"""Serving speed of one replica: decode, first token, and sustained rates under load.

One forward step over ``n`` tokens costs

    T = (T_weights^p + T_compute^p)^(1/p) + T_kv + T_attention + T_communication + T_fixed

Weight reading and computing overlap in part (``p``); the other terms add. Efficiencies lie between
0 and 1, so that T never falls below what the datasheet allows. See docs/accuracy.md for the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from optimizer.physics.calibration import is_seen
from optimizer.physics.steps import Link, Serving, Step, step_of
from optimizer.schema.build import Basis
from optimizer.schema.calibration import Calibration

__all__ = [
    "Link",
    "Rates",
    "Serving",
    "batch1_tok_s",
    "ceiling_tok_s",
    "closed_loop",
    "decode_step_s",
    "error_band",
    "ttft_s",
]


@dataclass(frozen=True, slots=True)
class Rates:
    """Sustained output of one replica, of one of its users, and the time between two tokens."""

    output_tok_s: float
    user_tok_s: float
    tpot_s: float


def decode_step_s(s: Serving, sequences: int, mean_tokens: float, cal: Calibration) -> float:
    """One decode step of ``sequences`` in flight with ``mean_tokens`` of cache each.

    Under pipeline parallelism the sequences form one micro-batch per stage; the result is the time
    in which every sequence gains one token.
    """
    step = step_of(s, cal)
    return step.decode_s(_micro_batch(s, sequences), mean_tokens)


def ttft_s(s: Serving, prompt_tokens: int, cal: Calibration) -> float:
    """Time to the first token of one prompt alone, without queueing."""
    return step_of(s, cal).prefill_s(prompt_tokens)


def batch1_tok_s(s: Serving, prompt_tokens: int, output_tokens: int, cal: Calibration) -> float:
    """Output tokens per second of a single user, decode only."""
    return 1.0 / decode_step_s(s, 1, prompt_tokens + output_tokens / 2, cal)


def closed_loop(
    s: Serving, sequences: int, input_tokens: int, output_tokens: int, cal: Calibration
) -> Rates:
    """Continuous batching with ``sequences`` always in flight; prefill is part of every step.

    On average a step makes one token per sequence and takes in ``input/output`` prompt tokens for
    each, so that both share one reading of the weights.
    """
    step = step_of(s, cal)
    tpot = step.mixed_s(_micro_batch(s, sequences), input_tokens, output_tokens)
    return Rates(output_tok_s=sequences / tpot, user_tok_s=1.0 / tpot, tpot_s=tpot)


def ceiling_tok_s(s: Serving, sequences: int, mean_tokens: float) -> float:
    """Output tokens per second that datasheet bandwidth and compute allow, nothing else lost."""
    ideal: Step = step_of(s, None)
    batch = _micro_batch(s, sequences)
    return sequences / ideal.decode_s(batch, mean_tokens)


@lru_cache(maxsize=4096)
def _band(kind: str, engine: str, generation: str, cal: Calibration) -> tuple[Basis, float, float]:
    seen = is_seen(cal, engine, generation)
    bands = [b for b in cal.bands if b.kind == kind]
    exact = [b for b in bands if (b.engine_seen, b.generation_seen) == seen]
    chosen = exact or bands
    basis: Basis = "calibrated" if all(seen) else "roofline"
    return basis, max(b.low for b in chosen), max(b.high for b in chosen)


def error_band(s: Serving, cal: Calibration) -> tuple[Basis, float, float]:
    """What the prediction rests on, and the band that holds about four of five measurements.

    ``calibrated`` when the engine and the accelerator's generation were among the measurements,
    else ``roofline``. Low and high are fractions below and above the prediction.
    """
    kind = "moe" if s.shape.experts else "dense"
    return _band(kind, s.engine_family, s.generation, cal)


def _micro_batch(s: Serving, sequences: int) -> float:
    """Sequences that one pipeline stage works on at a time."""
    return max(1.0, sequences / s.pipeline)
