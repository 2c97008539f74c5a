"""Serving speed of one replica: decode, first token, and sustained rates under load.

One forward step over ``n`` tokens costs

    T = (T_weights^p + T_compute^p)^(1/p) + T_cache + T_communication + T_fixed

- T_weights: the matrices that every token uses, and of E experts those that n tokens touch,
  1 - (1 - k/E)^n, over bandwidth;
- T_compute: 2 FLOPs per active parameter and token, over the dense peak;
- T_cache: keys and values read (or, for latent attention, computed on) per sequence;
- T_communication: two all-reduces per layer, latency and bytes over the link;
- T_fixed: what engines spend per layer, step and sequence.

Efficiencies lie between 0 and 1, so T never falls below what the datasheet allows. The constants
are the catalog's ``calibrations``; docs/accuracy.md has the errors that they leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from optimizer.physics.calibration import is_seen
from optimizer.physics.steps import Link, Serving, ideal_step_of, step_of
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
    "loaded_ttft_s",
    "prefill_s",
    "ttft_s",
]

BUSIEST = 0.95
"""Share of time in prefill up to which the waiting formula is used."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Sustained output of one replica; for one user, output and the time between two tokens."""

    output_tok_s: float
    user_tok_s: float
    tpot_s: float


def decode_step_s(s: Serving, sequences: int, mean_tokens: float, cal: Calibration) -> float:
    """One decode step of ``sequences`` in flight with ``mean_tokens`` of cache each.

    Under pipeline parallelism the sequences form one micro-batch per stage; the result is the time
    in which every sequence gains one token.
    """
    return step_of(s, cal).decode_s(_micro_batch(s, sequences), mean_tokens)


def prefill_s(s: Serving, prompt_tokens: int, prompts: int, cal: Calibration) -> float:
    """Prompts of equal length in one batch, inside the engine (no server, no queue)."""
    return step_of(s, cal).prefill_s(prompt_tokens, prompts)


def ttft_s(s: Serving, prompt_tokens: int, cal: Calibration) -> float:
    """Time to the first token of one prompt alone, through the engine's server."""
    step = step_of(s, cal)
    return step.prefill_s(prompt_tokens) + step.first_token_s


def batch1_tok_s(s: Serving, prompt_tokens: int, output_tokens: int, cal: Calibration) -> float:
    """Output tokens per second of a single user, decode only."""
    return 1.0 / decode_step_s(s, 1, prompt_tokens + output_tokens / 2, cal)


def closed_loop(
    s: Serving, sequences: int, input_tokens: int, output_tokens: int, cal: Calibration
) -> Rates:
    """Continuous batching with ``sequences`` always in flight, prefill included.

    While a sequence makes its output, every other one brings in one prompt: a token takes a decode
    step and its share of those prompts. The replica as a whole also pays for the sequence's own.
    Stages of a pipeline wait for each other now and then: they are busy for a share of the time.
    """
    step = step_of(s, cal)
    batch = _micro_batch(s, sequences)
    decode = step.decode_s(batch, input_tokens + output_tokens / 2)
    prompt = step.prompt_s(input_tokens) / output_tokens
    busy = cal.pipeline_efficiency if s.pipeline > 1 and sequences > 1 else 1.0
    tpot = (decode + (batch - 1.0) * prompt) / busy
    output = sequences / (tpot + prompt / busy)
    return Rates(output_tok_s=output, user_tok_s=1.0 / tpot, tpot_s=tpot)


def loaded_ttft_s(
    s: Serving, sequences: int, input_tokens: int, output_tokens: int, cal: Calibration
) -> float:
    """Mean time to the first token with ``sequences`` always in flight.

    Prompts queue for prefill as in M/D/1 (mean wait of load / (2 (1 - load)) service times), pass
    some decode steps, and at the start of a run all come at once.
    """
    if sequences == 1:
        return ttft_s(s, input_tokens, cal)
    step = step_of(s, cal)
    batch = _micro_batch(s, sequences)
    decode = step.decode_s(batch, input_tokens + output_tokens / 2)
    prompt = step.prompt_s(input_tokens)
    load = min(BUSIEST, batch * prompt / (output_tokens * decode + batch * prompt))
    queue = load / (2.0 * (1.0 - load)) + cal.queue.burst_share * (sequences - 1)
    return ttft_s(s, input_tokens, cal) + cal.queue.wait_steps * decode + queue * prompt


def ceiling_tok_s(s: Serving, sequences: int, mean_tokens: float) -> float:
    """Output tokens per second that datasheet bandwidth and compute allow, nothing else lost."""
    return sequences / ideal_step_of(s).decode_s(_micro_batch(s, sequences), mean_tokens)


@lru_cache(maxsize=4096)
def _band(
    kind: str, engine: str, generation: str, layout_seen: bool, cal: Calibration
) -> tuple[Basis, float, float]:
    engine_seen, generation_seen = is_seen(cal, engine, generation)
    seen = (engine_seen and layout_seen, generation_seen)
    bands = [b for b in cal.bands if b.kind == kind]
    chosen = [b for b in bands if (b.engine_seen, b.generation_seen) == seen] or bands
    basis: Basis = "calibrated" if all(seen) else "roofline"
    return basis, max(b.low for b in chosen), max(b.high for b in chosen)


def error_band(s: Serving, cal: Calibration) -> tuple[Basis, float, float]:
    """What the prediction rests on, and the band that holds about four of five measurements.

    ``calibrated`` when the engine and the accelerator's generation were among the measurements,
    else ``roofline``; pipelines were measured under some engines only, and count as unseen under
    the others. Low and high are fractions below and above the prediction.
    """
    kind = "moe" if s.shape.experts else "dense"
    layout_seen = s.pipeline == 1 or s.engine_family in cal.seen_pipelines
    return _band(kind, s.engine_family, s.generation, layout_seen, cal)


def _micro_batch(s: Serving, sequences: int) -> float:
    """Sequences that one pipeline stage works on at a time."""
    return max(1.0, sequences / s.pipeline)
