"""Parts of the shipped catalog: processors, memory, drives, supplies, cases, network, prices."""

from __future__ import annotations

import re
from functools import cache
from typing import TypeVar

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.schema.base import Sourced
from optimizer.schema.components import (
    Accelerator,
    Cable,
    Chassis,
    Cooling,
    Cpu,
    Memory,
    Nic,
    Pdu,
    Platform,
    Psu,
    Storage,
    Switch,
    Ups,
)
from optimizer.schema.offer import Offer

T = TypeVar("T", bound=Sourced)
INSIDE_SYSTEMS_ONLY = {"xeon-8480c", "xeon-6776p", "connectx-8-xdr-800g-1p", "dgx-a100-psu-3000w"}
"""Met inside turnkey systems; nobody was seen selling them singly."""
OWN_KINDS = ("cpu", "memory", "storage", "psu", "chassis", "nic", "switch", "cable")


@cache
def catalog() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog()


def records(kind: type[T]) -> list[T]:
    """All components of a type, by id, those soldered into superchips left out."""
    found = [r for r in catalog().components.values() if isinstance(r, kind)]
    return [r for r in found if getattr(r, "memory_type", "") != "soldered"]


def processors() -> list[Cpu]:
    """Processors that go into a socket."""
    return [r for r in records(Cpu) if r.vendor != "nvidia"]


def newest(component: str, condition: str) -> Offer:
    """The newest observation."""
    held = [o for o in catalog().offers[component] if o.condition == condition]
    return max(held, key=lambda o: (o.date, -o.typical))


def usd(offer: Offer) -> float:
    """The typical price in US dollars."""
    if offer.currency == "USD":
        return offer.typical
    return offer.typical * catalog().currencies[offer.currency][-1].usd


def test_counts() -> None:
    """The catalog is broad: 62 processors of the source table and the families around them."""
    assert len(processors()) >= 60
    assert len(records(Memory)) >= 20
    assert len(records(Storage)) >= 10
    assert len(records(Psu)) >= 18
    assert len(records(Chassis)) >= 10
    assert len(records(Ups)) == 13
    assert len(records(Pdu)) == 19


@pytest.mark.parametrize(
    ("name", "cores", "tdp_w", "lanes", "socket"),
    [
        ("epyc-7742", 64, 225, 128, "SP3"),
        ("epyc-7313p", 16, 155, 128, "SP3"),
        ("epyc-9554", 64, 360, 128, "SP5"),
        ("threadripper-pro-5955wx", 16, 280, 128, "sWRX8"),
        ("threadripper-pro-7975wx", 32, 350, 128, "sTR5"),
        ("xeon-8358", 32, 250, 64, "LGA4189"),
        ("xeon-8480+", 56, 350, 80, "LGA4677"),
        ("xeon-w9-3495x", 56, 350, 112, "LGA4677 (W790)"),
        ("xeon-6148", 20, 150, 48, "LGA3647"),
        ("altra-q80-30", 80, 210, 128, "LGA4926"),
    ],
)
def test_processors_as_published(
    name: str, cores: int, tdp_w: int, lanes: int, socket: str
) -> None:
    """Cores, TDP and lanes of the vendors' tables (AMD, Intel ARK, Ampere)."""
    cpu = catalog().components[name]
    assert isinstance(cpu, Cpu)
    assert (cpu.cores, cpu.tdp_w, cpu.pcie_lanes, cpu.socket) == (cores, tdp_w, lanes, socket)


@pytest.mark.parametrize("cpu", processors(), ids=lambda c: c.id)
def test_processor_power(cpu: Cpu) -> None:
    """Watts per core and idle share stay in the range of real parts."""
    assert cpu.tdp_w is not None
    assert cpu.idle_w is not None
    assert 2.0 <= cpu.tdp_w / cpu.cores <= 25
    assert 0.08 <= cpu.idle_w / cpu.tdp_w <= 0.35
    assert "idle_w" in cpu.estimated


def test_every_socket_has_a_processor_on_sale() -> None:
    """A platform without a processor inside finds one for its socket."""
    sold = {c.socket for c in processors() if c.id in catalog().offers}
    for platform in records(Platform):
        inside = {type(catalog().components[part.id]) for part in platform.included}
        if Cpu not in inside:
            assert platform.socket in sold, platform.id


