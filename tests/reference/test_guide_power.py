"""The guide's tables of watts, heat, circuits, UPS and electricity."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import Catalog, load_catalog
from optimizer.finance.tco import energy_cents, energy_microcents_per_watt
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE, continuous_w
from optimizer.physics.heat import btu_h
from optimizer.schema.components import Accelerator, Platform, Ups
from tests.reference import guide_tables as guide

TIERS = list(guide.POWER)
CARDS = {"tier 1": ("a100-pcie-80gb", 1), "tier 2": ("a100-pcie-80gb", 2),
         "tier 3": ("a100-sxm4-80gb", 4), "tier 4": ("a100-sxm4-80gb", 8)}  # fmt: skip
SITES = {"tier 1": "guide-closet", "tier 2": "guide-dedicated-room",
         "tier 3": "guide-server-room", "tier 4": "guide-server-room-two-feeds"}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def overlaid() -> Catalog:
    return load_catalog([Path("a100-guide")])


@pytest.mark.parametrize("tier", TIERS)
def test_gpu_power(tier: str, base: Catalog) -> None:
    name, count = CARDS[tier]
    card = base.components[name]
    assert isinstance(card, Accelerator)
    assert count * (card.tdp_w or 0) == guide.POWER[tier].gpu_w


@pytest.mark.parametrize("tier", TIERS)
def test_heat_is_3412_btu_per_kw(tier: str) -> None:
    """Tier 1 is rounded to a hundred, the others to five hundred."""
    row = guide.POWER[tier]
    grain = 100 if tier == "tier 1" else 500
    for watts, printed in zip(row.system_w, row.heat_btu_h, strict=True):
        assert round(btu_h(int(watts)) / grain) * grain == printed


def test_heat_of_tier_4_contradicts_itself() -> None:
    assert btu_h(5000) == 17_060
    assert round(btu_h(5000), -3) != guide.TIER_4_HEAT_LOW


@pytest.mark.parametrize("tier", TIERS)
def test_typical_watts_contradict_each_other(tier: str) -> None:
    """The power table's typical lies below the physical table's range, or on its edge."""
    row = guide.POWER[tier]
    low, high = row.system_w
    if tier == "tier 4":
        assert row.typical_w == low
    else:
        assert row.typical_w < low
    assert row.typical_w < row.average_w <= high
    assert row.system_w[1] <= row.peak_w[1]


@pytest.mark.parametrize("tier", TIERS)
def test_circuits_carry_the_peak(tier: str, overlaid: Catalog) -> None:
    row = guide.POWER[tier]
    volts, amps, count = row.circuits
    each = continuous_w(volts, amps, 1, 0.8, 0)
    assert each * count >= row.peak_w[1]
    (circuit,) = overlaid.sites[SITES[tier]].circuits
    assert (circuit.volts, circuit.amps, circuit.count) == row.circuits
    # two feeds of 5,760 W add up; neither carries 6,500 W when the other fails
    assert (each >= row.peak_w[0]) == (tier != "tier 4")


def test_sites_pay_the_guides_tariff(overlaid: Catalog) -> None:
    for name in SITES.values():
        assert overlaid.sites[name].electricity_usd_per_kwh == guide.TARIFF


def test_idle_against_measurement(base: Catalog) -> None:
    """Idle of eight modules: 1,000 W in the guide, 1,455 to 1,519 W measured (MLPerf 2.1)."""
    dgx = base.components["dgx-a100-640gb"]
    assert isinstance(dgx, Platform)
    assert guide.POWER["tier 4"].idle_w < 1455
    assert "1,455 to 1,519 W" in dgx.notes


def test_supplies_of_tiers_3_and_4_are_undersized() -> None:
    """One of 3,000 W against a peak of 3,200 W, a redundant 4,500 W against 6,500 W and more."""
    assert guide.POWER["tier 3"].peak_w[1] > 3000
    assert guide.POWER["tier 4"].peak_w[0] > 4500
    # a DGX has six of 3,000 W, three of which carry it
    assert guide.POWER["tier 4"].peak_w[1] <= 3 * 3000


# "UPS Sizing"


@pytest.mark.parametrize("watts", guide.UPS)
def test_ups_table(watts: int, overlaid: Catalog) -> None:
    """About 1.5 VA per watt, rounded; 700 W would be 1,050 VA."""
    va = guide.UPS[watts]
    assert va == pytest.approx(1.5 * watts, rel=0.05)
    held = overlaid.components[f"guide-ups-{va}va"]
    assert isinstance(held, Ups)
    assert (held.power_w, held.power_va) == (watts, va)
    # the volt-amperes suffice at the planning power factor
    assert va * UPS_LOAD_POWER_FACTOR_PERMILLE >= 1000 * watts


@pytest.mark.parametrize("tier", TIERS)
def test_ups_of_the_tiers(tier: str) -> None:
    row = guide.POWER[tier]
    table = guide.UPS[int(row.system_w[1])]
    assert table == guide.UPS_TIERS_DIFFER.get(tier, row.ups_va)
    assert (row.ups_va < table) == (tier in guide.UPS_TIERS_DIFFER)


@pytest.mark.parametrize("tier", ["tier 1", "tier 2", "tier 3"])
def test_real_units_of_that_size_fall_short(tier: str, base: Catalog) -> None:
    """What is sold up to the tier's VA delivers fewer watts than the printed peak and a fifth."""
    row = guide.POWER[tier]
    units = [u for u in base.of_kind("ups") if isinstance(u, Ups) and u.power_va <= row.ups_va]
    assert units
    assert max(u.power_w for u in units) < 1.2 * row.peak_w[1]


# "Electricity Costs"


@pytest.mark.parametrize("tier", TIERS)
def test_electricity_table(tier: str) -> None:
    """36 months of 720 hours: the printed figures to their rounding, three years 1.4 % more."""
    month, years = guide.ELECTRICITY[tier]
    watts = guide.POWER[tier].average_w
    micro = energy_microcents_per_watt(guide.TARIFF, 1.0, 3, 0.0)
    full = energy_cents(watts, micro) / 100
    assert full == pytest.approx(watts / 1000 * 26_280 * guide.TARIFF, abs=0.01)
    hours = full / 26_280 * guide.HOURS_OF_MONTH
    assert round(hours) == month
    assert years == pytest.approx(36 * hours, abs=10)
    assert 1.010 < full / years < 1.020
