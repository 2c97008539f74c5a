"""Accelerators and bridges of the shipped catalog, against datasheets and plausible ranges."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.schema.components import Accelerator, Bridge


@cache
def catalog() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog()


def accelerators() -> list[Accelerator]:
    """All accelerators, by id."""
    return [r for r in catalog().of_kind("accelerator") if isinstance(r, Accelerator)]


def card(name: str) -> Accelerator:
    """One accelerator by id."""
    record = catalog().components[name]
    assert isinstance(record, Accelerator)
    return record


# NVIDIA A100 80GB datasheet (1521051-r2) and product briefs PB-10137 and PB-10577:
# GB/s, dense FP16 TFLOPS, dense INT8 TOPS, W, NVLink GB/s, MiB that the driver reports.
A100 = {
    "a100-pcie-40gb": (1555, 312, 624, 250, 600, 40_960),
    "a100-pcie-80gb": (1935, 312, 624, 300, 600, 81_920),
    "a100-sxm4-40gb": (1555, 312, 624, 400, 600, 40_960),
    "a100-sxm4-80gb": (2039, 312, 624, 400, 600, 81_920),
}

# Generation -> (GB/s, W, MiB) from lowest to highest, over every part that was sold.
RANGES = {
    "volta": ((800, 1134), (150, 350), (16_000, 32_768)),
    "ampere": ((200, 2039), (60, 500), (8_000, 81_920)),
    "ada": ((200, 1100), (70, 450), (12_000, 49_152)),
    "hopper": ((2000, 4900), (300, 1000), (80_000, 150_000)),
    "blackwell": ((273, 8000), (140, 1400), (30_000, 294_912)),
    "cdna2": ((1600, 3300), (250, 560), (64_000, 131_072)),
    "cdna3": ((5300, 6000), (750, 1000), (190_000, 262_144)),
    "cdna4": ((8000, 8000), (1000, 1400), (290_000, 294_912)),
    "gaudi3": ((3700, 3700), (600, 900), (128_000, 131_072)),
}

FACT_NAMES = [
    "v100-pcie-16",
    "v100-sxm2-16",
    "v100-pcie-32",
    "v100-sxm2-32",
    "a100-pcie-40",
    "a100-pcie-80",
    "a100-sxm4-40",
    "a100-sxm4-80",
    "a30",
    "a40",
    "a10",
    "l4",
    "l40s",
    "rtx-3090",
    "rtx-4090",
    "rtx-5090",
    "rtx-a6000",
    "rtx-6000-ada",
    "rtx-pro-6000-bw-ws",
    "rtx-pro-6000-bw-maxq",
    "rtx-pro-6000-bw-server",
    "h100-pcie-80",
    "h100-nvl-94",
    "h100-sxm-80",
    "h200-sxm-141",
    "h200-nvl-141",
    "b200-sxm-180",
    "b300-sxm-288",
    "gh200-96",
    "gh200-144",
    "mi210",
    "mi250x",
    "mi300x",
    "mi325x",
    "mi355x",
    "gaudi3-oam",
    "gaudi3-pcie",
]


def test_the_catalog_is_broad() -> None:
    """At least the 37 accelerators that the project's facts describe, each under its short name."""
    assert len(accelerators()) >= 37
    found = {catalog().resolve("accelerator", name) for name in FACT_NAMES}
    assert len(found) == 37


@pytest.mark.parametrize("name", A100)
def test_a100_equals_its_datasheet(name: str) -> None:
    """The four A100 variants carry the datasheet's figures, dense."""
    a100 = card(name)
    figures = (
        a100.bandwidth_gb_s,
        a100.fp16_tflops,
        a100.int8_tops,
        a100.tdp_w,
        a100.nvlink_gb_s,
        a100.vram_mib,
    )
    assert figures == A100[name]
    assert a100.fp8_tflops is None


def test_a100_memory_type_and_bridges() -> None:
    """The 40 GB parts carry HBM2; a PCIe pair takes three bridges (PB-10137)."""
    assert card("a100-pcie-40gb").memory_type == card("a100-sxm4-40gb").memory_type == "HBM2"
    assert card("a100-pcie-80gb").memory_type == "HBM2e"
    assert card("a100-pcie-80gb").bridges_per_pair == 3


def test_memory_is_what_the_driver_reports() -> None:
    """nvidia-smi readings, not the marketing gigabytes."""
    read = {"h100-sxm-80gb": 81_559, "h200-sxm-141gb": 143_771, "h100-nvl-94gb": 95_830}
    read |= {"b200-sxm-180gb": 183_359, "mi300x": 196_592, "rtx-5090": 32_607}
    assert {name: card(name).vram_mib for name in read} == read


def test_geforce_rates_accumulate_in_32_bits() -> None:
    """GeForce halves its 16-bit rate with 32-bit accumulation (architecture white papers)."""
    rates = {name: card(name).fp16_tflops for name in ("rtx-3090", "rtx-4090", "rtx-5090")}
    assert rates == {"rtx-3090": 71, "rtx-4090": 165, "rtx-5090": 209.5}


