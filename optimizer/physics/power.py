"""Node power: from its parts to watts at the wall.

Wall watts = parts / efficiency of the supply at that load. Efficiencies are the 80 PLUS minimums
of the class (115 V and 230 V tables of the 80 PLUS programme): 100 % load for the peak, 50 % load
for the average, so the wall figure is on the safe side of any supply that carries the label.
"""

from __future__ import annotations

from math import ceil

BUSY_UTILISATION = 0.8
"""Accelerator draw while serving, as a share of the way from idle to the power limit. Estimate:
decode is memory-bound and stays below the limit; MLPerf server runs of 8-GPU nodes average 70-90 %
of the sum of limits."""

EFFICIENCY: dict[str, dict[str, tuple[float, float]]] = {
    "low": {
        "bronze": (0.85, 0.82),
        "silver": (0.88, 0.85),
        "gold": (0.90, 0.87),
        "platinum": (0.92, 0.89),
        "titanium": (0.94, 0.90),
    },
    "high": {
        "bronze": (0.85, 0.81),
        "silver": (0.89, 0.85),
        "gold": (0.92, 0.88),
        "platinum": (0.94, 0.91),
        "titanium": (0.96, 0.91),
    },
}
"""Input range -> 80 PLUS class -> (efficiency at 50 % load, at 100 % load)."""

LOW_LINE_MAX_V = 150


def input_range(volts: int) -> str:
    """``low`` for 100-127 V mains, ``high`` for 200-240 V and above."""
    return "low" if volts <= LOW_LINE_MAX_V else "high"


def peak_milliwatts_per_watt(efficiency: str, volts: int) -> int:
    """Wall milliwatts for one watt of load at full load, rounded up."""
    return ceil(1000 / EFFICIENCY[input_range(volts)][efficiency][1])


def average_milliwatts_per_watt(efficiency: str, volts: int) -> int:
    """Wall milliwatts for one watt of load at half load, rounded up."""
    return ceil(1000 / EFFICIENCY[input_range(volts)][efficiency][0])


def average_w(idle_w: int, peak_w: int, duty: float, utilisation: float = 1.0) -> int:
    """Mean draw of a part that is busy for ``duty`` of the hours, in whole watts, rounded up."""
    return ceil(round(idle_w + (peak_w - idle_w) * utilisation * duty, 6))


def wall_w(load_w: int, milliwatts_per_watt: int) -> int:
    """Watts at the wall for a load, rounded up."""
    return -(-load_w * milliwatts_per_watt // 1000)
