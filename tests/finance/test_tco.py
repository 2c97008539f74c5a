"""Costs against hand arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.finance.cash import interest_share
from optimizer.finance.schedule import Schedule
from optimizer.finance.tco import (
    CostItem,
    Rates,
    Terms,
    UnitCosts,
    Upkeep,
    capacity_microcents_per_watt,
    cents_per_million_tokens,
    energy_cents,
    energy_microcents_per_watt,
    escalated_years,
    exact,
    mean_tariff,
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
        Terms(THREE, sales_tax=Fraction("0.0825"), shipping=Fraction("0.02")),
    )
    assert unit == UnitCosts(1_000_000, 82_500, 20_000, 150_000, 120_000, 350_000)
    assert unit.capex == 1_102_500
    assert unit.tco == 1_022_500


def test_each_amount_rounds_against_the_buyer() -> None:
    """A price of 101 cents: 8.25 % is 8.33, so 9; 33.3 % of 101 is 33.6, so 33 come back."""
    unit = unit_costs(
        101,
        rates("0.01", "0.01", "0.333"),
        Terms(THREE, sales_tax=Fraction("0.0825"), shipping=Fraction("0.001")),
    )
    # Shipping 0.101 -> 1; support and failures 101 x 0.03 = 3.03 -> 4.
    assert unit == UnitCosts(101, 9, 1, 4, 4, 33)


def test_a_part_that_is_owned_costs_nothing() -> None:
    terms = Terms(THREE, sales_tax=THREE, shipping=THREE, spares=THREE, financing=THREE)
    unit = unit_costs(0, rates("0.1", "0.1", "0.5"), terms)
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
        Terms(THREE, import_duty=Fraction("0.025")),
        abroad=True,
    )
    assert unit_costs(101, rates(), Terms(THREE, import_duty=Fraction("0.025"))).duty == 0
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
        watts={"energy": 1000},
        installation=250,
        schedule=Schedule(float(Fraction(years)), float(rate), float(escalation)),
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
        "spares": 0,
        "installation": 250,
        "energy": 1000,
        "cooling energy": 0,
        "demand": 0,
        "colocation": 0,
        "space": 0,
        "cooling upkeep": 0,
        "support": 675,
        "failures": 405,
        "licences": 0,
        "staff": 0,
        "financing": 0,
        "decommissioning": 0,
        "resale": -1300,
    }
    assert found.capex == 5400 + 500 + 472 + 118 + 250
    assert found.tco == found.capex + 1000 + 675 + 405 - 1300
    assert found.opex == 780
    assert list(found.lines)[:2] == ["hardware: accelerator", "hardware: platform"]


def test_without_a_discount_both_totals_agree() -> None:
    assert summary("0").discounted == summary("0").tco


def test_discounted_by_hand() -> None:
    """At 21 % a year over a year: a month is 1.6 %; costs at the end of each, resale with the last.

    The sum of 1.21^(-k/12) for k = 1 to 12 is (1 - 1/1.21) / (1.21^(1/12) - 1) = 10.83912. Energy,
    support and failures 2,080 / 12 a month: 1,878.78; resale 1,300 / 1.21 = 1,074.38; capex 6,740.
    """
    assert summary("0.21", "0", 1).discounted == round(6740 + 1878.78 - 1074.38)


def test_spares_are_bought_and_sold() -> None:
    """10 % spares of 10,000.00 landed at 10,800.00: 1,080.00; resale 35 % of 11,000.00."""
    terms = Terms(THREE, sales_tax=Fraction("0.08"), spares=Fraction("0.1"))
    unit = unit_costs(1_000_000, rates("0", "0", "0.35"), terms)
    assert (unit.tax, unit.spares, unit.residual) == (80_000, 108_000, 385_000)
    assert unit.capex == 1_188_000


def test_prices_of_services_and_failure_rates_rise() -> None:
    """1 + 1.1 + 1.21 = 3.31 years of support; failures grow by 20 %: 1 + 1.2 + 1.44 = 3.64."""
    growth = Terms(THREE, service_escalation=Fraction("0.1"), failure_growth=Fraction("0.2"))
    unit = unit_costs(1_000_000, rates("0.05", "0.02"), growth)
    assert (unit.support, unit.failures) == (165_500, 72_800)


def test_upkeep_is_due_whatever_the_price() -> None:
    """4,500 of licences and 1,200 of staff a year, 4U at 20 dollars a month, 300 at the end."""
    upkeep = Upkeep(*map(Fraction, (450_000, 4 * 20 * 100 * 12, 120_000, 30_000)))
    unit = unit_costs(0, rates("0.1", "0.1", "0.5"), Terms(THREE), upkeep=upkeep)
    assert (unit.licences, unit.space, unit.staff) == (1_350_000, 288_000, 360_000)
    assert unit.capex == 0
    assert unit.tco == 1_350_000 + 288_000 + 360_000 + 30_000


def test_a_loan_by_hand() -> None:
    """1,000 at 12 % in twelve instalments of 1,000 x 0.01 / (1 - 1.01^-12) = 88.8487887."""
    share = interest_share(0.12, 12)
    assert share == pytest.approx(12 * 0.0888487887 - 1, abs=2e-9)
    assert interest_share(0.0, 24) == 0
    unit = unit_costs(100_000, rates(), Terms(THREE, financing=exact(share)))
    assert (unit.financing, unit.capex) == (6_619, 100_000)


def test_leased_parts_are_not_sold() -> None:
    """3 % a month for 36 months is 108 %: 8 % more than the price, and nothing comes back."""
    terms = Terms(THREE, financing=Fraction("0.08"), leased=True)
    unit = unit_costs(100_000, rates("0", "0", "0.3"), terms)
    assert (unit.financing, unit.residual, unit.tco) == (8_000, 0, 108_000)


def test_resale_of_what_was_bought_old() -> None:
    """Bought at 0.5 of new after two years, 0.25 after four: half of the price less 10 %."""
    curve = (0.9, 0.7, 0.5, 0.35, 0.25)
    assert residual_share(curve, Fraction(2), Fraction(2)) == Fraction("0.45")
    assert residual_share(curve, Fraction(2)) == Fraction("0.5")
    assert residual_share((0.0, 0.0), Fraction(2), Fraction(2)) == 0


def test_tariff_of_several_prices() -> None:
    """A quarter of the energy at 0.40 and the rest at 0.12: 0.19 dollars."""
    assert mean_tariff([(0.25, 0.4), (0.75, 0.12)]) == Fraction("0.19")


def test_reserved_power_by_hand() -> None:
    """200 dollars per kW-month for 36 months are 7.20 dollars per watt."""
    assert capacity_microcents_per_watt(200, 3, 0) == 720_000_000
    # Two years, the second 10 % dearer: 12 + 13.2 months, 5.04 dollars.
    assert capacity_microcents_per_watt(200, 2, 0.1) == 504_000_000


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
        watts={"energy": energy},
        installation=installation,
        schedule=Schedule(3, 0.05),
    )
    assert found.capex == sum(u.capex * n for u, n in bought) + installation
    assert found.tco == sum(u.tco * n for u, n in bought) + installation + energy
