"""When lines are paid, and what that is worth today."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.finance.cash import net_present_value
from optimizer.finance.schedule import Schedule, present_value

LINES = {
    "hardware: accelerator": 9000,
    "hardware: cpu": 1000,
    "tax": 800,
    "shipping": 100,
    "duty": 50,
    "spares": 50,
    "installation": 600,
    "energy": 2400,
    "demand": 240,
    "colocation": 1200,
    "space": 120,
    "cooling upkeep": 24,
    "support": 360,
    "failures": 480,
    "licences": 240,
    "staff": 1200,
    "financing": 1000,
    "decommissioning": 70,
    "resale": -2000,
}


def test_cash_by_hand() -> None:
    """Without a loan: 11,600 now; 6,264 over 24 months; the last brings 2,000 and costs 70."""
    lines = LINES | {"financing": 0}
    flows = Schedule(2).flows(lines)
    assert (flows[0], len(flows)) == (11_600, 25)
    assert flows[1] == pytest.approx(6264 / 24)
    assert flows[24] == pytest.approx(6264 / 24 + 70 - 2000)


def test_loan_by_hand() -> None:
    """Half of 11,000 is borrowed: 6,100 now, (5,500 + 1,000) / 12 a month for a year."""
    flows = Schedule(2, financing="loan", loan_share=0.5, loan_months=12).purchase(LINES)
    assert flows[0] == 6_100
    assert flows[1] == flows[12] == pytest.approx(6500 / 12)
    assert flows[13] == 0


def test_lease_by_hand() -> None:
    """Only the installation now; (11,000 + 1,000) / 24 a month."""
    flows = Schedule(2, financing="lease").purchase(LINES)
    assert flows[0] == 600
    assert flows[1] == flows[24] == 500


rates = st.floats(0, 0.3)


@given(st.sampled_from([0.25, 1.0, 2.5, 3.0]), rates, rates, st.sampled_from(["cash", "loan"]))
def test_flows_add_up_to_the_lines(years, growth, rate, financing) -> None:  # type: ignore[no-untyped-def]
    made = Schedule(years, rate, growth, growth, growth, financing, 0.7, 3)
    lines = LINES if financing == "loan" else LINES | {"financing": 0}
    flows = made.flows(lines)
    assert sum(flows) == pytest.approx(sum(lines.values()))
    # The same as numpy-financial, to a thousandth of a cent.
    assert present_value(flows, rate) == pytest.approx(net_present_value(flows, rate), abs=1e-3)
