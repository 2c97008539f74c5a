"""Look up the constants of a calibration, with its fallbacks for what was never measured."""

from __future__ import annotations

from typing import TypeVar

from optimizer.schema.calibration import Calibration, Fabric, Overhead

T = TypeVar("T")


def pick(table: dict[str, T], *keys: str) -> T:
    """The entry of the first key that the table has, else its ``default``."""
    for key in keys:
        if key in table:
            return table[key]
    return table["default"]


def compute_share(cal: Calibration, generation: str, compute: str) -> float:
    """Share of the dense peak that large GEMMs reach."""
    row = pick(cal.compute, generation)
    return pick(row, compute)


def fabric_of(cal: Calibration, fabric: str) -> Fabric:
    """Latency and link efficiency of an all-reduce over this fabric."""
    return pick(cal.fabrics, fabric)


def overhead_of(cal: Calibration, engine_family: str) -> Overhead:
    """Fixed times of an engine."""
    return pick(cal.engines, engine_family)


def is_seen(cal: Calibration, engine_family: str, generation: str) -> tuple[bool, bool]:
    """Whether the constants were fitted on this engine, and on this generation."""
    return engine_family in cal.seen_engines, generation in cal.seen_generations
