"""What 4-bit weights would change: the one default that people most often want to know about."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.schema.formats import FOUR_BITS, WeightFormat, default_weights
from optimizer.schema.llm import Llm
from optimizer.schema.request import ObjectiveName, Request

CONVERTED: tuple[WeightFormat, ...] = ("int4", "nvfp4", "gguf-q4_k_m")
"""What a 16-bit checkpoint can be turned into; MXFP4 is how some LLMs are published."""
UNCHANGED = "4-bit weights would not change this answer (--weights 4bit)"
GAINS: dict[ObjectiveName, str] = {
    "throughput": "give {} tok/s instead of {}",
    "speed": "give {} tok/s per user instead of {}",
    "tco": "lower the TCO to ${} from ${}",
    "capex": "lower the purchase to ${} from ${}",
    "cost-per-token": "lower the cost of a million tokens to ${} from ${}",
}


def with_four_bits(request: Request, llm: Llm) -> Request | None:
    """The same request in 4-bit weights alone; None where it names formats itself.

    The better of its answer and the plain one is the answer with 4 bits admitted.
    """
    first, *rest = request.workloads
    default = default_weights(llm.published_format)
    if llm.published_format in FOUR_BITS or set(first.weights) not in (set(), set(default)):
        return None
    return request.replace(workloads=(first.replace(weights=CONVERTED), *rest))


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in brief: the objective's value for people, and the format it serves."""

    value: float | None
    weight_format: str | None
    capex_usd: float | None


def four_bit_note(objective: ObjectiveName, plain: Told, relaxed: Told) -> str | None:
    """One sentence, or None when nothing fits with 4-bit weights either."""
    if relaxed.value is None:
        return None if plain.value is None else UNCHANGED
    if plain.value is not None and not _better(objective, relaxed.value, plain.value):
        return UNCHANGED
    bought = f"{relaxed.weight_format} weights, a purchase of ${relaxed.capex_usd:,.0f}"
    if plain.value is None:
        return f"4-bit weights, which must be asked for, would fit: {bought} (--weights 4bit)"
    digits = 2 if objective == "cost-per-token" else 0
    amounts = (f"{value:,.{digits}f}" for value in (relaxed.value, plain.value))
    change = GAINS[objective].format(*amounts)
    return f"4-bit weights, which must be asked for, would {change}: {bought} (--weights 4bit)"


def _better(objective: ObjectiveName, value: float, other: float) -> bool:
    return value > other if objective in ("throughput", "speed") else value < other
