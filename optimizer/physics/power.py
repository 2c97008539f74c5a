"""Node power: from its parts to watts at the wall, and what a power cap costs.

Wall watts = parts / efficiency of the supply at that load. Efficiencies are the 80 PLUS minimums
of the class (115 V and 230 V tables of the 80 PLUS programme): 100 % load for the peak, 50 % load
for the average, so the wall figure is on the safe side of any supply that carries the label.
``docs/power.md`` compares the result with measured nodes.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import Literal

BUSY_UTILISATION = 0.85
"""Accelerator draw while serving, as a share of the way from idle to the power limit. Estimate,
in the middle of what was measured under load: 8x B200 on Llama 2 70B 0.9 (MLPerf Inference v5.1),
RTX PRO 6000 under vLLM 0.80 to 0.95, RTX 3090 0.9; decode in small batches draws far less (H200:
0.1 to 0.4, arXiv 2605.11999)."""

HOST_UTILISATION = 0.3
"""Draw of everything but accelerators while serving, as a share of the way from idle to full load:
processors, drives, board and fans. Estimate: the share that leaves the smallest error on 12
measured nodes together with ``BUSY_UTILISATION``."""

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

MemoryClass = Literal["gddr", "hbm"]

CAP_CURVES: dict[MemoryClass, tuple[tuple[float, float], ...]] = {
    "gddr": ((0.5, 0.78), (0.6, 0.88), (0.7, 0.935), (0.8, 0.975), (1.0, 1.0)),
    "hbm": ((0.55, 0.77), (0.69, 0.85), (0.8, 0.94), (1.0, 1.0)),
}
"""Class -> (cap as a share of the power limit, throughput kept), lowest cap first."""


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


def capped_throughput_share(cap_w: float, tdp_w: float, memory: MemoryClass) -> float:
    """Share of the throughput that an accelerator keeps under a power cap, 0 to 1.

    Straight lines through rounded points near the lower end of what batched serving kept.

    ``gddr``: RTX PRO 6000 Blackwell under vLLM, 32 requests at once, a dense LLM and a mixture:
    75 and 81 % kept at 300 of 600 W, 87 and 90 % at 350 W, 96 % at 400 W (MMBT hardware tests,
    2026-04). RTX 3090: 97 % of decode at 250 of 350 W, 94 % at 200 W (LLM Garage, 2026-02), over
    95 % of training at 280 W (Puget Systems, 2020-11); but a 370 W card kept 76 % at 250 W with a
    3-bit LLM under llama.cpp (club-3090, 2026-05), so the curve promises less than the best.

    ``hbm``: rates that NVIDIA set for A100 with and without a cap in MLPerf Inference v1.1 and
    v2.1: 90,000 of 96,000 at 200 of 250 W, 88,000 of 104,000 at 275 of 400 W (RNN-T), 18.5 of 24
    at 165 of 300 W (3D-UNet). They are bound by compute; an LLM kept 94 % at 175 of 250 W (arXiv
    2310.03003), and decode alone loses nothing until the cap is reached (arXiv 2605.11999).

    Raises ValueError below the lowest cap that was measured, and for a limit of nothing.
    """
    if tdp_w <= 0:
        raise ValueError(f"a power limit of {tdp_w} W; give the accelerator's TDP in watts")
    curve, share = CAP_CURVES[memory], cap_w / tdp_w
    lowest = curve[0][0]
    if share < lowest:
        raise ValueError(
            f"a cap of {cap_w:g} W is under {lowest:.0%} of {tdp_w:g} W, below what was measured; "
            f"use {ceil(lowest * tdp_w)} W or more"
        )
    for (low, kept_low), (high, kept_high) in pairwise(curve):
        if share <= high:
            return kept_low + (kept_high - kept_low) * (share - low) / (high - low)
    return 1.0
