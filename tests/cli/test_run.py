"""``optimize run`` with named scenarios, changes, and the request shown instead of solved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PLAN = """\
name: Plan
model: small
objective: capex
overrides:
  new: {why: no second-hand, set: {conditions: [new]}}
scenarios:
  new: {overrides: [new], expect: {min_capex_usd: 18000}}
  wrong: {overrides: [new], expect: {max_capex_usd: 5}}
expect: {status: optimal, max_capex_usd: 4000}
"""


@pytest.fixture
def plan(tmp_path: Path) -> str:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN, encoding="utf-8")
    return str(file)


def test_a_named_scenario_says_what_it_changed(inline: Command, plan: str) -> None:
    run = inline("run", plan, "--scenario", "new")
    assert (run.code, run.err) == (0, "")
    assert "Changed: plan.yaml, scenario new" in run.out
    assert "conditions: new, refurbished, used -> new" in run.out
    assert "new: no second-hand" in run.out


def test_the_document_holds_every_change(inline: Command, plan: str) -> None:
    run = inline("run", plan, "--scenario", "new", "--set", "duty=0.25", "--json")
    used = json.loads(run.out)["scenario"]
    assert (used["file"], used["scenario"]) == ("plan.yaml", "new")
    assert [(c["path"], c["from"], c["to"]) for c in used["changes"]] == [
        ("conditions", ["new", "refurbished", "used"], ["new"]),
        ("duty", 0.5, 0.25),
    ]


def test_all_scenarios_side_by_side(inline: Command, plan: str) -> None:
    run = inline("run", plan, "--scenario", "all")
    assert run.code == 1
    assert "plan.yaml, scenario wrong, expects: capex_usd is 18,000, expected at most 5" in run.err
    assert run.err.count("error") == 1
    assert "compared by scenario" in run.out


def test_a_question_changed_by_flags_is_not_held_to_the_file(inline: Command, plan: str) -> None:
    assert inline("run", plan, "--set", "conditions=new").code == 0


def test_show_solves_nothing(inline: Command, plan: str) -> None:
    run = inline("run", plan, "--scenario", "new", "--show")
    assert run.code == 0
    assert "workloads.0.llm                    small-8b" in run.out
    assert "policy.conditions                  new" in run.out
    assert "Best build" not in run.out
    shown = json.loads(inline("run", plan, "--scenario", "all", "--show", "--json").out)
    assert [s["scenario"]["scenario"] for s in shown] == [None, "new", "wrong"]
    assert shown[1]["request"]["policy"]["conditions"] == ["new"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--scenario", "nwe"), "Did you mean new"),
        (("--set", "bugdet=1"), "Did you mean budget"),
        (("--set", "model=smal"), "--set: "),
    ],
)
def test_bad_input(inline: Command, plan: str, arguments: tuple[str, ...], part: str) -> None:
    run = inline("run", plan, *arguments)
    assert (run.code, run.out) == (2, "")
    assert len(run.err.splitlines()) == 1
    assert part in run.err


def test_scenario_files_side_by_side(inline: Command, plan: str) -> None:
    run = inline("compare", plan, f"{plan}:new", "--baseline", f"{plan}:new", "--json")
    document = json.loads(run.out)
    assert (run.code, document["baseline"]) == (0, "plan.yaml:new"), "without directories"
    assert [c["capex_usd"] for c in document["variants"]] == [18_000, 3_750]
    assert document["variants"][1]["against_baseline"]["capex_usd"] == -14_250


def test_one_scenario_twice_is_refused(inline: Command, plan: str) -> None:
    run = inline("compare", plan, plan)
    assert (run.code, run.out) == (2, "")
    assert "stands twice" in run.err


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        (("--budget", "5k"), "--budget stands beside scenario files"),
        (("plan.yaml",), "cannot read plan.yaml"),
        (("--baseline", "x"), "--baseline: unknown baseline 'x'"),
    ],
)
def test_what_files_do_not_go_with(
    inline: Command, plan: str, extra: tuple[str, ...], part: str
) -> None:
    run = inline("compare", plan, f"{plan}:new", *extra)
    assert (run.code, run.out) == (2, "")
    assert part in run.err
