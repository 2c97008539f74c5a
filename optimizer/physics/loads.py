"""What a replica does under a load: users who wait for answers, arrivals, batches, bursts.

Everything follows from the costs of a :class:`~optimizer.physics.steps.Step` and from Little's law:
requests in flight = requests per second x seconds that each stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

from optimizer.physics.steps import Step

BUSIEST = 0.95
"""Share of time in prefill up to which the waiting formula is used."""
PIECES = 48
"""In which the end of a burst is added up."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Sustained output of one replica; for one user, output and the time between two tokens."""

    output_tok_s: float
    user_tok_s: float
    tpot_s: float


@dataclass(frozen=True, slots=True)
class Under:
    """Output of one replica under a load, mean time per output token and to the first."""

    output_tok_s: float
    tpot_s: float
    ttft_s: float


def micro_batch(step: Step, sequences: float) -> float:
    """Sequences that one pipeline stage works on at a time."""
    return max(1.0, sequences / step.pipeline)


def closed_loop(step: Step, sequences: float, inputs: float, outputs: float) -> Rates:
    """Continuous batching with ``sequences`` always in flight, prefill included.

    While a sequence makes its output, every other one brings in one prompt: a token takes a decode
    step and its share of those prompts. The replica as a whole also pays for the sequence's own.
    Stages of a pipeline wait for each other now and then: they are busy for a share of the time.
    """
    batch = micro_batch(step, sequences)
    decode = step.decode_s(batch, inputs + outputs / 2)
    prompt = step.prompt_s(inputs) / outputs
    busy = step.stages_busy if sequences > 1 else 1.0
    tpot = (decode + (batch - 1.0) * prompt) / busy
    output = sequences / (tpot + prompt / busy)
    return Rates(output_tok_s=output, user_tok_s=1.0 / tpot, tpot_s=tpot)


def lone_ttft_s(step: Step, inputs: float) -> float:
    """Time to the first token of one prompt alone, through the engine's server."""
    return step.prefill_s(inputs) + step.first_token_s


def _queue(
    step: Step, sequences: float, inputs: float, outputs: float
) -> tuple[float, float, float]:
    """Prompts before a new one on average, seconds of one, and of a decode step.

    As in M/D/1: a mean wait of load / (2 (1 - load)) service times, where load is the share of time
    in prefill.
    """
    batch = micro_batch(step, sequences)
    decode = step.decode_s(batch, inputs + outputs / 2)
    prompt = step.prompt_s(inputs)
    load = min(BUSIEST, batch * prompt / (outputs * decode + batch * prompt))
    return load / (2.0 * (1.0 - load)), prompt, decode


def loaded_ttft_s(step: Step, sequences: float, inputs: float, outputs: float) -> float:
    """Mean time to the first token with ``sequences`` always in flight.

    Prompts queue for prefill, pass some decode steps, and at the start of a run all come at once.
    """
    alone = lone_ttft_s(step, inputs)
    if sequences <= 1:
        return alone
    queue, prompt, decode = _queue(step, sequences, inputs, outputs)
    queue += step.burst_share * (sequences - 1)
    return alone + step.wait_steps * decode + queue * (prompt + step.request_s)


def arriving_ttft_s(step: Step, sequences: float, inputs: float, outputs: float) -> float:
    """The same where requests come one by one: each waits for the step that runs, and its turn."""
    queue, prompt, decode = _queue(step, sequences, inputs, outputs)
    return lone_ttft_s(step, inputs) + decode / 2 + queue * prompt


def users(step: Step, count: float, room: float, inputs: float, outputs: float) -> Under:
    """``count`` users who send their next prompt as soon as they have an answer.

    Those beyond ``room`` wait until a place is free: what Little's law leaves of their time.
    """
    served = min(count, max(1.0, room))
    rates = closed_loop(step, served, inputs, outputs)
    ttft = loaded_ttft_s(step, served, inputs, outputs)
    if count > served:
        ttft += (count - served) * outputs / rates.output_tok_s
    return Under(rates.output_tok_s, rates.tpot_s, ttft)


def arrivals(step: Step, per_s: float, room: float, inputs: float, outputs: float) -> Under:
    """``per_s`` requests a second, whoever waits: as many in flight as Little's law says.

    More than the replica can serve fill its ``room``; the queue then grows without end, and the
    time to the first token is that of a full replica.
    """

    def excess(count: float) -> float:
        """Requests a second that ``count`` in flight get done, beyond those that come."""
        return closed_loop(step, count, inputs, outputs).output_tok_s / outputs - per_s

    full = users(step, room, room, inputs, outputs)
    if excess(max(1.0, room)) < 0:
        return full
    count = _least(excess, 1.0, max(1.0, room))
    tpot = closed_loop(step, count, inputs, outputs).tpot_s
    return Under(per_s * outputs, tpot, arriving_ttft_s(step, count, inputs, outputs))


def _least(excess: Callable[[float], float], low: float, high: float) -> float:
    """The least count at which a growing function is not negative."""
    if excess(low) >= 0:
        return low
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if excess(middle) >= 0 else (middle, high)
    return high


def batch(step: Step, sequences: float, inputs: float, outputs: float) -> Under:
    """One batch from start to end: all prompts, then all outputs."""
    first = step.prefill_s(inputs, sequences)
    decode = step.decode_s(micro_batch(step, sequences), inputs + outputs / 2)
    return Under(sequences * outputs / (first + outputs * decode), decode, first)


def burst(
    step: Step, prompts: float, room: float, inputs: float, outputs: float, spread: bool = True
) -> Under:
    """``prompts`` prompts at once, until all have their answers.

    While more wait than there is room, the replica is full. With answers that ``spread`` as in a
    chat, lengths are about exponential: those left then fall as exp(-t / outputs) with every token,
    steps get shorter, and the last ends the run. Time per token is the mean over all tokens.
    """
    served = max(1.0, min(room, prompts))
    full = closed_loop(step, served, inputs, outputs)
    first = prompts * step.prompt_s(inputs) / 2 + lone_ttft_s(step, inputs)
    waiting = (prompts - served) * outputs
    first += waiting / full.output_tok_s / 2
    if not spread:
        return Under(full.output_tok_s, full.tpot_s, first)
    context = inputs + outputs / 2
    seconds = waiting / full.output_tok_s + served * step.prompt_s(inputs)
    made, weighted = waiting, waiting * full.tpot_s
    piece = outputs * (log(served) + 1.0) / PIECES
    for index in range(PIECES):
        left = served * exp(-(index + 0.5) * piece / outputs)
        decode = step.decode_s(micro_batch(step, left), context)
        seconds += piece * decode
        made += piece * left
        weighted += piece * left * decode
    return Under(made / seconds, weighted / made, first)
