"""Sites and money of the shipped catalog: circuits, rooms, cost classes, rates."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.physics.electrical import continuous_w
from optimizer.schema.components import KINDS, Chassis
from optimizer.schema.site import Site

SITES = (
    "home-15a",
    "home-20a",
    "garage-240v",
    "eu-16a",
    "eu-32a-3ph",
    "office-closet",
    "server-room",
    "colocation",
    "datacenter",
)
DOLLARS_PER_EURO = 1.1741


@cache
def catalog() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog()


def circuits_w(site: Site) -> list[int]:
    """Continuous watts of one circuit of each group."""
    return [
        continuous_w(c.volts, c.amps, c.phases, c.continuous_share, c.reserved_w)
        for c in site.circuits
    ]


def test_all_sites_are_there() -> None:
    assert sorted(catalog().sites) == sorted(SITES)


@pytest.mark.parametrize(
    ("name", "watts", "count"),
    [
        ("home-15a", 1440, 1),  # 15 A x 120 V x 0.8
        ("home-20a", 1920, 1),  # 20 A x 120 V x 0.8
        ("garage-240v", 5760, 1),  # 30 A x 240 V x 0.8
        ("eu-16a", 3680, 1),  # 16 A x 230 V
        ("eu-32a-3ph", 22170, 1),  # 32 A x 400 V x sqrt 3
        ("office-closet", 1920, 2),
        ("server-room", 5760, 2),
        ("colocation", 17292, 2),  # 60 A x 208 V x sqrt 3 x 0.8
        ("datacenter", 34502, 8),  # 60 A x 415 V x sqrt 3 x 0.8
    ],
)
def test_circuits(name: str, watts: int, count: int) -> None:
    """Continuous load by NEC 210.20(A), or the full breaker under IEC practice."""
    site = catalog().sites[name]
    assert circuits_w(site) == [pytest.approx(watts, abs=3)] * len(site.circuits)
    assert sum(c.count for c in site.circuits) == count


def test_default_room_cools_what_it_feeds() -> None:
    """The server room removes the continuous load of both circuits: 2 x 5,760 W."""
    room = catalog().sites["server-room"]
    assert room.heat_removal_w == 11_520
    assert (room.rack.units, room.rack.depth_mm, room.rack.load_kg) == (42, 1070, 1364)
    assert room.noise_limit_dba is None


@pytest.mark.parametrize("name", SITES)
def test_rooms_are_plausible(name: str) -> None:
    """PUE, tariff, noise and heat lie where real rooms lie."""
    site = catalog().sites[name]
    fed = sum(w * c.count for w, c in zip(circuits_w(site), site.circuits, strict=True))
    assert 1.0 <= site.pue <= 2.0
    assert 0.08 <= site.electricity_usd_per_kwh <= 0.40
    assert site.noise_limit_dba is None or 35 <= site.noise_limit_dba <= 60
    assert site.heat_removal_w <= fed
    assert "heat_removal_w" in site.estimated


@pytest.mark.parametrize(("name", "euros"), [("eu-16a", 0.2872), ("eu-32a-3ph", 0.1902)])
def test_european_tariffs(name: str, euros: float) -> None:
    """Eurostat, first half of 2025, at the catalog's euro."""
    assert catalog().currencies["EUR"][-1].usd == DOLLARS_PER_EURO
    tariff = catalog().sites[name].electricity_usd_per_kwh
    assert tariff == pytest.approx(euros * DOLLARS_PER_EURO, abs=1e-4)


def test_colocation_bills_reserved_power_and_energy() -> None:
    """194.95 dollars per kW-month (CBRE, H2 2025) beside the commercial tariff; no space by U."""
    site = catalog().sites["colocation"]
    assert (site.colocation_usd_per_kw_month, site.electricity_usd_per_kwh) == (194.95, 0.146)
    assert site.space_usd_per_unit_month == site.demand_usd_per_kw_month == 0


@pytest.mark.parametrize("name", ["home-15a", "home-20a", "eu-16a"])
def test_a_home_holds_a_tower(name: str) -> None:
    """A tower fits the room: units, depth with cables, noise."""
    site = catalog().sites[name]
    depth = site.rack.depth_mm - site.cable_clearance_mm
    towers = [
        c
        for c in catalog().of_kind("chassis")
        if isinstance(c, Chassis) and "tower" in c.notes and (c.rack_units or 99) <= 7
    ]
    assert len(towers) >= 3
    for tower in towers:
        assert (tower.rack_units or 0) <= site.rack.units
        assert (tower.depth_mm or 0) <= depth
        assert (tower.noise_dba or 0) <= (site.noise_limit_dba or 0)


def test_every_kind_is_in_exactly_one_cost_class() -> None:
    classes = {c.id: c for c in catalog().cost_classes.values()}
    covered = [kind for c in classes.values() for kind in c.kinds]
    assert sorted(covered) == sorted(KINDS)


def test_cost_classes_are_plausible() -> None:
    """Resale only falls; used parts fail no less than new ones; at most a DGX contract's 6.7 %."""
    for record in catalog().cost_classes.values():
        assert list(record.residual) == sorted(record.residual, reverse=True)
        failures, support = record.failures_per_year, record.support_per_year
        assert failures.new <= failures.refurbished <= failures.used <= 0.15
        assert support.used <= support.new <= 0.067
        assert {"support_per_year", "failures_per_year", "residual"} <= set(record.estimated)


def test_resale_of_accelerators() -> None:
    """Middle of the published bands of H100 and A100 (years 1 to 3), then of H100."""
    h100 = (0.625, 0.425, 0.30, 0.175, 0.125)
    a100 = (0.525, 0.35, 0.225)
    curve = catalog().cost_classes["accelerator"].residual
    for year, (h, a) in enumerate(zip(h100, a100, strict=False), start=1):
        assert curve[year] == pytest.approx((h + a) / 2, abs=0.01)
    assert curve[4:6] == h100[3:]
    assert all(0.6 < after / before < 0.8 for before, after in pairwise(curve[5:]))


def test_cloud_rates() -> None:
    """Over a hundred dated rates; no accelerator-hour outside 0.1 to 15 dollars."""
    rates = catalog().cloud_rates.values()
    assert len(rates) >= 100
    for rate in rates:
        assert 0.1 <= rate.usd_per_gpu_hour <= 15
    lambda_a100 = catalog().cloud_rates["Lambda:8x a100-80:on-demand"]
    assert (lambda_a100.accelerator, lambda_a100.usd_per_gpu_hour) == ("a100-sxm4-80gb", 2.79)


def test_currencies() -> None:
    """Pounds and francs follow from the euro's reference rates."""
    held = catalog().currencies
    assert held["GBP"][-1].usd == pytest.approx(1.1741 / 0.8734, abs=1e-3)
    assert held["CHF"][-1].usd == pytest.approx(1.1741 / 0.9364, abs=1e-3)


def test_offers_are_in_known_currencies() -> None:
    held = {"USD", *catalog().currencies}
    for offers in catalog().offers.values():
        assert {o.currency for o in offers} <= held
