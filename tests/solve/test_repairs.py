"""Every repair is feasible as it stands and infeasible one step before, found by solving again."""

from __future__ import annotations

import random
import shlex
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.cli import flags
from optimizer.scenario.keys import Names
from optimizer.scenario.overrides import apply, touches_of_flags
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.explanation import Explanation, Repair
from optimizer.schema.request import Request
from optimizer.solve.knobs import value_at, with_value
from optimizer.solve.run import SolveOptions, solve
from tests.solve.conftest import Status

SITE = {"base": "server-room", "extra_cooling_allowed": False}
CARD = {"model": "small", "accelerators": ["card-24gb"]}
USERS = {"context": 16384, "concurrency": 32}
"""32 sequences of 16,384 tokens at 128 KiB a token: 64 GiB beside 15 GiB of weights."""
REQUESTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "budget": ({"model": "small", "budget": 1000}, {"budget_usd"}),
    "budget, least TCO": (
        {"model": "small", "budget": 3000, "objective": "tco"},
        {"budget_usd"},
    ),
    "TCO": ({"model": "small", "max_tco": 1000}, {"max_tco_usd"}),
    "memory of the cards": (
        CARD | USERS,
        {"context", "concurrency"},
    ),
    "one card's memory": (
        CARD | {"context": 16384, "concurrency": 6, "budget": 4000},
        {"context", "concurrency", "weights", "budget_usd"},
    ),
    "heat": ({"model": "small", "site": SITE | {"heat_removal_w": 300}}, {"heat_removal_w"}),
    "noise": ({"model": "small", "site": SITE | {"noise_limit_dba": 40.0}}, {"noise_limit_dba"}),
    "rack units": (
        {"model": "small", "site": SITE | {"rack": {"units": 4}}},
        {"units"},
    ),
    "rack depth": (
        {"model": "small", "site": SITE | {"rack": {"depth_mm": 500}}},
        {"depth_mm"},
    ),
    "rack load": ({"model": "small", "site": SITE | {"rack": {"load_kg": 20}}}, {"load_kg"}),
    "throughput": ({"model": "small", "targets": {"min_tok_s": 100_000}}, {"min_tok_s"}),
    "speed": (
        {"model": "small", "targets": {"min_tok_s_per_user": 1000}},
        {"min_tok_s_per_user"},
    ),
    "first token": ({"model": "small", "targets": {"max_ttft_s": 0.001}}, {"max_ttft_s"}),
    "both rates": (
        CARD | {"targets": {"min_tok_s": 300, "min_tok_s_per_user": 200}},
        {"min_tok_s_per_user"},
    ),
    "system memory": ({"model": "small", "memory_per_vram": 20}, {"memory_per_vram"}),
    "the shelf": (
        CARD
        | {"conditions": ["new"], "owned": {"card-24gb": 1}, "concurrency": 6, "context": 16384},
        {"quantity", "context", "concurrency", "weights"},
    ),
    "UPS": ({"model": "small", "ups": True}, {"ups"}),
}
STEPS: dict[str, float] = {
    "budget_usd": -1,
    "max_tco_usd": -1,
    "context": 1,
    "concurrency": 1,
    "heat_removal_w": -1,
    "noise_limit_dba": -0.1,
    "units": -0.1,
    "depth_mm": -1,
    "load_kg": -0.1,
    "min_tok_s": 0.001,
    "min_tok_s_per_user": 0.001,
    "max_ttft_s": -1e-6,
    "memory_per_vram": 0.01,
    "count": -1,
    "quantity": -1,
    "max_nodes": -1,
}
"""Last key of a path -> one step towards what was asked; what has no steps is not listed."""


def explained(request: Request, catalog: Catalog) -> Result:
    result = solve(request, catalog, SolveOptions(time_limit_s=300, workers=1))
    assert result.status == "infeasible"
    assert result.explanation is not None
    assert result.explanation.complete
    return result