def test_every_memory_type_has_modules_on_sale() -> None:
    """Each platform's memory type can be bought."""
    sold = {m.memory_type for m in records(Memory) if m.id in catalog().offers}
    for platform in records(Platform):
        if platform.memory_channels:
            assert platform.memory_type in sold, platform.id


@pytest.mark.parametrize("module", records(Memory), ids=lambda m: m.id)
def test_memory_price_and_power(module: Memory) -> None:
    """Newest prices lie between 4 and 40 dollars a GB (surge of 2026); 0.05-0.35 W a GB."""
    assert module.power_w is not None
    assert 0.05 <= module.power_w / module.capacity_gib <= 0.35
    for condition in {o.condition for o in catalog().offers[module.id]}:
        assert 4 <= usd(newest(module.id, condition)) / module.capacity_gib <= 40
    capacity = re.search(r"-(\d+)gb$", module.id)
    assert capacity is not None
    assert int(capacity[1]) == module.capacity_gib


def test_memory_surge_is_on_record() -> None:
    """The guide's 2025 price of a 64 GB DDR4 module is far below the newest one."""
    guide = [o for o in catalog().offers["ddr4-3200-rdimm-64gb"] if o.date == "2025-01"]
    assert [o.typical for o in guide] == [200]
    assert usd(newest("ddr4-3200-rdimm-64gb", "new")) > 3 * 200


@pytest.mark.parametrize("drive", records(Storage), ids=lambda d: d.id)
def test_storage_price(drive: Storage) -> None:
    """Newest prices lie between 70 and 450 dollars a TB."""
    terabytes = drive.capacity_gb / 1000
    assert 70 <= usd(newest(drive.id, "new")) / terabytes <= 450
    assert (drive.idle_w or 0) <= (drive.power_w or 0)


@pytest.mark.parametrize("psu", records(Psu), ids=lambda p: p.id)
def test_supply_capacity_rises_with_voltage(psu: Psu) -> None:
    """No supply delivers more at a lower mains voltage."""
    capacities = (psu.capacity_120v_w, psu.capacity_208v_w, psu.capacity_240v_w)
    assert None not in capacities
    assert list(capacities) == sorted(c or 0 for c in capacities)


def test_published_derating() -> None:
    """A 2,000 W server supply gives 1,000 W at 100-127 V; a 3,000 W one does not start."""
    server = catalog().components["supermicro-2000w-titanium"]
    large = catalog().components["supermicro-3000w-titanium"]
    assert isinstance(server, Psu)
    assert isinstance(large, Psu)
    assert (server.capacity_120v_w, server.capacity_208v_w, server.capacity_240v_w) == (
        1000,
        1800,
        2000,
    )
    assert large.capacity_120v_w == 0


def test_supplies_feed_a_processor_and_a_passive_card() -> None:
    """A supply for boards has at least two EPS plugs: one processor and one A100 PCIe."""
    for psu in records(Psu):
        if psu.form != "included":
            assert psu.connectors is not None
            assert psu.connectors.eps8 >= 2


@pytest.mark.parametrize("form", ["atx", "e-atx", "ceb"])
def test_forced_air_case_for_every_board(form: str) -> None:
    """A priced rack case takes the form with two dual-slot passive cards and has supplies."""
    longest = max(
        a.length_mm or 0 for a in records(Accelerator) if a.cooling == "passive" and a.length_mm
    )
    found = [
        c
        for c in records(Chassis)
        if form in c.board_forms
        and c.passive_card_w >= 300
        and c.slot_positions >= 4
        and (c.max_accelerator_mm or longest) >= longest
        and c.id in catalog().offers
    ]
    assert found
    for case in found:
        assert any(p.form == case.psu_form and p.id in catalog().offers for p in records(Psu))