PREDICTED_ONLY = {
    "rtx-3060-12gb",
    "rtx-3070",
    "rtx-3080",
    "rtx-3080-ti",
    "rtx-3090-ti",
    "rtx-4000-ada",
    "rtx-4070-ti",
    "rtx-4080",
    "rtx-5000-ada",
}


@pytest.mark.parametrize("record", accelerators(), ids=lambda r: r.id)
def test_figures_are_plausible(record: Accelerator) -> None:
    """Every figure lies in the range of its generation, and none is missing.

    Cards that nobody can buy a build with lack idle power, width and plugs, all three together.
    """
    bandwidth, power, memory = RANGES[record.generation]
    assert record.bandwidth_gb_s is not None
    assert record.vram_mib is not None
    assert record.tdp_w is not None
    assert bandwidth[0] <= record.bandwidth_gb_s <= bandwidth[1]
    assert power[0] <= record.tdp_w <= power[1]
    assert memory[0] <= record.vram_mib <= memory[1]
    if record.id in PREDICTED_ONLY:
        assert record.idle_w is record.power_connectors is record.slot_width is None
        return
    assert record.idle_w is not None
    assert 5 <= record.idle_w <= 0.35 * record.tdp_w
    assert record.power_connectors is not None
    assert (record.cooling == "module") == (record.interface != "pcie")
    assert (record.slot_width == 0) == (record.interface != "pcie")


@pytest.mark.parametrize("record", accelerators(), ids=lambda r: r.id)
def test_narrower_formats_are_not_slower(record: Accelerator) -> None:
    """Dense rates: each halving of the bits gives one to four times the rate.

    B300 trades INT8 away, so INT8 is compared on the others only.
    """
    rates = [record.fp16_tflops, record.fp8_tflops, record.fp4_tflops]
    known = [r for r in rates if r is not None]
    assert all(1 <= narrow / wide <= 4 for wide, narrow in pairwise(known))
    if record.generation != "blackwell" and record.int8_tops and record.fp16_tflops:
        assert 1 <= record.int8_tops / record.fp16_tflops <= 4.1
    no_fp8 = {"volta", "ampere", "cdna2"}
    assert (record.fp8_tflops is None) == (record.generation in no_fp8)


def test_bridges_and_cards_agree() -> None:
    """A card names the bridge that lists it, needs at least one per pair, and has a link rate."""
    bridges = {r.id: r for r in catalog().of_kind("bridge") if isinstance(r, Bridge)}
    joined = {(b.id, name) for b in bridges.values() for name in b.accelerators}
    assert joined == {(r.bridge, r.id) for r in accelerators() if r.bridge is not None}
    for record in accelerators():
        assert (record.bridge is None) == (record.bridges_per_pair == 0)
        assert record.bridge is None or record.nvlink_gb_s


NAMED = [
    "v100-pcie-32gb",
    "v100-sxm2-32gb",
    "a100-pcie-40gb",
    "a100-pcie-80gb",
    "a100-sxm4-40gb",
    "a100-sxm4-80gb",
    "h100-pcie-80gb",
    "h100-nvl-94gb",
    "h100-sxm-80gb",
    "h200-sxm-141gb",
    "h200-nvl-141gb",
    "b200-sxm-180gb",
    "l4",
    "l40s",
    "a30",
    "a40",
    "rtx-3090",
    "rtx-4090",
    "rtx-5090",
    "rtx-a6000",
    "rtx-6000-ada",
    "rtx-pro-6000-blackwell-workstation",
    "rtx-pro-6000-blackwell-max-q",
    "rtx-pro-6000-blackwell-server",
    "mi210",
    "mi300x",
    "gaudi3-oam",
]


@pytest.mark.parametrize("name", NAMED)
def test_named_accelerators_have_a_price(name: str) -> None:
    """What people ask for can be bought, at a price per card between 50 and 60,000."""
    offers = catalog().offers[name]
    assert all(50 <= offer.low <= offer.high <= 60_000 for offer in offers)


@pytest.mark.parametrize("name", ["nvlink-bridge-a100", "nvlink-bridge-rtx-3090"])
def test_bridges_have_a_price(name: str) -> None:
    """A bridged pair can be bought."""
    assert catalog().offers[name]


def test_guide_prices_stand_beside_newer_ones() -> None:
    """The guide of January 2025 asked 2,000 to 3,000 for a used A100; the market of 2026 more."""
    used = [o for o in catalog().offers["a100-pcie-80gb"] if o.condition == "used"]
    by_date = {o.date: o for o in used}
    assert (by_date["2025-01"].low, by_date["2025-01"].high) == (2000, 3000)
    newest = max(used, key=lambda o: o.date)
    assert newest.date == "2026-07-12"
    assert (newest.low, newest.typical, newest.high) == (6000, 8000, 10_000)
