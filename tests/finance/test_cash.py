"""Cash flows, by hand and against textbook figures."""

from __future__ import annotations

import pytest

from optimizer.finance.cash import (
    avoided,
    cumulative,
    month_shares,
    net_present_value,
    payback_month,
    spread,
    yearly_return,
)


def test_months_of_a_broken_horizon() -> None:
    assert month_shares(1) == [1.0] * 12
    assert month_shares(0.125) == [1.0, 0.5]
    assert len(month_shares(3)) == 36


def test_spread_rises_once_a_year() -> None:
    """230 over two years at 30 %: 100 in the first, 130 in the second."""
    made = spread(230, 2, 0.3)
    assert sum(made[:12]) == pytest.approx(100)
    assert sum(made[12:]) == pytest.approx(130)
    assert made[0] == pytest.approx(made[11])


def test_cumulative_begins_with_the_purchase() -> None:
    assert cumulative(100, [10, 20]) == [100, 110, 130]
    assert cumulative(0, [50, 50, 50]) == [0, 50, 100, 150]


def test_buying_against_renting() -> None:
    assert avoided(100, [10, 10], [60, 70], 25) == [-100, 50, 85]


def test_net_present_value_by_hand() -> None:
    """21 % a year is 21 % after twelve months: 121 then is worth 100 today."""
    flows = [-90.0, *[0.0] * 11, 121.0]
    assert net_present_value(flows, 0.21) == pytest.approx(10)
    assert net_present_value([-90, 40, 60], 0) == pytest.approx(10)


def test_return_by_hand() -> None:
    """100 that come back as 121 after a year return 21 %."""
    assert yearly_return([-100, *[0.0] * 11, 121]) == pytest.approx(0.21)


def test_no_return_unless_money_goes_out_and_comes_back() -> None:
    assert yearly_return([-100, -1, -1]) is None
    assert yearly_return([0, 1, 1]) is None


def test_payback_is_the_first_month_that_is_not_dearer() -> None:
    assert payback_month([100, 110, 120], [0, 60, 120]) == 2
    assert payback_month([100, 110, 120], [0, 10, 20]) is None
    assert payback_month([0, 1], [0, 10]) == 0