@pytest.mark.parametrize(
    ("network", "speed"),
    [
        *(("ethernet", speed) for speed in (10, 25, 100, 200, 400)),
        *(("infiniband", speed) for speed in (200, 400)),
    ],
)
def test_a_network_can_be_bought_whole(network: str, speed: int) -> None:
    """Card, switch and cable of one network and speed are on sale."""
    for kind in (Nic, Switch, Cable):
        fits = [
            r
            for r in records(kind)
            if r.network in ("vpi", network)
            and (r.speed_gbps == speed if kind is Switch else r.speed_gbps >= speed)
            and r.id in catalog().offers
        ]
        assert fits, kind.__name__


def test_ups_ratings() -> None:
    """Watts never exceed volt-amperes, and small units have a power factor near 0.6."""
    for ups in records(Ups):
        assert 0.55 <= ups.power_w / ups.power_va <= 1.0
    small = catalog().components["cyberpower-cp1000pfclcd"]
    assert isinstance(small, Ups)
    assert small.power_w / small.power_va == pytest.approx(0.6)


def test_air_conditioner_ratings() -> None:
    """12,000 BTU/h are one ton, 3,517 W; units draw less than they remove."""
    split = catalog().components["mini-split-12k-btu"]
    assert isinstance(split, Cooling)
    assert split.heat_removal_w == pytest.approx(3517, abs=1)
    for unit in records(Cooling):
        assert (unit.power_w or 0) < unit.heat_removal_w


def test_parts_have_prices() -> None:
    """Everything sold singly has an offer."""
    for kind in (*OWN_KINDS, "cooling", "ups", "pdu"):
        for record in catalog().of_kind(kind):
            soldered = isinstance(record, Cpu) and record.vendor == "nvidia"
            soldered |= record.id == "gb10-cpu" or getattr(record, "memory_type", "") == "soldered"
            if not soldered and record.id not in INSIDE_SYSTEMS_ONLY:
                assert record.id in catalog().offers, record.id


@pytest.mark.parametrize("kind", OWN_KINDS)
def test_every_kind_has_current_prices(kind: str) -> None:
    """Each kind that a build needs has prices of 2026."""
    current = [
        r.id
        for r in catalog().of_kind(kind)
        if any(o.date >= "2026" for o in catalog().offers.get(r.id, ()))
    ]
    assert len(current) >= 3


def test_one_observation_per_component_condition_and_date() -> None:
    """Two prices of one day would make the answer depend on their order."""
    seen = set()
    for kind in (*OWN_KINDS, "cooling", "ups", "pdu"):
        for record in catalog().of_kind(kind):
            for offer in catalog().offers.get(record.id, ()):
                key = (offer.component, offer.condition, offer.date)
                assert key not in seen
                seen.add(key)


def test_planning_prices_are_marked() -> None:
    """A price that this catalog worked out says so."""
    for offers in catalog().offers.values():
        for offer in offers:
            if offer.source.startswith("part-price-estimates"):
                assert set(offer.estimated) >= {"low", "typical", "high"}
                assert offer.confidence == "low"


@pytest.mark.parametrize(
    ("component", "price"),
    [
        ("epyc-7313", 800),
        ("epyc-7343", 1200),
        ("epyc-7543", 3000),
        ("epyc-7742", 5000),
        ("ddr4-3200-rdimm-32gb", 100),
        ("nvme-m2-2tb-gen4", 200),
        ("corsair-hx1200i", 250),
        ("rack-4u-fan-wall", 400),
    ],
)
def test_guide_prices(component: str, price: int) -> None:
    """Bills of material of the A100 builds guide, January 2025, per unit."""
    found = [o for o in catalog().offers[component] if o.source.startswith("a100-builds-guide")]
    assert [(o.date, o.typical) for o in found] == [("2025-01", price)]


def test_no_source_is_unused() -> None:
    """Every source that is defined carries some figure."""
    raw = catalog().raw
    used = set()
    for section, entries in raw.named.items():
        for entry in entries.values():
            if section != "sources":
                used |= {s.split("#")[0] for s in (entry.data.get("sources") or {}).values()}
                used.add(str(entry.data.get("source")).split("#")[0])
    for observed in raw.observed.values():
        used |= {str(entry.data["source"]).split("#")[0] for entry in observed}
    assert set(catalog().sources) <= used
