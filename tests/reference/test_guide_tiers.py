"""With the guide laid over the catalog, at its prices, the solver finds the guide's builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer import Build, Catalog, Result, SolveOptions, build_request, load_catalog, optimize
from tests.reference import guide_tables as guide

DAY = "2025-01"
CHOSEN_KINDS = ("platform", "cpu", "memory", "storage", "psu", "chassis", "cooling")
QUESTIONS: dict[str, dict[str, Any]] = {
    "tier 1": {
        "model": "qwen2.5-32b-instruct", "weights": ["bf16"], "site": "guide-closet",
        "accelerators": ["a100-pcie-80gb"],
    },
    "tier 2": {
        "model": "llama-3.1-70b", "weights": ["bf16"], "site": "guide-dedicated-room",
        "accelerators": ["a100-pcie-80gb"],
    },
    "tier 3": {
        "model": "llama-405b", "weights": ["int4"], "site": "guide-server-room",
        "accelerators": ["a100-sxm4-80gb"],
    },
    "tier 4": {
        "model": "llama-405b", "weights": ["int8"], "site": "guide-server-room-two-feeds",
        "accelerators": ["a100-sxm4-80gb"],
    },
}  # fmt: skip
COUNTS = {"tier 1": 1, "tier 2": 2, "tier 3": 4, "tier 4": 8}


@pytest.fixture(scope="module")
def overlaid() -> Catalog:
    return load_catalog([Path("a100-guide")])


def components(tier: str) -> set[str]:
    """What the tier's bill holds, and what it forgets."""
    named = {line[0] for line in guide.BILLS[tier].lines}
    return named | ({guide.FREE_LINES[tier]} if tier in guide.FREE_LINES else set())


def ask(catalog: Catalog, tier: str, bill_only: bool = True, **more: Any) -> Result:
    """The tier's question: the fastest within the top of its total, at the guide's prices."""
    held = components(tier)
    others = [i for i, kind in catalog.kinds.items() if kind in CHOSEN_KINDS and i not in held]
    plain = {
        **QUESTIONS[tier], "objective": "speed", "budget": guide.BILLS[tier].total_new[1] + 700,
        "prices_as_of": DAY, "conditions": ["new"], "memory_per_vram": "guide", "max_nodes": 1,
        "psu_headroom": 0, "power_cap": "off", **({"exclude": others} if bill_only else {}), **more,
    }  # fmt: skip
    return optimize(build_request(plain, catalog), catalog, SolveOptions(time_limit_s=30))


def build_of(result: Result) -> Build:
    assert result.status == "optimal"
    assert result.build is not None
    return result.build


def bought(build: Build) -> dict[str, int]:
    return {line.id: line.quantity for line in build.bill_of_materials if not line.included}


@pytest.fixture(scope="module", params=list(QUESTIONS))
def solved(request: pytest.FixtureRequest, overlaid: Catalog) -> tuple[str, Build]:
    return request.param, build_of(ask(overlaid, request.param))


def test_parts_are_the_guides(solved: tuple[str, Build]) -> None:
    tier, build = solved
    expected = {line[0]: line[1] for line in guide.BILLS[tier].lines}
    if tier in guide.FREE_LINES:
        expected[guide.FREE_LINES[tier]] = 1
    if tier == "tier 2":
        expected[guide.BRIDGES[0]] = guide.BRIDGES[1]
    assert bought(build) == expected
    assert build.deployment.accelerators_per_node == COUNTS[tier]


def test_capex_is_within_the_printed_total(solved: tuple[str, Build]) -> None:
    tier, build = solved
    low, high = guide.BILLS[tier].total_new
    assert low <= build.costs.capex_usd <= high


def test_watts_and_heat_are_the_printed_peak_and_idle(solved: tuple[str, Build]) -> None:
    tier, build = solved
    row = guide.POWER[tier]
    assert row.peak_w[1] - 2 <= build.power.peak_wall_w <= row.peak_w[1]
    assert row.idle_w - 2 <= build.power.idle_wall_w <= row.idle_w
    assert build.power.heat_btu_h == round(build.power.peak_wall_w * 3.412)