def replay(repair: Repair, plain: dict[str, Any], catalog: Catalog, status: Status) -> None:
    """Feasible with the change, by path and by flag; infeasible one step before it."""
    request = build_request(plain, catalog)
    assert repair.flag is not None
    if repair.flag:
        assert value_at(pasted(repair, plain, catalog), repair.path) == repair.after
    assert status(with_value(request, repair.path, repair.after), catalog) == "optimal"
    step = STEPS.get(key(repair))
    if step is not None:
        assert isinstance(repair.after, int | float)
        almost = round(repair.after + step, 6)
        value = int(almost) if isinstance(repair.after, int) else almost
        assert status(with_value(request, repair.path, value), catalog) == "infeasible"


def pasted(repair: Repair, plain: dict[str, Any], catalog: Catalog) -> Request:
    """The request with the repair's flag given beside what was asked."""
    assert repair.flag is not None
    words = shlex.split(repair.flag)
    if words[0] == "--set":
        return apply(plain, touches_of_flags(words[1:], plain), catalog, Names())[0]
    given: dict[str, Any] = {"ups": False} if words == ["--no-ups"] else {}
    for name, value in zip(words[::2], words[1::2], strict=False):
        flag = next(f for f in flags.REQUEST if f.name == name)
        given[flag.key] = [value] if flag.kind == "list" else value
    changes = flags.plain_request(given)
    targets = {**plain.get("targets", {}), **changes.pop("targets", {})}
    return build_request({**plain, **changes} | ({"targets": targets} if targets else {}), catalog)


def key(repair: Repair) -> str:
    return repair.path.rpartition(".")[2]


@pytest.mark.parametrize("name", REQUESTS)
def test_repairs_are_the_smallest(name: str, small: Catalog, status: Status) -> None:
    plain, expected = REQUESTS[name]
    request = build_request(plain, small)
    result = explained(request, small)
    assert result.explanation is not None
    repairs = result.explanation.repairs
    assert {key(r) for r in repairs} == expected
    assert len(repairs) == len(expected)
    for repair in repairs:
        assert repair.rule in {item.rule for item in result.explanation.conflict}
        assert repair.build is not None
        replay(repair, plain, small, status)


def test_the_build_is_the_answer_to_the_repaired_request(small: Catalog) -> None:
    request = build_request({"model": "small", "budget": 1000}, small)
    explanation = explained(request, small).explanation
    assert explanation is not None
    (repair,) = explanation.repairs
    # A tower at $3,000 and one card at $750 hold the LLM.
    assert (repair.before, repair.after, repair.flag) == (1000.0, 3750.0, "--budget 3750")
    answer = solve(with_value(request, repair.path, repair.after), small)
    assert answer.build is not None
    assert repair.build is not None
    assert repair.build.capex_usd == answer.build.costs.capex_usd == 3750
    assert repair.build.output_tok_s == answer.build.performance.output_tok_s
    assert repair.build.accelerators == 1


@pytest.mark.parametrize("budget", [0, 1])
def test_nothing_to_spend_is_a_budget_too(small: Catalog, budget: float) -> None:
    request = build_request({"model": "small", "budget": budget}, small)
    explanation = explained(request, small).explanation
    assert explanation is not None
    assert [r.flag for r in explanation.repairs] == ["--budget 3750"]
    assert explanation.combined is not None
    assert [c.flag for c in explanation.combined.changes] == ["--budget 3750"]


def test_the_numbers_that_clash_are_told(small: Catalog) -> None:
    explanation = explained(build_request({"model": "small", "budget": 1000}, small), small)
    assert explanation.explanation is not None
    (conflict,) = explanation.explanation.conflicts
    (item,) = conflict.items
    assert conflict.irreducible
    assert (item.rule, item.needed, item.allowed, item.unit) == ("budget", 3750, 1000, "USD")
    assert item.others_hold
    assert item.build is not None
    assert item.build.capex_usd == 3750
    assert "$1,000" in conflict.sentence
    assert "$3,750" in conflict.sentence


