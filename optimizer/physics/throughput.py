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

from functools import lru_cache

from optimizer.physics import loads
from optimizer.physics.calibration import is_seen
from optimizer.physics.loads import Rates
from optimizer.physics.steps import Link, Serving, ideal_step_of, step_of
from optimizer.schema.build import Basis
from optimizer.schema.calibration import Calibration, Measure

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


def decode_step_s(s: Serving, sequences: int, mean_tokens: float, cal: Calibration) -> float:
    """One decode step of ``sequences`` in flight with ``mean_tokens`` of cache each.

    Under pipeline parallelism the sequences form one micro-batch per stage; the result is the time
    in which every sequence gains one token.
    """
    step = step_of(s, cal)
    return step.decode_s(loads.micro_batch(step, sequences), mean_tokens)


def prefill_s(s: Serving, prompt_tokens: int, prompts: int, cal: Calibration) -> float:
    """Prompts of equal length in one batch, inside the engine (no server, no queue)."""
    return step_of(s, cal).prefill_s(prompt_tokens, prompts)


def ttft_s(s: Serving, prompt_tokens: int, cal: Calibration) -> float:
    """Time to the first token of one prompt alone, through the engine's server."""
    return loads.lone_ttft_s(step_of(s, cal), prompt_tokens)


def batch1_tok_s(s: Serving, prompt_tokens: int, output_tokens: int, cal: Calibration) -> float:
    """Output tokens per second of a single user, decode only."""
    return 1.0 / decode_step_s(s, 1, prompt_tokens + output_tokens / 2, cal)


def closed_loop(
    s: Serving, sequences: int, input_tokens: int, output_tokens: int, cal: Calibration
) -> Rates:
    """Continuous batching with ``sequences`` always in flight, prefill included."""
    return loads.closed_loop(step_of(s, cal), sequences, input_tokens, output_tokens)


def loaded_ttft_s(
    s: Serving, sequences: int, input_tokens: int, output_tokens: int, cal: Calibration
) -> float:
    """Mean time to the first token with ``sequences`` always in flight."""
    return loads.loaded_ttft_s(step_of(s, cal), sequences, input_tokens, output_tokens)


def ceiling_tok_s(s: Serving, sequences: int, mean_tokens: float) -> float:
    """Output tokens per second that datasheet bandwidth and compute allow, nothing else lost."""
    step = ideal_step_of(s)
    return sequences / step.decode_s(loads.micro_batch(step, sequences), mean_tokens)


@lru_cache(maxsize=4096)
def _band(
    measure: Measure,
    engine: str,
    generation: str,
    layout_seen: bool,
    cal: Calibration,
) -> tuple[Basis, float, float]:
    engine_seen, generation_seen = is_seen(cal, engine, generation)
    seen = (engine_seen and layout_seen, generation_seen)
    basis: Basis = "calibrated" if all(seen) else "roofline"
    bands = [b for b in cal.bands if b.measure == measure] or list(cal.bands)
    chosen = [b for b in bands if (b.engine_seen, b.generation_seen) == seen] or bands
    return basis, max(b.low for b in chosen), max(b.high for b in chosen)


def error_band(
    s: Serving, cal: Calibration, measure: Measure = "output"
) -> tuple[Basis, float, float]:
    """What the prediction rests on, and the band that holds about four of five measurements.

    ``calibrated`` when the engine and the accelerator's generation were among the measurements,
    else ``roofline``; pipelines were measured under some engines only, and count as unseen under
    the others. Low and high are fractions below and above the predicted speed.
    """
    layout_seen = s.pipeline == 1 or s.engine_family in cal.seen_pipelines
    return _band(measure, s.engine_family, s.generation, layout_seen, cal)
