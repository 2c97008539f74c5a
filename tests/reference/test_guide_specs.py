"""The guide's specification tables against the catalog: equal, or different for a stated reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import Catalog, load_catalog
from optimizer.schema.components import Accelerator, Cpu, Platform
from tests.reference import guide_tables as guide


@pytest.fixture(scope="module")
def base() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def overlaid() -> Catalog:
    return load_catalog([Path("a100-guide")])


def card(catalog: Catalog, name: str) -> Accelerator:
    found = catalog.components[name]
    assert isinstance(found, Accelerator)
    return found


def platform(catalog: Catalog, name: str) -> Platform:
    found = catalog.components[name]
    assert isinstance(found, Platform)
    return found


def inside(catalog: Catalog, name: str) -> dict[str, int]:
    return {part.id: part.quantity for part in platform(catalog, name).included}


# "A100 vs V100 vs H100 vs H200"


@pytest.mark.parametrize("name", guide.SPECS)
def test_overlay_says_the_comparison_table(name: str, overlaid: Catalog) -> None:
    gb, bandwidth, fp16, fp8, tdp, nvlink = guide.SPECS[name]
    held = card(overlaid, name)
    # the driver reports a little less than the round number on the box
    assert held.vram_mib is not None
    assert gb * 1000**3 / 1024**2 < held.vram_mib <= gb * 1024
    assert held.bandwidth_gb_s == pytest.approx(bandwidth, rel=0.02)  # printed as 2.0 TB/s
    assert (held.fp16_tflops, held.fp8_tflops, held.tdp_w) == (fp16, fp8, tdp)
    assert held.nvlink_gb_s == nvlink


@pytest.mark.parametrize("name", guide.SPECS)
def test_base_differs_by_sparsity_alone(name: str, base: Catalog) -> None:
    _, _, fp16, fp8, _, _ = guide.SPECS[name]
    held = card(base, name)
    if name in guide.SPARSE:
        assert (held.fp16_tflops, held.fp8_tflops) == guide.SPARSE[name]
        # 1,979 and 3,958 are twice the dense rates, to the rounding of a datasheet
        assert [fp16, fp8] == pytest.approx([2 * x for x in guide.SPARSE[name]], abs=1)
    else:
        assert (held.fp16_tflops, held.fp8_tflops) == (fp16, fp8)


def test_dense_step_from_a100_is_three_not_six(base: Catalog) -> None:
    """312 to 989 TFLOPS; the printed 1,979 beside 312 looks like 6.3."""
    dense = (card(base, "h100-sxm-80gb").fp16_tflops or 0) / 312
    assert dense == pytest.approx(3.17, abs=0.01)
    assert guide.SPECS["h100-sxm-80gb"][2] / 312 == pytest.approx(6.34, abs=0.01)


def test_the_h100_column_is_no_pcie_card(base: Catalog) -> None:
    """One column has the SXM module's figures and the price of a PCIe card."""
    pcie = card(base, "h100-pcie-80gb")
    assert (pcie.bandwidth_gb_s, pcie.fp16_tflops, pcie.tdp_w) == (2000, 756.5, 350)
    assert pcie.memory_type == "HBM2e"


def test_bottom_line_ratios() -> None:
    v100, a100, h100 = (guide.SPECS[n] for n in list(guide.SPECS)[:3])
    assert round(a100[1] / v100[1], 1) == 2.2  # "2.2x memory bandwidth"
    assert a100[0] / v100[0] == 2.5  # "2.5x VRAM"
    assert round(h100[1] / a100[1], 1) == 1.7  # "1.7x bandwidth"
    assert round(1 - a100[4] / h100[4], 2) == 0.43  # "43% less heat per GPU"


def test_used_share_of_the_original_price() -> None:
    """The guide says 20-30 %: 2,000-3,000 of 15,000 is less, 100,000 of 199,000 for a DGX more."""
    assert [round(100 * used / 15_000) for used in (2_000, 3_000)] == [13, 20]
    assert round(100 * 100_000 / 199_000) == 50


# "A100 Variants"


@pytest.mark.parametrize("name", guide.VARIANTS)
def test_overlay_says_the_variants_table(name: str, overlaid: Catalog) -> None:
    gb, memory, bandwidth, tdp, _ = guide.VARIANTS[name]
    held = card(overlaid, name)
    assert (held.vram_mib, held.memory_type, held.tdp_w) == (gb * 1024, memory, tdp)
    assert (held.bandwidth_gb_s, held.pcie_generation, held.pcie_lanes) == (bandwidth, 4, 16)


def test_bandwidth_of_the_80gb_pcie_card(base: Catalog) -> None:
    assert guide.VARIANTS["a100-pcie-80gb"][2] == guide.VARIANTS["a100-sxm4-80gb"][2]
    assert card(base, "a100-pcie-80gb").bandwidth_gb_s == guide.PCIE_80GB_BANDWIDTH