def test_two_conflicts_are_both_told_and_mended_together(small: Catalog, status: Status) -> None:
    plain = {
        "model": "small",
        "site": SITE | {"noise_limit_dba": 40.0},
        "targets": {"max_ttft_s": 0.001},
    }
    request = build_request(plain, small)
    explanation = explained(request, small).explanation
    assert explanation is not None
    told = {tuple(item.rule for item in c.items) for c in explanation.conflicts}
    assert told == {("targets",), ("noise",)}
    assert explanation.repairs == ()
    replay_together(explanation, request, small, status)


def replay_together(
    explanation: Explanation, request: Request, catalog: Catalog, status: Status
) -> None:
    """Feasible with every change of the combined repair; infeasible with any a step less."""
    combined = explanation.combined
    assert combined is not None
    assert combined.proven
    changed = request
    for change in combined.changes:
        changed = with_value(changed, change.path, change.after)
    assert status(changed, catalog) == "optimal"
    for change in combined.changes:
        step = STEPS.get(change.path.rpartition(".")[2])
        if step is None:
            less = with_value(changed, change.path, change.before)
        else:
            assert isinstance(change.after, int | float)
            almost = round(change.after + step, 6)
            value = int(almost) if isinstance(change.after, int) else almost
            less = with_value(changed, change.path, value)
        assert status(less, catalog) == "infeasible", change.path


def test_what_does_not_suffice_alone_is_told(small: Catalog, status: Status) -> None:
    """Two conflicts: no change of one value mends anything, and each was tried to its end."""
    plain = {
        "model": "small",
        "concurrency": 4,
        "budget": 1000,
        "targets": {"max_ttft_s": 0.001},
    }
    request = build_request(plain, small)
    explanation = explained(request, small).explanation
    assert explanation is not None
    tried = {r.path.rpartition(".")[2]: r.tried for r in explanation.refuted}
    assert tried["budget_usd"] is None
    assert tried["max_ttft_s"] is None
    assert tried["concurrency"] == 1
    assert tried["max_nodes"] == request.policy.max_nodes + 2
    assert not {r.path for r in explanation.refuted} & {r.path for r in explanation.repairs}
    for refuted in explanation.refuted:
        if refuted.tried is not None:
            changed = with_value(request, refuted.path, refuted.tried)
            assert status(changed, small) == "infeasible"


def test_one_limit_alone_speaks_of_the_others_where_they_matter(small: Catalog) -> None:
    """A tower and a card cost $3,750 whatever else is asked; with a target on top, more."""
    sentences = []
    for targets in ({}, {"targets": {"min_tok_s_per_user": 60}}):
        request = build_request({"model": "small", "budget": 1000, **targets}, small)
        explanation = explained(request, small).explanation
        assert explanation is not None
        (conflict,) = explanation.conflicts
        sentences.append(conflict.sentence)
    assert "with all else that is asked, no build costs less than $3,750" in sentences[0]
    assert "with all else that is asked, no build costs less than" in sentences[1]
    assert "$3,750" not in sentences[1]


def test_without_a_supply_the_minutes_go_too(small: Catalog) -> None:
    """``--no-ups`` beside ``--ups-minutes`` contradicts itself: what is pasted says both."""
    plain = {"model": "small", "ups_minutes": 30}
    explanation = explained(build_request(plain, small), small).explanation
    assert explanation is not None
    (repair,) = [r for r in explanation.repairs if r.path.endswith(".ups")]
    assert repair.flag == "--no-ups --ups-minutes 0"
    again = build_request({"model": "small", "ups": False, "ups_minutes": 0}, small)
    assert solve(again, small).status == "optimal"
    assert "that bridges 30 minutes" in explanation.conflicts[0].sentence


def test_named_accelerators_without_a_platform_say_so(shipped: Catalog) -> None:
    """The catalog offers every platform with H200 SXM new; used, there is none."""
    plain = {"model": "qwen3-32b", "conditions": ["used"], "accelerators": ["h200-sxm-141gb"]}
    result = solve(build_request(plain, shipped), shipped)
    assert result.status == "infeasible"
    (reason,) = [e.reason for e in result.excluded if e.component == "h200-sxm-141gb"]
    assert reason.startswith("no platform that holds it can be had")
    assert "only offered new" in reason