@pytest.mark.parametrize("tier", QUESTIONS)
@pytest.mark.parametrize(("point", "end"), [("low", 0), ("high", 1)])
def test_ends_of_the_range(tier: str, point: str, end: int, overlaid: Catalog) -> None:
    """The sum of the lines that one machine buys, and of tier 2's bridges, to the cent."""
    bill = guide.BILLS[tier]
    lines = sum(line[2 + end] for line in bill.lines)
    if tier == "tier 2":
        lines += guide.BRIDGES[1] * (250, 400)[end]
    build = build_of(ask(overlaid, tier, price_point=point, budget=250_000))
    assert build.costs.capex_usd == pytest.approx(lines)
    assert lines == pytest.approx(bill.sum_new[end] - bill.not_bought[end], abs=1_200)


@pytest.mark.parametrize("tier", ["tier 1", "tier 2"])
def test_used_cards(tier: str, overlaid: Catalog) -> None:
    build = build_of(ask(overlaid, tier, conditions=["new", "used"]))
    low, high = guide.BILLS[tier].total_used or (0, 0)
    assert low <= build.costs.capex_usd <= high
    used = [line.id for line in build.bill_of_materials if line.condition == "used"]
    assert used == ["a100-pcie-80gb"]


@pytest.mark.parametrize("tier", QUESTIONS)
def test_left_free_the_solver_is_no_dearer(tier: str, overlaid: Catalog) -> None:
    """With every part of the day: as many accelerators, at most the price of the guide's parts."""
    build = build_of(ask(overlaid, tier, bill_only=False, objective="capex"))
    guided = build_of(ask(overlaid, tier, objective="capex"))
    assert build.costs.capex_usd <= guided.costs.capex_usd
    assert build.deployment.accelerators_per_node == COUNTS[tier]


@pytest.mark.parametrize(("conditions", "column"), [(["new"], 0), (["used", "refurbished"], 1)])
def test_turnkey_dgx(conditions: list[str], column: int, overlaid: Catalog) -> None:
    plain = {"exclude": ["board", "hgx", "barebone"], "conditions": conditions, "budget": 250_000}
    build = build_of(ask(overlaid, "tier 4", bill_only=False, **plain))
    assert build.platform == "dgx-a100-640gb"
    low, high = guide.DGX["dgx-a100-640gb"][column]
    assert low <= build.costs.capex_usd <= high
    assert build.power.peak_wall_w == pytest.approx(6_500, abs=5)


def test_tier_3_needs_its_supply_to_the_last_watt(overlaid: Catalog) -> None:
    """3,000 W against a peak of 3,200 W at the wall: no headroom, and no spare."""
    refused = ask(overlaid, "tier 3", psu_headroom=0.1)
    assert refused.status == "infeasible"
    assert refused.explanation is not None
    assert "psu" in {rule.rule for rule in refused.explanation.conflict}


def test_tier_4_loses_its_redundancy(overlaid: Catalog) -> None:
    """One supply of 4.5 kW does not carry 6.4 kW of load, whatever the circuits carry."""
    refused = ask(overlaid, "tier 4", psu_redundancy="n+1", circuits="60A/240V:2")
    assert refused.status == "infeasible"
    assert refused.explanation is not None
    assert "psu" in {rule.rule for rule in refused.explanation.conflict}


def test_liquid_is_what_makes_tier_3_dear(overlaid: Catalog) -> None:
    """In the base catalog the same baseboard's rivals stand on air: no kit is bought."""
    build = build_of(ask(overlaid, "tier 3"))
    assert bought(build)["cdu-kit-4gpu"] == 1
    base = load_catalog()
    plain = {**QUESTIONS["tier 3"], "site": "server-room", "objective": "capex", "max_nodes": 1}
    free = build_of(optimize(build_request(plain, base), base, SolveOptions(time_limit_s=30)))
    assert not any(line.kind == "cooling" for line in free.bill_of_materials)