def test_sxm_is_liquid_in_the_guide_and_air_in_truth(base: Catalog, overlaid: Catalog) -> None:
    """Every rack with A100 modules that has both: DGX moves its own air in either."""
    names = [
        r.id
        for r in base.of_kind("platform")
        if isinstance(r, Platform) and r.kind == "hgx" and "a100" in r.id
    ]
    assert len(names) >= 15
    for name in names:
        assert platform(overlaid, name).cooling == "liquid"
    air = [n for n in names if platform(base, n).cooling == "air"]
    assert set(names) - set(air) == {"inspur-nf5488a5-a100-80gb-500w-liquid"}
    assert platform(base, "dgx-a100-640gb").cooling == "air"  # 840 CFM, says its user guide


def test_four_modules_are_a_mesh(base: Catalog, overlaid: Catalog) -> None:
    """The guide says ring; each pair has four links, 600 GB/s per module in all."""
    assert platform(base, "smc-as-2124gq-nart-a100-80gb").fabric == "mesh"
    assert platform(overlaid, "guide-hgx-a100-4gpu-80gb").fabric == "mesh"
    assert platform(overlaid, "guide-hgx-a100-8gpu-80gb").fabric == "nvswitch"


# "HGX A100 Platform", "DGX A100 Platform", "Software Requirements"


@pytest.mark.parametrize(("count", "gb", "total"), [(4, 40, 160), (4, 80, 320), (8, 40, 320),
                                                    (8, 80, 640)])  # fmt: skip
def test_vram_of_baseboards(count: int, gb: int, total: int, overlaid: Catalog) -> None:
    held = inside(overlaid, f"guide-hgx-a100-{count}gpu-{gb}gb")
    vram = sum(n * (card(overlaid, i).vram_mib or 0) for i, n in held.items())
    assert vram == total * 1024


def test_dgx_a100(base: Catalog, overlaid: Catalog) -> None:
    said, true = inside(overlaid, "dgx-a100-640gb"), inside(base, "dgx-a100-640gb")
    assert (said["a100-sxm4-80gb"], said["epyc-7742"]) == (8, 2)
    assert said["ddr4-3200-rdimm-64gb"] * 64 == 2 * 1024
    # 15 TB from 2 x 1.92 and 8 x 3.84 TB: the parts are twice that; the 320GB model has 15 TB
    assert said["nvme-u2-3.84tb-gen4"] * 3.84 + said["nvme-m2-1.92tb-gen4"] * 1.92 > 34
    assert inside(base, "dgx-a100-320gb")["nvme-u2-3.84tb-gen4"] * 3.84 == pytest.approx(15.36)
    # the guide leaves out the one or two dual-port cards
    assert said["connectx-6-hdr-200g-1p"] == 8
    assert true["connectx-6-hdr-200g-1p"] == 10
    system = platform(overlaid, "dgx-a100-640gb")
    assert (system.rack_units, system.weight_kg) == (6, 123)
    assert round(271 * 0.4536) == 123
    assert round((system.depth_mm or 0) / 25.4) == 35


def test_original_price_belongs_to_the_smaller_dgx(base: Catalog) -> None:
    launch = [o for o in base.offers["dgx-a100-320gb"] if o.date.startswith("2020-05")]
    assert [o.low for o in launch] == [199_000]


@pytest.mark.parametrize(("name", "gb"), [("dgx-station-a100-320gb", 320),
                                          ("dgx-station-a100-160gb", 160)])  # fmt: skip
def test_dgx_station(name: str, gb: int, base: Catalog, overlaid: Catalog) -> None:
    said, true = inside(overlaid, name), inside(base, name)
    cards = [(i, n) for i, n in said.items() if overlaid.kind_of(i) == "accelerator"]
    assert sum(n * (card(overlaid, i).vram_mib or 0) for i, n in cards) == gb * 1024
    assert said["ddr4-3200-rdimm-64gb"] * 64 == 512
    cores = overlaid.components["threadripper-pro-3975wx"]
    assert isinstance(cores, Cpu)
    assert (said["threadripper-pro-3975wx"], cores.cores) == (1, 32)
    assert "epyc-7742" in true  # 64 cores, says its white paper


def test_first_software_that_runs_it(base: Catalog) -> None:
    for name in guide.VARIANTS:
        held = card(base, name)
        assert held.min_cuda == "11.0"
        assert (held.min_driver or "").split(".")[0] == "450"
        assert held.fp8_tflops is None  # "does not support FP8"


def test_b200_has_192_gb_of_which_180_are_usable(base: Catalog, overlaid: Catalog) -> None:
    assert card(overlaid, "b200-sxm-180gb").vram_mib == 192 * 1024
    assert (card(base, "b200-sxm-180gb").vram_mib or 0) < 180 * 1024
