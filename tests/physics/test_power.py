"""Watts at the wall against the 80 PLUS tables and hand arithmetic."""

from __future__ import annotations

from math import ceil
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.physics.power import (
    BUSY_UTILISATION,
    EFFICIENCY,
    HOST_UTILISATION,
    MemoryClass,
    average_milliwatts_per_watt,
    average_w,
    capped_throughput_share,
    input_range,
    peak_milliwatts_per_watt,
    wall_w,
)

PUBLISHED = {
    # 80 PLUS programme, minimum efficiency at 50 % and at 100 % of rated load.
    "low": {  # 115 V internal, non-redundant
        "bronze": (85, 82),
        "silver": (88, 85),
        "gold": (90, 87),
        "platinum": (92, 89),
        "titanium": (94, 90),
    },
    "high": {  # 230 V internal, redundant (data centre)
        "bronze": (85, 81),
        "silver": (89, 85),
        "gold": (92, 88),
        "platinum": (94, 91),
        "titanium": (96, 91),
    },
}
CASES = [(r, c, *shares) for r, table in PUBLISHED.items() for c, shares in table.items()]


@pytest.mark.parametrize(("mains", "label", "half", "full"), CASES)
def test_efficiencies_are_the_published_minimums(
    mains: str, label: str, half: int, full: int
) -> None:
    volts = 120 if mains == "low" else 230
    # Wall milliwatts per watt: 1000 / share, rounded up, in whole numbers.
    assert average_milliwatts_per_watt(label, volts) == -(-100_000 // half)
    assert peak_milliwatts_per_watt(label, volts) == -(-100_000 // full)


def test_no_class_is_missing() -> None:
    assert {r: set(t) for r, t in EFFICIENCY.items()} == {r: set(t) for r, t in PUBLISHED.items()}


@pytest.mark.parametrize(
    ("volts", "mains"), [(100, "low"), (127, "low"), (200, "high"), (240, "high"), (400, "high")]
)
def test_input_range(volts: int, mains: str) -> None:
    assert input_range(volts) == mains


def test_wall_by_hand() -> None:
    """700 W behind a Titanium supply at 230 V: 700 x 1.099 = 769.3, so 770 W."""
    assert wall_w(700, peak_milliwatts_per_watt("titanium", 230)) == 770
    assert wall_w(0, 1099) == 0
    assert wall_w(1000, 1099) == 1099
    assert wall_w(1, 1000) == 1


@given(st.integers(0, 10**6), st.sampled_from(sorted(EFFICIENCY["high"])))
def test_wall_is_never_below_the_true_figure(load: int, label: str) -> None:
    """Rounded up twice, by less than a thousandth of the load and a watt."""
    true = load / EFFICIENCY["high"][label][1]
    found = wall_w(load, peak_milliwatts_per_watt(label, 240))
    assert ceil(round(true, 6)) <= found <= true + load / 1000 + 1


@pytest.mark.parametrize(
    ("idle", "peak", "duty", "utilisation", "watts"),
    [
        (50, 400, 0.0, 1.0, 50),
        (50, 400, 1.0, 1.0, 400),
        # 50 + 350 x 0.8 x 0.5 = 190
        (50, 400, 0.5, 0.8, 190),
        # 10 + 90 x 0.333 = 39.97
        (10, 100, 0.333, 1.0, 40),
        # 0.1 + 0.2 style noise does not cost a watt: 0 + 10 x 0.3 = 3
        (0, 10, 0.3, 1.0, 3),
    ],
)
def test_average(idle: int, peak: int, duty: float, utilisation: float, watts: int) -> None:
    assert average_w(idle, peak, duty, utilisation) == watts


def test_accelerators_work_harder_than_their_host() -> None:
    """Measured under load: RTX PRO 6000 draws 483 to 573 W of 600, 30 W idle (0.79 to 0.95)."""
    low, high = (483 - 30) / (600 - 30), (573 - 30) / (600 - 30)
    assert low <= BUSY_UTILISATION <= high
    assert 0 < HOST_UTILISATION < BUSY_UTILISATION


# What a cap costs: published sweeps, (cap, limit, class, throughput kept).
SWEEPS = [
    # RTX PRO 6000 Blackwell Workstation, vLLM, 32 requests at once: a dense 27B LLM (of 1,382.1
    # tok/s) and one of experts (of 2,472.8). MMBT hardware tests, 2026-04-29.
    (400, 600, "gddr", 1320.2 / 1382.1),
    (350, 600, "gddr", 1201.5 / 1382.1),
    (300, 600, "gddr", 1033.5 / 1382.1),
    (400, 600, "gddr", 2370.8 / 2472.8),
    (350, 600, "gddr", 2227.9 / 2472.8),
    (300, 600, "gddr", 2011.2 / 2472.8),
    # Two RTX PRO 6000, GLM 4.5 Air FP8, many users (of 625.55 tok/s): themarkymark, 2025.
    (360, 600, "gddr", 620.04 / 625.55),
    (300, 600, "gddr", 597.02 / 625.55),
    # Six RTX 3090, decode (of 72.6 tok/s): LLM Garage, 2026-02.
    (300, 350, "gddr", 72.1 / 72.6),
    (250, 350, "gddr", 70.7 / 72.6),
    (200, 350, "gddr", 68.3 / 72.6),
    # RTX 3090, training: over 95 % at 280 W. Puget Systems, 2020-11-13.
    (280, 350, "gddr", 0.95),
    # A100 in MLPerf Inference v1.1 and v2.1: rates of NVIDIA's configurations, RNN-T and 3D-UNet.
    (200, 250, "hbm", 90_000 / 96_000),
    (275, 400, "hbm", 88_000 / 104_000),
    (200, 300, "hbm", 75_000 / 90_000),
    (200, 300, "hbm", 37_500 / 43_000),
    (225, 400, "hbm", 21 / 24),
    (165, 300, "hbm", 18.5 / 24),
    # A100, LLaMA: 6.7 % slower at 175 W. arXiv 2310.03003.
    (175, 250, "hbm", 1 / 1.067),
]


@pytest.mark.parametrize(("cap", "limit", "memory", "kept"), SWEEPS)
def test_a_cap_against_published_sweeps(
    cap: int, limit: int, memory: MemoryClass, kept: float
) -> None:
    """Never more than 4 points better than measured, and at most 20 points worse."""
    found = capped_throughput_share(cap, limit, memory)
    assert -0.20 <= found - kept <= 0.04


def test_a_cap_in_the_middle_of_the_sweeps() -> None:
    errors = [capped_throughput_share(c, t, m) - kept for c, t, m, kept in SWEEPS]
    assert abs(median(errors)) <= 0.05


def test_an_rtx_3090_at_250_watts_keeps_94_percent() -> None:
    """250 / 350 = 0.714: 0.935 + (0.975 - 0.935) x 0.14 = 0.941."""
    assert capped_throughput_share(250, 350, "gddr") == pytest.approx(0.94, abs=0.002)


@pytest.mark.parametrize("memory", ["gddr", "hbm"])
def test_no_cap_costs_nothing(memory: MemoryClass) -> None:
    assert capped_throughput_share(400, 400, memory) == 1
    assert capped_throughput_share(500, 400, memory) == 1


@given(st.floats(0.55, 1.2), st.floats(0.55, 1.2), st.sampled_from(["gddr", "hbm"]))
def test_a_higher_cap_is_never_slower(one: float, other: float, memory: MemoryClass) -> None:
    low, high = sorted((one, other))
    slow, fast = (capped_throughput_share(x * 400, 400, memory) for x in (low, high))
    assert 0 < slow <= fast + 1e-12 <= 1 + 1e-12


def test_a_cap_below_what_was_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="use 175 W or more"):
        capped_throughput_share(170, 350, "gddr")
    with pytest.raises(ValueError, match="power limit of 0 W"):
        capped_throughput_share(170, 0, "hbm")
