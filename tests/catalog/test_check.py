"""Checks of a catalog: what they find in slips that people make, and in the shipped catalog."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.check import Thresholds, changed_ids, check_catalog, used_sources
from optimizer.catalog.findings import Finding, months
from optimizer.catalog.stats import coverage, statistics
from optimizer.studies.llm_check import check_llms

pytestmark = pytest.mark.slow  # each test loads the whole shipped catalog


@cache
def shipped() -> Catalog:
    return load_catalog()


def laid_over(tmp_path: Path, text: str) -> Catalog:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own.yaml").write_text(text)
    return load_catalog([tmp_path / "mine"])


def own_findings(tmp_path: Path, text: str) -> list[Finding]:
    catalog = laid_over(tmp_path, text)
    return check_catalog(catalog, only=changed_ids(catalog, shipped()))


def accelerator(name: str, **changes: object) -> str:
    lines = "".join(f"    {key}: {value}\n" for key, value in changes.items())
    return f"accelerators:\n  - id: {name}\n{lines}"


SLIPS = [
    # The datasheets' headlines with sparsity: H100 1,979 TFLOPS, A30 330, L4 242.
    ("h100-sxm-80gb", {"fp16_tflops": 1979}, "sparse-for-dense", "warning"),
    ("a30", {"fp16_tflops": 330, "int8_tops": 661}, "sparse-for-dense", "warning"),
    ("l4", {"fp16_tflops": 242}, "sparse-for-dense", "warning"),
    ("h100-sxm-80gb", {"fp8_tflops": 3958}, "sparse-for-dense", "warning"),
    ("a100-sxm4-80gb", {"int8_tops": 1248}, "sparse-for-dense", "warning"),
    ("b200-sxm-180gb", {"fp4_tflops": 18000}, "sparse-for-dense", "warning"),
    # Marketing gigabytes: times 1,000, and times 1,024 where the driver reports 81,559.
    ("h100-sxm-80gb", {"vram_mib": 80_000}, "units", "warning"),
    ("h100-sxm-80gb", {"vram_mib": 81_920}, "units", "warning"),
    ("a100-pcie-80gb", {"vram_mib": 80}, "units", "warning"),
    ("a100-pcie-80gb", {"vram_mib": 819_200}, "units", "error"),
    # 2 TB/s written as 2, GB/s as MB/s, HBM3 figures on GDDR6.
    ("a100-pcie-80gb", {"bandwidth_gb_s": 2}, "bandwidth", "error"),
    ("a100-pcie-80gb", {"bandwidth_gb_s": 1_935_000}, "bandwidth", "error"),
    ("l4", {"bandwidth_gb_s": 3350}, "bandwidth", "warning"),
    ("l4", {"memory_type": "HBM9"}, "ranges", "warning"),
    ("a100-pcie-80gb", {"tdp_w": 3000}, "watts", "error"),
    ("a100-pcie-80gb", {"idle_w": 300}, "contradictions", "error"),
    ("a100-pcie-80gb", {"idle_w": 1}, "watts", "warning"),
    ("a100-pcie-80gb", {"weight_kg": 11.7}, "ranges", "warning"),
]


@pytest.mark.parametrize(("name", "changes", "check", "level"), SLIPS)
def test_slips_of_accelerators(
    tmp_path: Path, name: str, changes: dict[str, object], check: str, level: str
) -> None:
    """The same entry passes as it is shipped, so the finding is about the slip."""
    before = {(f.check, f.id) for f in check_catalog(shipped())}
    assert (check, name) not in before
    found = own_findings(tmp_path, accelerator(name, **changes))
    assert (level, check, name) in {(f.level, f.check, f.id) for f in found}
    assert all(f.place.startswith("mine/own.yaml:2:") for f in found if f.check == check)


ENTRIES = [
    ("cpus:\n  - {id: epyc-7763, tdp_w: 28000}", "ranges", "error"),
    ("cpus:\n  - {id: epyc-7763, idle_w: 280}", "contradictions", "error"),
    ("memory:\n  - {id: ddr4-3200-rdimm-64gb, power_w: 60}", "ranges", "warning"),
    ("storage:\n  - {id: nvme-u2-3.84tb-gen4, capacity_gb: 4}", "ranges", "error"),
    ("platforms:\n  - {id: dgx-h100, depth_mm: 89.7}", "ranges", "warning"),
    ("platforms:\n  - {id: dgx-h100, weight_kg: 1300}", "ranges", "warning"),
    ("platforms:\n  - {id: dgx-h100, sockets: 4}", "contradictions", "error"),
    ("platforms:\n  - {id: dgx-h100, dimm_slots: 8}", "contradictions", "error"),
    ("platforms:\n  - {id: dgx-h100, accelerator_counts: [4]}", "contradictions", "error"),
    ("platforms:\n  - {id: dgx-h100, base_idle_w: 90000}", "contradictions", "error"),
    ("psus:\n  - {id: corsair-ax1600i, capacity_120v_w: 1700}", "contradictions", "error"),
    ("ups:\n  - {id: apc-smt3000rm2u, power_w: 9000}", "contradictions", "error"),
    ("ups:\n  - {id: apc-smt3000rm2u, weight_kg: 4}", "ranges", "warning"),
    ("nics:\n  - {id: connectx-7-ndr-400g-1p, pcie_lanes: 4}", "contradictions", "error"),
    ("cooling:\n  - {id: mini-split-12k-btu, heat_removal_w: 12000}", "ranges", "warning"),
    ("sites:\n  - {id: server-room, electricity_usd_per_kwh: 9.5}", "ranges", "error"),
]


@pytest.mark.parametrize(("text", "check", "level"), ENTRIES)
def test_slips_of_other_kinds(tmp_path: Path, text: str, check: str, level: str) -> None:
    found = {(f.level, f.check) for f in own_findings(tmp_path, text + "\n")}
    assert (level, check) in found


OFFER = """
  - component: {component}
    condition: {condition}
    low: {price}
    typical: {price}
    high: {price}
    vendor: Shop
    date: "{date}"
    source: mine
    confidence: low
