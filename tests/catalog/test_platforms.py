"""Platforms of the shipped catalog: what is inside, lanes, power, and their prices."""

from __future__ import annotations

from functools import cache

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.instance.hosting import hosts_of
from optimizer.schema.components import Accelerator, Cpu, Memory, Nic, Platform, Storage

WALL_EFFICIENCY = 0.91
"""80 PLUS Platinum and Titanium at full load and 230 V (redundant supplies)."""


@cache
def catalog() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog()


def platforms() -> list[Platform]:
    """All platforms, by id."""
    return [r for r in catalog().of_kind("platform") if isinstance(r, Platform)]


def platform(name: str) -> Platform:
    """One platform by id."""
    record = catalog().components[name]
    assert isinstance(record, Platform)
    return record


def card(name: str) -> Accelerator:
    """One accelerator by id."""
    record = catalog().components[name]
    assert isinstance(record, Accelerator)
    return record


def inside(record: Platform) -> list[tuple[object, int]]:
    """The included components with their quantities."""
    return [(catalog().components[part.id], part.quantity) for part in record.included]


def load_w(record: Platform, extra_w: int = 0) -> int:
    """Watts of the base and of everything inside, at full load."""
    watts = (record.base_w or 0) + extra_w
    for part, quantity in inside(record):
        if isinstance(part, Accelerator | Cpu):
            watts += (part.tdp_w or 0) * quantity
        elif isinstance(part, Memory | Storage | Nic):
            watts += (part.power_w or 0) * quantity
    return watts


FILLED = [r for r in platforms() if r.included]


def test_the_catalog_is_broad() -> None:
    """At least 46 platforms, of every kind and for every interface that is sold."""
    assert len(platforms()) >= 46
    assert {r.kind for r in platforms()} == {"board", "barebone", "hgx", "turnkey", "workstation"}
    assert {"pcie", "sxm2", "sxm4", "sxm5", "sxm6", "oam"} <= {r.interface for r in platforms()}


NAMES = [
    "h12ssl-i",
    "romed8-2t",
    "h13ssl-n",
    "wrx90e",
    "4124gs-tnr",
    "4125gs-tnrt",
    "420gp-tnr",
    "421ge-tnrt",
    "esc8000a-e11",
    "esc8000a-e12",
    "esc8000a-e13",
    "r750xa",
    "sr670v2",
    "xe7740",
    "dl380a-gen12",
    "2124gq-nart",
    "xe8545",
    "4124go-nart",
    "xe9680-a100",
    "xe9680-h100",
    "xe9680-h200",
    "821ge-tnhr",
    "8125gs-tnmr2",
    "dgx-a100-640",
    "dgx-a100-320",
    "dgx-station-a100-320",
    "dgx-station-a100-160",
    "dgx-h100",
    "dgx-h200",
    "dgx-b200",
]


@pytest.mark.parametrize("name", NAMES)
def test_people_find_them_by_short_names(name: str) -> None:
    """The names that people type resolve to a platform."""
    assert catalog().resolve("platform", name)


@pytest.mark.parametrize("record", FILLED, ids=lambda r: r.id)
def test_modules_inside_fit(record: Platform) -> None:
    """Cards inside have the platform's interface, the stated count, and find a host."""
    cards = [(part, n) for part, n in inside(record) if isinstance(part, Accelerator)]
    assert len(cards) == 1
    part, quantity = cards[0]
    assert part.interface == record.interface
    assert record.accelerator_counts == (quantity,)
    assert record.accelerators == (part.id,)
    assert hosts_of(record, part)


@pytest.mark.parametrize("record", FILLED, ids=lambda r: r.id)
def test_processors_inside_fit(record: Platform) -> None:
    """Every socket is filled with a processor of that socket."""
    cpus = [(part, n) for part, n in inside(record) if isinstance(part, Cpu)]
    assert [n for _, n in cpus] == [record.sockets]
    assert cpus[0][0].socket == record.socket


