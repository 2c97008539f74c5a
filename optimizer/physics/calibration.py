"""Look up the constants of a calibration, with its fallbacks for what was never measured."""

from __future__ import annotations

from typing import TypeVar

from optimizer.schema.calibration import Calibration

T = TypeVar("T")


def pick(table: dict[str, T], *keys: str) -> T:
    """The entry of the first key that the table has, else its ``default``."""
    for key in keys:
        if key in table:
            return table[key]
    return table["default"]


def read_share(
    cal: Calibration, generation: str, memory_class: str, weight_format: str, compute: str
) -> tuple[float, float]:
    """Shares of peak bandwidth at which dense matrices and routed experts are read."""
    base = pick(cal.weight_read, generation if memory_class == "hbm" else memory_class)
    keys = (f"{weight_format}/{compute}", weight_format)
    return base * pick(cal.weight_format, *keys), base * pick(cal.expert_format, *keys)


def compute_share(cal: Calibration, generation: str, memory_class: str, compute: str) -> float:
    """Share of the dense peak that large GEMMs reach."""
    return pick(pick(cal.compute, f"{generation}-{memory_class}", generation), compute)


def is_seen(cal: Calibration, engine_family: str, generation: str) -> tuple[bool, bool]:
    """Whether the constants were fitted on this engine, and on this generation."""
    return engine_family in cal.seen_engines, generation in cal.seen_generations
