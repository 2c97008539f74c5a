"""What 4-bit weights would change: the one default that people most often want to know about."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.schema.formats import EIGHT_BITS_OR_BETTER, WeightFormat
from optimizer.schema.llm import Llm
from optimizer.schema.request import Request

FOUR_BITS: tuple[WeightFormat, ...] = ("int4", "nvfp4", "gguf-q4_k_m")
"""What a 16-bit checkpoint can be turned into; MXFP4 is how some LLMs are published."""
UNCHANGED = "admitting 4-bit weights would not change this answer (--weights 4bit)"


def with_four_bits(request: Request, llm: Llm) -> Request | None:
    """The same request with 4-bit weights admitted too; None where it names formats itself."""
    first, *rest = request.workloads
    default = {*EIGHT_BITS_OR_BETTER, llm.published_format}
    if not default.issuperset(first.weights) or len(first.weights) not in (0, len(default)):
        return None
    admitted = tuple(dict.fromkeys((*EIGHT_BITS_OR_BETTER, llm.published_format, *FOUR_BITS)))
    if set(admitted) == default:
        return None
    return request.replace(workloads=(first.replace(weights=admitted), *rest))


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in brief: the objective's value for people, and the format it serves."""

    value: float | None
    weight_format: str | None
    capex_usd: float | None


def four_bit_note(unit: str, plain: Told, relaxed: Told) -> str | None:
    """One sentence, or None when nothing fits with 4-bit weights either."""
    if relaxed.value is None:
        return None
    if relaxed.weight_format not in FOUR_BITS or relaxed.value == plain.value:
        return UNCHANGED
    gains = f"{_amount(relaxed.value, unit)} with {relaxed.weight_format} weights"
    gains += f" for ${relaxed.capex_usd:,.0f}"
    if plain.value is None:
        return f"4-bit weights, which must be asked for, would fit: {gains} (--weights 4bit)"
    change = (relaxed.value / plain.value - 1) * 100 if plain.value else 0.0
    return (
        f"4-bit weights, which must be asked for, would give {gains}: "
        f"{change:+.0f} % against {_amount(plain.value, unit)} (--weights 4bit)"
    )


def _amount(value: float, unit: str) -> str:
    if unit.startswith("USD"):
        return f"${value:,.2f}{unit.removeprefix('USD')}"
    return f"{value:,.0f} {unit}"