"""
SOURCE = """sources:
  mine: {title: Mine, publisher: Me, date: "2026", confidence: low}
offers:"""


def offers(*rows: tuple[str, str, float, str]) -> str:
    keys = ("component", "condition", "price", "date")
    return SOURCE + "".join(OFFER.format(**dict(zip(keys, r, strict=True))) for r in rows)


def test_prices_that_jump(tmp_path: Path) -> None:
    """Twice 3.9 is within four times; from the newest observation on, 41 is not."""
    name = "gb10-128gb"  # no offer of its own
    text = offers((name, "new", 1000, "2026-01"), (name, "new", 3900, "2026-02"))
    catalog = laid_over(tmp_path, text + offers((name, "new", 41000, "2026-03"))[len(SOURCE) :])
    jumps = [f for f in check_catalog(catalog, Thresholds(max_jump=4), {name}) if "jump" in f.check]
    assert [f.message for f in jumps] == ["new: $3,900 in 2026-02, $41,000 in 2026-03 (10.5 times)"]
    assert jumps[0].place == "mine/own.yaml:24:5"
    wider = check_catalog(catalog, Thresholds(max_jump=11), {name})
    assert not [f for f in wider if f.check == "price-jumps"]


def test_used_and_new_are_no_jump(tmp_path: Path) -> None:
    name = "gb10-128gb"
    catalog = laid_over(
        tmp_path, offers((name, "new", 9000, "2026-01"), (name, "used", 1000, "2026-02"))
    )
    assert not [f for f in check_catalog(catalog, only={name}) if f.check == "price-jumps"]


def test_old_prices_count_from_a_day_or_the_newest_price(tmp_path: Path) -> None:
    name = "gb10-128gb"
    catalog = laid_over(tmp_path, offers((name, "new", 4000, "2026-01-15")))

    def old(as_of: str, age: int) -> bool:
        found = check_catalog(catalog, Thresholds(max_age_months=age, as_of=as_of), {name})
        return "old-prices" in {f.check for f in found}

    assert not old("2027-01-31", 12)
    assert old("2027-02-01", 12)
    assert old("2026-02", 0)
    assert months("2027-02-01") - months("2026-01-15") == 13


def test_one_vendor_asks_two_prices_on_one_day(tmp_path: Path) -> None:
    name = "gb10-128gb"
    text = offers((name, "new", 4000, "2026-01-15"), (name, "new", 4200, "2026-01-15"))
    found = check_catalog(laid_over(tmp_path, text), only={name})
    assert [f.message for f in found if f.check == "two-prices"] == [
        "Shop asks 4,000 and 4,200 (new) on 2026-01-15"
    ]


def test_days_that_no_calendar_has(tmp_path: Path) -> None:
    found = own_findings(tmp_path, offers(("gb10-128gb", "new", 4000, "2026-02-30")))
    assert ("error", "dates", "2026-02-30 is no date") in {
        (f.level, f.check, f.message) for f in found
    }


def test_unused_sources_and_missing_prices(tmp_path: Path) -> None:
    text = SOURCE.removesuffix("offers:") + "cables:\n  - {id: my-cable, name: C, network: vpi,"
    catalog = laid_over(tmp_path, text + " speed_gbps: 100, sources: {default: nvidia-pb-10137}}\n")
    found = {(f.check, f.id) for f in check_catalog(catalog)}
    assert ("unused-sources", "mine") in found
    assert ("unpriced", "my-cable") in found
    assert "nvidia-pb-10137" in used_sources(catalog.raw)


def test_control_characters_are_errors(tmp_path: Path) -> None:
    found = own_findings(tmp_path, 'cables:\n  - {id: dac-qsfp28-100g, notes: "\\e[31m"}\n')
    assert ("error", "texts") in {(f.level, f.check) for f in found}


def test_llms_are_held_against_their_published_size(tmp_path: Path) -> None:
    """Twice the layers: 15 B parameters where 8 are published; ten times: an error."""
    for layers, level in ((64, "warning"), (640, "error")):
        root = tmp_path / str(layers)
        root.mkdir()
        catalog = laid_over(root, f"llms:\n  - {{id: llama-3.1-8b-instruct, layers: {layers}}}\n")
        found = [f for f in check_llms(catalog) if f.id == "llama-3.1-8b-instruct"]
        assert [(f.level, f.check) for f in found] == [(level, "parameters")]


def test_the_shipped_catalog_has_no_errors() -> None:
    found = [*check_catalog(shipped()), *check_llms(shipped())]
    assert [f for f in found if f.level == "error"] == []


REVIEWED = {
    # 2023-12 asking prices of early sellers against the guide's 2025 figure, which is too low.
    ("price-jumps", "a100-pcie-80gb"),
    # Memory prices rose three- to fivefold between 2025 and the summer of 2026.
    ("price-jumps", "ddr4-3200-rdimm-32gb"),
    ("price-jumps", "ddr4-3200-rdimm-64gb"),
    # Cards that can only be predicted: no readout of a driver is at hand, the size is an estimate.
    *(
        ("units", card)
        for card in (
            "rtx-3060-12gb",
            "rtx-3070",
            "rtx-4000-ada",
            "rtx-4070-ti",
            "rtx-4080",
            "rtx-5000-ada",
        )
    ),
    # 504 GB/s is 192 bits at 21 GT/s: GDDR6X on a narrow bus.
    ("bandwidth", "rtx-4070-ti"),
}
"""Warnings that somebody looked at; the figures behind them are right."""
COUNTED = {"old-prices": 0.45, "unpriced": 0.1}
"""Warnings that are a state, not a slip: the share of components that may have them."""


def test_the_warnings_of_the_shipped_catalog_are_known() -> None:
    found = [*check_catalog(shipped()), *check_llms(shipped())]
    fresh = {(f.check, f.id) for f in found if f.check not in COUNTED} - REVIEWED
    assert fresh == set()
    for check, share in COUNTED.items():
        count = sum(f.check == check for f in found)
        assert count <= share * len(shipped().components)


def test_statistics_add_up() -> None:
    data = statistics(shipped())
    rows = coverage(shipped())
    assert sum(row["entries"] for row in rows.values()) == len(shipped().components)
    assert data["kinds"]["accelerator"] == len(list(shipped().of_kind("accelerator")))
    assert data["kinds"]["llm"] == len(shipped().llms)
    assert data["priced"] + sum(r["unpriced"] for r in rows.values()) == data["components"]
    assert data["estimated_share"] == pytest.approx(data["estimated"] / data["figures"], abs=1e-4)
    assert 0 < data["estimated_share"] < 0.5
    assert data["newest_price"] == shipped().date