def test_time_that_ran_out_is_told(small: Catalog) -> None:
    request = build_request({"model": "small", "budget": 1000}, small)
    result = solve(request, small, SolveOptions(time_limit_s=1e-9))
    assert result.status == "unknown" or (
        result.explanation is not None and not result.explanation.complete
    )


SHIPPED: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"model": "deepseek-r1", "budget": "15k"}, {"budget_usd"}),
    (
        {"model": "llama-405b", "circuits": "15A/120V"},
        {"count", "new_circuits", "weights"},
    ),
    (
        {"model": "llama-70b", "budget": "25k", "targets": {"min_tok_s": 3000}},
        {"budget_usd", "min_tok_s"},
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize(("plain", "expected"), SHIPPED)
def test_on_the_shipped_catalog(
    plain: dict[str, Any], expected: set[str], shipped: Catalog, status: Status
) -> None:
    request = build_request(plain, shipped)
    result = explained(request, shipped)
    assert result.explanation is not None
    assert {key(r) for r in result.explanation.repairs} == expected
    for repair in result.explanation.repairs:
        replay(repair, plain, shipped, status)


def random_request(seed: int) -> dict[str, Any]:
    """A request to the small catalog with some limits, of which several may fail at once."""
    chance = random.Random(seed)
    site: dict[str, Any] = dict(SITE)
    targets: dict[str, float] = {}
    plain: dict[str, Any] = {
        "model": "small",
        "context": chance.choice((4096, 8192, 16384)),
        "concurrency": chance.choice((1, 8, 40, 80)),
        "objective": chance.choice(("throughput", "speed", "tco", "capex", "cost-per-token")),
    }
    choices: tuple[tuple[dict[str, Any], str, tuple[float, ...]], ...] = (
        (plain, "budget", (2000, 3800, 4600, 19_000)),
        (plain, "max_tco", (2000, 4000, 9000)),
        (plain, "memory_per_vram", (1, 2, 8)),
        (site, "heat_removal_w", (300, 600, 900)),
        (site, "noise_limit_dba", (40.0, 44.9, 50.0)),
        (targets, "min_tok_s", (300, 900, 3000)),
        (targets, "min_tok_s_per_user", (10, 60, 120)),
        (targets, "max_ttft_s", (0.05, 0.1, 0.2)),
    )
    for held, name, values in choices:
        if chance.random() < 0.3:
            held[name] = chance.choice(values)
    return plain | {"site": site} | ({"targets": targets} if targets else {})


@pytest.mark.slow
def test_repairs_of_random_requests(small: Catalog, status: Status) -> None:
    replayed = 0
    for seed in range(80):
        plain = random_request(seed)
        request = build_request(plain, small)
        if status(request, small) != "infeasible":
            continue
        explanation = explained(request, small).explanation
        assert explanation is not None
        for repair in explanation.repairs:
            replay(repair, plain, small, status)
            replayed += 1
        if explanation.combined is not None:
            replay_together(explanation, request, small, status)
    assert replayed >= 30


@pytest.mark.slow
def test_a_build_with_a_single_supply_can_show_what_redundancy_keeps_out(shipped: Catalog) -> None:
    """The lightest machine has one power supply; with n+1 only heavier ones are left."""
    plain = {
        "model": "llama-3.1-8b",
        "accelerators": ["gb10-128gb", "l4"],
        "max_nodes": 1,
        "psu_redundancy": "n+1",
        "site": {"base": "server-room", "rack": {"units": 2, "load_kg": 15}},
    }
    result = solve(build_request(plain, shipped), shipped, SolveOptions(workers=1))
    assert result.status == "infeasible"
    assert result.explanation is not None
    (item,) = [i for i in result.explanation.conflict if i.rule == "circuits"]
    assert item.statement.startswith("every node is to go on when any one power supply is lost")
    assert item.needed is None
    assert item.build is not None
    assert item.build.accelerator == "gb10-128gb"