@pytest.mark.parametrize("record", platforms(), ids=lambda r: r.id)
def test_lanes_suffice_for_what_is_inside(record: Platform) -> None:
    """Accelerators, drives and network cards inside do not take more lanes than there are."""
    used = record.lanes_reserved + record.lanes_per_accelerator * max(record.accelerator_counts)
    own = 0
    for part, quantity in inside(record):
        if isinstance(part, Storage | Nic):
            used += part.pcie_lanes * quantity
        elif isinstance(part, Cpu):
            own += part.pcie_lanes * quantity
    available = record.host_lanes if record.host_lanes is not None else own
    if available:
        assert used <= available
    else:
        cpus = [r for r in catalog().of_kind("cpu") if isinstance(r, Cpu)]
        fits = [r.pcie_lanes for r in cpus if r.socket == record.socket]
        assert fits
        assert used <= max(fits) * record.sockets


@pytest.mark.parametrize("record", platforms(), ids=lambda r: r.id)
def test_figures_are_plausible(record: Platform) -> None:
    """Rack units, weight, depth, noise and supplies are those of a real box."""
    assert record.base_w is not None
    assert record.base_idle_w is not None
    assert 0 < record.base_idle_w <= record.base_w <= 4000
    if record.kind == "board":
        assert record.power is None
        assert record.power_connectors is None
        return
    assert record.power is not None
    assert record.rack_units is not None
    assert record.power.required <= record.power.quantity
    capacities = (
        record.power.capacity_120v_w,
        record.power.capacity_208v_w,
        record.power.capacity_240v_w,
    )
    assert sorted(capacities) == list(capacities)
    assert 0 <= record.rack_units <= 12
    assert 35 <= (record.noise_dba or 0) <= 95
    assert 1 <= (record.weight_kg or 0) <= 160
    assert 150 <= (record.depth_mm or 0) <= 1000


@pytest.mark.parametrize("record", FILLED, ids=lambda r: r.id)
def test_supplies_carry_what_is_inside(record: Platform) -> None:
    """All supplies together carry the full load at 240 V with 10 % to spare."""
    assert record.power is not None
    capacity = record.power.capacity_240v_w * record.power.quantity
    assert load_w(record) <= 0.9 * capacity


# Published maximum at the wall (NVIDIA datasheets and user guides), in watts.
PUBLISHED_W = {
    "dgx-a100-640gb": 6500,
    "dgx-a100-320gb": 6500,
    "dgx-station-a100-320gb": 1500,
    "dgx-station-a100-160gb": 1500,
    "dgx-h100": 10_200,
    "dgx-h200": 10_200,
    "dgx-b200": 14_300,
    "dgx-b300": 15_100,
}


@pytest.mark.parametrize("name", PUBLISHED_W)
def test_dgx_parts_add_up_to_the_published_power(name: str) -> None:
    """The parts, through the supplies, meet the published maximum within 7 %."""
    wall_w = load_w(platform(name)) / WALL_EFFICIENCY
    assert wall_w == pytest.approx(PUBLISHED_W[name], rel=0.07)


def test_the_power_rule_meets_a_measured_server() -> None:
    """XE8545 with four 500 W modules drew 3,278 W at the wall (MLPerf Inference v1.1).

    Sixteen memory modules and two drives come on top of what is inside: about 150 W.
    """
    wall_w = load_w(platform("dell-xe8545-a100-80gb-500w"), extra_w=150) / WALL_EFFICIENCY
    assert wall_w == pytest.approx(3278, rel=0.1)


def test_dgx_needs_200_volts_and_the_station_does_not() -> None:
    """DGX A100 takes 200 to 240 V only; DGX Station A100 plugs into a wall outlet."""
    rack, station = platform("dgx-a100-640gb"), platform("dgx-station-a100-320gb")
    assert rack.power is not None
    assert rack.power.capacity_120v_w == 0
    assert station.power is not None
    assert station.power.capacity_120v_w >= 1500
    assert station.noise_dba is not None
    assert station.noise_dba <= 37


