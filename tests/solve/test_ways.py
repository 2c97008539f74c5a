"""Bounds of ways hold for whatever is built on them, and searches that use them leave nothing out.

The other side is a search that knows none of this: every way, every power limit, case by case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from optimizer import build_request
from optimizer.catalog.catalog import Catalog
from optimizer.instance.caps import Mode
from optimizer.instance.compile import Compiler
from optimizer.instance.filters import Open
from optimizer.instance.items import Case, Instance, Limits
from optimizer.model.rules import RULES
from optimizer.solve.bench import Bench, Loosen, Seek, as_asked, feasible, least
from optimizer.solve.clock import Clock
from optimizer.solve.elastic import Elastic, costs_of
from optimizer.solve.lexicographic import Goal, optimise
from optimizer.solve.needs import NEEDS, OVERFLOW, WATTS
from optimizer.solve.pool import EVERY_RULE
from optimizer.solve.ways import Setting, may_serve

QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "model": "llama-70b",
        "site": "office-closet",
        "accelerators": ["rtx-3090", "gb10-128gb"],
        "budget": 9000,
        "targets": {"min_tok_s": 900},
    },
    {
        "model": "qwen3-32b",
        "site": "home-15a",
        "accelerators": ["gb10-128gb", "rtx-3090"],
        "new_circuits": 1,
        "budget": 4000,
    },
    {
        "model": "llama-8b",
        "site": "server-room",
        "accelerators": ["a100-pcie-80gb", "rtx-3090"],
        "noise_limit": 30,
        "ups": True,
    },
)
"""Nothing fits any of them."""
GOALS: dict[str, Goal] = {n.field: n.goal for n in NEEDS if n.goal.ways is not None}
GOALS |= {"watts": WATTS, "overflow": OVERFLOW}
TIGHT = {
    "budget": {"budget_cents": 300_000},
    "noise": {"noise": 10**6},
    "rack": {"rack_tenths": 40, "depth_mm": 500, "floor_hg": 250},
    "inlet": {"inlet_tenths": 360},
    "cooling": {"heat_removal_w": 250, "liquid_removal_w": 0, "extra_cooling": False},
    "targets": {"min_output_milli": 2_000_000, "min_user_milli": 40_000, "max_ttft_us": 150_000},
}
"""Rule -> limits that many ways, and not all, break."""


@pytest.fixture(scope="module", params=range(len(QUESTIONS)))
def compiler(request: pytest.FixtureRequest, shipped: Catalog) -> Compiler:
    return Compiler(build_request(QUESTIONS[request.param], shipped), shipped)


def opened(compiler: Compiler, case: Case, every: int) -> list[Open]:
    """Some of the ways on which a layout fits."""
    ways = compiler.ground(case).cheapest_first()
    return [o for o in ways if compiler.reach.has_fit(o.way, case.nodes)][::every]


def built_on(
    compiler: Compiler, case: Case, ways: list[Open], limits: Limits, mode: Mode = "all"
) -> Instance:
    """The case with every layout on these ways, under every power limit."""
    caps = compiler.caps(case, mode, limits=limits)
    found = compiler.scored(case, [o.way for o in ways], caps=caps)
    return replace(found, limits=limits)


def loose(limits: Limits) -> Limits:
    for need in NEEDS:
        limits = need.loosen(limits)
    return limits


@pytest.mark.parametrize("name", sorted(GOALS))
def test_no_build_on_a_way_beats_its_bound(compiler: Compiler, name: str) -> None:
    goal, clock, limits = GOALS[name], Clock(60, workers=1), loose(compiler.limits)
    assert goal.ways is not None
    without = frozenset({"circuits", "outlets", "ups"})
    rules = tuple(rule for rule in RULES if rule.name not in without)
    told = 0
    for case in (compiler.cases()[0], compiler.cases()[-1]):
        at = Setting(compiler, case, limits, without)
        rough, sharp = goal.ways(at), goal.ways(replace(at, sharp=True))
        for way in opened(compiler, case, 12):
            instances = [built_on(compiler, case, [way], limits)]
            found = optimise(lambda _best, made=instances: made, goal, clock, ties=(), rules=rules)
            if found.value is not None:
                told += 1
                assert rough(way) <= found.value, way.way
                assert sharp(way) <= found.value, way.way
    assert told


@pytest.mark.parametrize("rule", sorted(TIGHT))
def test_ways_that_are_left_out_have_no_build(compiler: Compiler, rule: str) -> None:
    """A limit at a time, and circuits: what money, room and targets rule out cannot be built."""
    clock, limits = Clock(60, workers=1), replace(loose(compiler.limits), **TIGHT[rule])
    names = frozenset({rule, "circuits", "compatibility", "network", "psu", "ups"})
    without = EVERY_RULE - names
    out = 0
    for case in (compiler.cases()[0], compiler.cases()[-1]):
        at = Setting(compiler, case, limits, without)
        seated, serves = compiler.seated(case, limits, without), may_serve(replace(at, sharp=True))
        for way in opened(compiler, case, 7):
            if way.affordable(limits, without) and seated(way) and serves(way):
                continue
            out += 1
            instance = built_on(compiler, case, [way], limits)
            assert not feasible(lambda *_, made=instance: iter([made]), names, clock), way.way
    assert out


def naive(compiler: Compiler, mode: Mode) -> Any:
    """Stages that look at every way of every case."""

    def stages(
        _names: frozenset[str], loosen: Loosen, _seek: Seek | None = None
    ) -> Iterator[Instance]:
        limits = loosen(compiler.limits)
        for case in compiler.cases():
            ways = compiler.ground(case).cheapest_first()
            yield built_on(compiler, case, ways, limits, mode)

    return stages


@pytest.mark.slow
def test_needs_are_those_of_a_search_that_knows_no_bounds(compiler: Compiler) -> None:
    bench, clock = Bench(compiler, Clock(120, workers=1)), Clock(120, workers=1)
    for need in NEEDS:
        if need.limit(compiler.limits) is not None:
            found = least(bench.view(), need.goal, EVERY_RULE, clock, need.loosen)
            plain = least(naive(compiler, "all"), need.goal, EVERY_RULE, clock, need.loosen)
            assert (found.status, found.value) == (plain.status, plain.value), need.field


@pytest.mark.slow
@pytest.mark.parametrize("changes", [0, 2])
def test_the_cheapest_stretch_is_that_of_a_search_that_knows_no_bounds(
    compiler: Compiler, changes: int
) -> None:
    limits, clock = compiler.limits, Clock(120, workers=1)
    costs = costs_of(compiler.request, limits)
    bench = Bench(compiler, clock)
    values = []
    for stages in (bench.view(), naive(compiler, "all")):
        elastic = Elastic(limits, costs, least_changes=changes)
        found = least(stages, elastic.goal(), EVERY_RULE, clock, elastic.loosen)
        values.append((found.status, found.value))
    assert values[0] == values[1]
    below = (values[0][1] or 1) // 2
    elastic = Elastic(limits, costs, below, changes)
    found = least(bench.view(), elastic.goal(), EVERY_RULE, clock, elastic.loosen, below=below)
    assert found.status == "infeasible"


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted(EVERY_RULE - {"compatibility", "network", "vram"}))
def test_feasible_without_a_rule_as_a_search_that_knows_no_bounds_says(
    compiler: Compiler, rule: str
) -> None:
    clock, names = Clock(120, workers=1), EVERY_RULE - {rule}
    found = feasible(Bench(compiler, clock).view(), names, clock)
    assert found == feasible(naive(compiler, "all"), names, clock, as_asked)
