"""Bills and break-even, by hand and as the A100 guide prints them."""

from __future__ import annotations

import pytest

from optimizer.finance.cloud import (
    break_even_months,
    crossover_share,
    energy_at_shares,
    monthly_bill,
)


@pytest.mark.parametrize(
    ("usd_per_hour", "months", "printed"),
    [(3.00, 5.7, 6), (1.10, 15.6, 16), (0.66, 26.0, 26)],
)
def test_eight_a100_for_100_000_dollars(usd_per_hour: float, months: float, printed: int) -> None:
    """The guide's table: AWS, Lambda, Thunder Compute; 100,000 / (rate x 8 x 730)."""
    found = break_even_months(100_000, monthly_bill(usd_per_hour, 8))
    assert found == pytest.approx(months, abs=0.06)
    assert found is not None
    assert round(found) == printed


def test_bill_by_hand() -> None:
    assert monthly_bill(3.0, 8) == 17_520
    assert monthly_bill(3.0, 8, 0.5) == 8_760


def test_full_break_even_counts_running_costs() -> None:
    """10,000 / (1,000 - 200) = 12.5 months; renting below the running costs never pays back."""
    assert break_even_months(10_000, 1_000, 200) == 12.5
    assert break_even_months(10_000, 200, 200) is None
    assert break_even_months(10_000, 100, 200) is None


def test_energy_is_a_line_through_idle() -> None:
    """300 W idle, 500 W on average at 40 %: 800 W when busy. 1,000 dollars are 2 per watt."""
    idle, busy = energy_at_shares(1_000, 500, 300, 0.4)
    assert (idle, busy) == (pytest.approx(600), pytest.approx(1_600))
    assert energy_at_shares(0, 0, 0, 0.5) == (0, 0)


def test_crossover_by_hand() -> None:
    """7,400 + 600 + 1,000 u = 17,000 u: u = 8,000 / 16,000 = one half."""
    assert crossover_share(7_400, 600, 1_600, 17_000) == pytest.approx(0.5)


def test_crossover_where_there_is_none() -> None:
    assert crossover_share(20_000, 600, 1_600, 17_000) is None
    assert crossover_share(1_000, 0, 500, 400) is None
    assert crossover_share(-700, 600, 1_600, 17_000) == 0
