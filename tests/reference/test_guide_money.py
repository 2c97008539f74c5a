"""The guide's bills, its three-year cost and its break-even against renting."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import Catalog, load_catalog
from optimizer.finance.schedule import Schedule
from optimizer.finance.tco import (
    CostItem,
    CostSummary,
    UnitCosts,
    energy_cents,
    energy_microcents_per_watt,
    total_cost,
)
from tests.reference import guide_tables as guide

TIERS = list(guide.BILLS)


@pytest.fixture(scope="module")
def overlaid() -> Catalog:
    return load_catalog([Path("a100-guide")])


def thousands(value: float) -> int:
    return round(value / 1000)


# Bills of materials


@pytest.mark.parametrize("tier", TIERS)
def test_lines_add_up(tier: str) -> None:
    bill = guide.BILLS[tier]
    for end in (0, 1):
        assert sum(line[2 + end] for line in bill.lines) + bill.not_bought[end] == bill.sum_new[end]
    if bill.sum_used is not None and bill.accelerators_used is not None:
        rest = [sum(line[2 + end] for line in bill.lines[1:]) for end in (0, 1)]
        used = tuple(a + b for a, b in zip(bill.accelerators_used, rest, strict=True))
        assert used == bill.sum_used


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("condition", ["new", "used"])
def test_totals_follow_from_the_lines(tier: str, condition: str) -> None:
    """To a thousand, but for the totals listed; tier 2's range begins and ends 0.6 higher."""
    bill = guide.BILLS[tier]
    printed, added = (
        (bill.total_new, bill.sum_new) if condition == "new" else (bill.total_used, bill.sum_used)
    )
    if printed is None or added is None:
        return
    worst = max(abs(p - a) for p, a in zip(printed, added, strict=True))
    assert (worst > 650) == ((tier, condition) in guide.TOTALS_NOT_FOLLOWING)


def test_bridges_close_the_gap_of_tier_2(overlaid: Catalog) -> None:
    """The lines add to 25.4-35.4 thousand; with three bridges the printed 26-36 comes out."""
    name, count = guide.BRIDGES
    offer = max((o for o in overlaid.offers[name] if o.date == "2025-01"), key=lambda o: o.date)
    low, high = guide.BILLS["tier 2"].sum_new
    bridges = count * offer.typical
    assert 600 <= bridges <= 1_000
    assert (thousands(low + bridges), thousands(high + bridges)) == (26, 36)


def test_headers_and_totals_disagree() -> None:
    for tier in ("tier 2", "tier 3", "tier 4"):
        assert guide.BILLS[tier].header != guide.BILLS[tier].total_new
    assert guide.BILLS["tier 1"].header[0] < guide.BILLS["tier 1"].sum_new[0]


def test_without_the_liquid_line() -> None:
    """Air is the standard: the same bills without the cooling that the guide calls required."""
    for tier, left in (("tier 3", (73_700, 93_700)), ("tier 4", (149_900, 179_900))):
        bill = guide.BILLS[tier]
        (liquid,) = (line for line in bill.lines if line[0].startswith("cdu"))
        assert tuple(s - c for s, c in zip(bill.sum_new, liquid[2:], strict=True)) == left


# "Total 3-Year TCO"


def three_years(tier: str, hardware: float) -> CostSummary:
    """The tier's columns through the only cost function: dollars in, cents out."""
    _, _, _, cooling, support, _, _ = guide.TCO[tier]

    def lump(price: float, yearly: float = 0) -> UnitCosts:
        return UnitCosts(round(price * 100_000), 0, 0, round(yearly * 100_000), 0, 0)

    items = [
        CostItem("platform", lump(hardware, support), 1),
        CostItem("cooling", lump(cooling), 1),
    ]
    micro = energy_microcents_per_watt(guide.TARIFF, 1.0, 3, 0.0)
    return total_cost(
        items,
        watts={"energy": energy_cents(guide.POWER[tier].average_w, micro)},
        installation=0,
        schedule=Schedule(3),
    )


@pytest.mark.parametrize("tier", guide.TCO)
def test_tco_table(tier: str) -> None:
    new, used, electricity, _, _, total_new, total_used = guide.TCO[tier]
    for hardware, total in ((new, total_new), (used, total_used)):
        found = three_years(tier, hardware)
        assert thousands(found.tco / 100) == total
        assert found.lines["energy"] / 100_000 == pytest.approx(electricity, rel=0.025)


def test_cooling_column_is_a_share_of_electricity(overlaid: Catalog) -> None:
    """29 to 32 %: the power usage effectiveness of the overlay's rooms, which holds it."""
    for row in guide.TCO.values():
        assert 0.28 < row[3] / row[2] < 0.33
    rooms = [s for i, s in overlaid.sites.items() if i.startswith("guide-")]
    assert {room.pue for room in rooms} == {1.3}


def test_support_column_as_a_yearly_rate(overlaid: Catalog) -> None:
    """One rate of the price gives tiers 3 and 4; tiers 1 and 2 pay more, and used twice as much."""
    rate = overlaid.cost_classes["platform"].support_per_year.new
    for tier in ("tier 3", "tier 4"):
        assert round(3 * rate * guide.TCO[tier][0]) == guide.TCO[tier][4]
    for tier in ("tier 1", "tier 2"):
        assert 3 * rate * guide.TCO[tier][0] < guide.TCO[tier][4]
    used = overlaid.cost_classes["platform"].support_per_year.used
    assert 3 * used * guide.TCO["tier 4"][1] == pytest.approx(guide.TCO["tier 4"][4])


def test_the_guide_knows_no_failures_and_no_resale(overlaid: Catalog) -> None:
    for held in overlaid.cost_classes.values():
        assert held.failures_per_year.new == held.failures_per_year.used == 0
        assert set(held.residual) == {0}


def test_average_watts_of_the_tco_exceed_typical() -> None:
    for row in guide.POWER.values():
        assert row.average_w > row.typical_w


# "Cloud Break-Even"


def months(capex: float, accelerators: int, usd_per_hour: float) -> float:
    return capex / (accelerators * usd_per_hour * guide.HOURS_OF_CLOUD_MONTH)


@pytest.mark.parametrize("rate", guide.CLOUD)
def test_break_even_of_tier_2(rate: str, overlaid: Catalog) -> None:
    """25,000 dollars, the low end of the header, and nothing for running it."""
    usd, printed, _ = guide.CLOUD[rate]
    assert overlaid.cloud_rates[rate].usd_per_gpu_hour == usd
    assert round(months(guide.TIER_2_NEW, 2, usd)) == printed
    assert round(months(1000 * guide.TCO["tier 2"][0], 2, usd)) > printed


@pytest.mark.parametrize("rate", guide.CLOUD)
def test_break_even_of_tier_4_follows_from_nothing_given(rate: str) -> None:
    usd, _, printed = guide.CLOUD[rate]
    follows = months(guide.TIER_4_USED, 8, usd)
    assert follows == pytest.approx(guide.TIER_4_FOLLOWS[printed], abs=0.45)
    assert follows > 1.4 * printed
    # the printed months are those of about 70,000 dollars, which stands nowhere
    assert printed * 8 * usd * guide.HOURS_OF_CLOUD_MONTH == pytest.approx(70_000, rel=0.02)
    assert guide.DGX["dgx-a100-640gb"][1][0] > 70_000
