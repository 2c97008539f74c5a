"""Costs against hand arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.finance.tco import (
    CostItem,
    Rates,
    UnitCosts,
    cents_per_million_tokens,
    energy_cents,
    energy_microcents_per_watt,
    escalated_years,
    exact,
    present_value_factor,
    residual_share,
    total_cost,
    unit_costs,
)

THREE = Fraction(3)


def rates(support: str = "0", failures: str = "0", residual: str = "0") -> Rates:
    return Rates(Fraction(support), Fraction(failures), Fraction(residual))


def test_unit_costs_by_hand() -> None:
    """10,000.00 dollars for three years.

    Tax 8.25 %: 825.00; shipping 2 %: 200.00; support 5 % a year: 1,500.00; failures 4 % a year:
    1,200.00; resale 35 %: 3,500.00. Capex 11,025.00, TCO 11,025 + 1,500 + 1,200 - 3,500 = 10,225.
    """
    unit = unit_costs(
        1_000_000,
        rates("0.05", "0.04", "0.35"),
        years=THREE,
        sales_tax=Fraction("0.0825"),
        shipping=Fraction("0.02"),
    )
    assert unit == UnitCosts(1_000_000, 82_500, 20_000, 150_000, 120_000, 350_000)
    assert unit.capex == 1_102_500
    assert unit.tco == 1_022_500


def test_each_amount_rounds_against_the_buyer() -> None:
    """A price of 101 cents: 8.25 % is 8.33, so 9; 33.3 % of 101 is 33.6, so 33 come back."""
    unit = unit_costs(
        101,
        rates("0.01", "0.01", "0.333"),
        years=THREE,
        sales_tax=Fraction("0.0825"),
        shipping=Fraction("0.001"),
    )
    # Shipping 0.101 -> 1; support and failures 101 x 0.03 = 3.03 -> 4.
    assert unit == UnitCosts(101, 9, 1, 4, 4, 33)


def test_a_part_that_is_owned_costs_nothing() -> None:
    unit = unit_costs(0, rates("0.1", "0.1", "0.5"), years=THREE, sales_tax=THREE, shipping=THREE)
    assert unit.capex == unit.tco == 0


@pytest.mark.parametrize(
    ("years", "share"),
    [
        (0, "1"),
        (1, "0.7"),
        (2, "0.5"),
        # Half way between 0.7 and 0.5, a quarter of the way from 1 to 0.7.
        ("1.5", "0.6"),
        ("0.25", "0.925"),
        # Beyond the last year the last share stays.
        (5, "0.5"),
    ],
)
def test_residual_share(years: str | int, share: str) -> None:
    assert residual_share((1.0, 0.7, 0.5), Fraction(years)) == Fraction(share)


@pytest.mark.parametrize(
    ("years", "escalation", "weighted"),
    [
        (3, "0", "3"),
        # 1 + 1.1 + 1.21
        (3, "0.1", "3.31"),
        # 1 + 1.1 / 2
        ("1.5", "0.1", "1.55"),
        ("0.5", "0.1", "0.5"),
        # 1 + 0.9 + 0.81
        (3, "-0.1", "2.71"),
    ],
)
def test_escalated_years(years: str | int, escalation: str, weighted: str) -> None:
    assert escalated_years(Fraction(years), Fraction(escalation)) == Fraction(weighted)


def test_energy_by_hand() -> None:
    """A watt for three years is 26.28 kWh; at 0.15 dollars and a PUE of 1.2 that is 4.7304 dollars.

    473.04 cents are 473,040,000 micro-cents. 1,000 W: 473,040 cents.
    """
    rate = energy_microcents_per_watt(0.15, 1.2, 3.0, 0.0)
    assert rate == 473_040_000
    assert energy_cents(1000, rate) == 473_040
    assert energy_cents(0, rate) == 0


def test_energy_is_rounded_up_to_the_cent() -> None:
    """Three watts at a third of a cent are one cent; at a micro-cent more, two."""
    assert energy_cents(3, 333_333) == 1
    assert energy_cents(3, 333_334) == 2


def test_energy_rate_is_exact_in_decimals() -> None:
    """0.1 is a tenth, not the nearest double above it: 8.76 kWh x 10 cents = 87.6 cents."""
    assert energy_microcents_per_watt(0.1, 1.0, 1.0, 0.0) == 87_600_000


def test_duty_is_paid_at_the_border() -> None:
    """2.5 % of 101 cents is 2.525: 3 cents, up; it belongs to the capex."""
    unit = unit_costs(
        101,
        rates(),
        years=THREE,
        sales_tax=Fraction(0),
        shipping=Fraction(0),
        import_duty=Fraction("0.025"),
    )
    assert (unit.duty, unit.capex, unit.tco) == (3, 104, 104)


def test_exact_reads_the_shortest_decimal() -> None:
    assert exact(0.1) == Fraction(1, 10)
    assert exact(2) == 2
    assert exact(Fraction(1, 3)) == Fraction(1, 3)


ITEMS = [
    CostItem("accelerator", UnitCosts(1000, 80, 20, 150, 90, 300), 4),
    CostItem("platform", UnitCosts(500, 40, 10, 75, 45, 100), 1),
    CostItem("accelerator", UnitCosts(700, 56, 14, 0, 0, 0), 2),
]


def summary(rate: str = "0", escalation: str = "0", years: str | int = 3):  # type: ignore[no-untyped-def]
    return total_cost(
        ITEMS,
        energy=1000,
        installation=250,
        years=Fraction(years),
        discount_rate=Fraction(rate),
        escalation=Fraction(escalation),
    )


def test_lines_add_up() -> None:
    """Accelerators 4 x 1,000 + 2 x 700 = 5,400; tax 4 x 80 + 40 + 2 x 56 = 472; and so on."""
    found = summary()
    assert found.lines == {
        "hardware: accelerator": 5400,
        "hardware: platform": 500,
        "tax": 472,
        "shipping": 118,
        "duty": 0,
        "installation": 250,
        "energy": 1000,
        "support": 675,
        "failures": 405,
        "resale": -1300,
    }
    assert found.capex == 5400 + 500 + 472 + 118 + 250
    assert found.tco == found.capex + 1000 + 675 + 405 - 1300
    assert found.opex == 780
    assert list(found.lines)[:2] == ["hardware: accelerator", "hardware: platform"]


def test_without_a_discount_both_totals_agree() -> None:
    assert summary("0").discounted == summary("0").tco


def test_discounted_by_hand() -> None:
    """At 10 % over two years, costs at the end of each year, resale at the end.

    Factor (1/1.1 + 1/1.21) / 2 = 0.867769; support and failures 1,080 x 0.867769 = 937.19; energy
    the same without escalation: 867.77; resale 1,300 / 1.21 = 1,074.38. Capex 6,740.
    """
    found = summary("0.1", "0", 2)
    assert found.discounted == round(6740 + 937.19 + 867.77 - 1074.38)


def test_present_value_factor_by_hand() -> None:
    assert present_value_factor(THREE, Fraction(0), Fraction(0)) == 1
    # Weights 1 and 1.1 at 10 %: (1/1.1 + 1.1/1.21) / 2.1 = 1.818182 / 2.1.
    found = present_value_factor(Fraction(2), Fraction("0.1"), Fraction("0.1"))
    assert found == pytest.approx(1.8181818 / 2.1)
    # A year and a half: 1/1.1, and half a year's cost at its end, 1.5 years from now.
    found = present_value_factor(Fraction("1.5"), Fraction("0.1"), Fraction(0))
    assert found == pytest.approx((1 / 1.1 + 0.5 / 1.1**1.5) / 1.5)


def test_cost_per_token_by_hand() -> None:
    """1,000 tok/s, half busy, for a year: 15,768 million tokens; 15,768 dollars are 1 a million."""
    assert cents_per_million_tokens(1_576_800, 1_000_000, 0.5, 1.0) == pytest.approx(100.0)


cents = st.integers(0, 10**9)
units = st.builds(UnitCosts, cents, cents, cents, cents, cents, cents)


@given(st.lists(st.tuples(units, st.integers(0, 1000)), max_size=6), cents, cents)
def test_totals_are_sums_of_price_times_quantity(
    bought: list[tuple[UnitCosts, int]], energy: int, installation: int
) -> None:
    """What makes the solver's linear objective equal to the report to the cent."""
    found = total_cost(
        [CostItem("cpu", unit, n) for unit, n in bought],
        energy=energy,
        installation=installation,
        years=THREE,
        discount_rate=Fraction("0.05"),
        escalation=Fraction(0),
    )
    assert found.capex == sum(u.capex * n for u, n in bought) + installation
    assert found.tco == sum(u.tco * n for u, n in bought) + installation + energy