def test_big_supplies_derate_at_low_line() -> None:
    """A 2,000 W supply of the AS-4124GS-TNR delivers 1,000 W at 100 to 127 V (its label)."""
    power = platform("smc-as-4124gs-tnr").power
    assert power is not None
    assert (power.capacity_120v_w, power.capacity_240v_w) == (1000, 2000)


def test_dgx_a100_holds_what_its_datasheet_says() -> None:
    """Two EPYC 7742, 2 TB in 32 modules, eight 3.84 TB drives, ten network cards."""
    held = {part.id: part.quantity for part in platform("dgx-a100-640gb").included}
    assert held == {
        "a100-sxm4-80gb": 8,
        "epyc-7742": 2,
        "ddr4-3200-rdimm-64gb": 32,
        "nvme-u2-3.84tb-gen4": 8,
        "nvme-m2-1.92tb-gen4": 2,
        "connectx-6-hdr-200g-1p": 10,
    }
    assert platform("dgx-a100-640gb").weight_kg == pytest.approx(123.16, abs=0.1)


def test_a100_modules_are_air_cooled_as_standard() -> None:
    """Liquid is an option, not a need: every liquid A100 server has an air sibling."""
    a100 = [r for r in platforms() if r.interface == "sxm4"]
    liquid = [r for r in a100 if r.cooling == "liquid"]
    assert len(a100) > 3 * len(liquid)
    assert all(r.id.removesuffix("-500w-liquid") in catalog().components for r in liquid)


def test_four_modules_form_a_mesh_and_eight_a_switched_fabric() -> None:
    """HGX A100 4-GPU is a full mesh without NVSwitch; 8-GPU has NVSwitches (NVIDIA HGX guide)."""
    for record in (r for r in platforms() if r.interface == "sxm4"):
        assert record.fabric == {4: "mesh", 8: "nvswitch"}[record.accelerator_counts[0]]


def test_the_guides_tiers_can_be_built() -> None:
    """One and two A100 PCIe in a forced-air server, four and eight SXM with their platform."""
    server, a100 = platform("smc-as-4124gs-tnr"), card("a100-pcie-80gb")
    hosts = {(h.count, h.fabric) for h in hosts_of(server, a100)}
    assert {(1, "pcie"), (2, "pcie"), (2, "bridge"), (8, "bridge")} <= hosts
    for name in ("smc-as-2124gq-nart-a100-80gb", "dgx-station-a100-320gb", "dgx-a100-640gb"):
        assert hosts_of(platform(name), card(platform(name).accelerators[0]))
        assert catalog().offers[name]


def test_passive_cards_need_forced_air() -> None:
    """A passive A100 finds no host in a desk-side box with quiet fans."""
    assert hosts_of(platform("bizon-x5500-g2"), card("a100-pcie-80gb")) == []
    assert hosts_of(platform("bizon-x5500-g2"), card("rtx-pro-6000-blackwell-max-q"))


@pytest.mark.parametrize("record", FILLED, ids=lambda r: r.id)
def test_whole_nodes_are_not_priced_as_barebones(record: Platform) -> None:
    """A node costs more than its share of a barebone: at least 700 per module inside."""
    for offer in catalog().offers.get(record.id, ()):
        assert offer.low >= 700 * max(record.accelerator_counts)


def test_popular_platforms_have_a_price() -> None:
    """Most platforms can be bought; those without a defensible price stay out."""
    priced = [r for r in platforms() if catalog().offers.get(r.id)]
    assert len(priced) >= 0.85 * len(platforms())


def test_guide_prices_of_dgx() -> None:
    """The guide's January 2025 bands for a used DGX A100 and DGX Station A100."""
    bands = {"dgx-a100-640gb": (80_000, 120_000), "dgx-station-a100-320gb": (60_000, 80_000)}
    for name, band in bands.items():
        used = [o for o in catalog().offers[name] if o.condition == "used"]
        assert [(o.low, o.high) for o in used if o.date == "2025-01"] == [band]
