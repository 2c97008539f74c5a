"""Commands about the program itself, and what the shell, the terminal and the log are told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from optimizer.cli import doctor, flags
from optimizer.cli.completion import SHELLS, WORDS, words_for
from optimizer.cli.main import COMPLETE
from optimizer.cli.terminal import terminal_style
from optimizer.scenario.keys import Names, read_plain
from optimizer.studies.self_test import Checked

Command = Callable[..., Any]
ASK = ("--model", "small", "--budget", "10k")


@pytest.mark.slow
def test_doctor_finds_all_well(inline: Command) -> None:
    run = inline("doctor", small=False)
    assert run.code == 0
    assert run.out.rstrip().endswith("All is well.")
    for words in ("ortools", "9.15.", "components", "optimal in", "costs add up"):
        assert words in run.out


def test_doctor_tells_programs(inline: Command) -> None:
    run = inline("doctor", "--json")
    document = json.loads(run.out)
    assert document["well"] is (run.code == 0)
    assert {c["group"] for c in document["checks"]} == {
        "Program",
        "Catalog",
        "Terminal",
        "Self-test",
    }


def test_doctor_says_what_is_wrong(inline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [Checked("small question", False, "unknown after 20 s")]
    monkeypatch.setattr(doctor, "self_test", lambda _: iter(broken))
    run = inline("doctor")
    assert run.code == 1
    assert "! small question" in run.out
    assert "Something is wrong" in run.out


def test_doctor_wants_the_pinned_solver(monkeypatch: pytest.MonkeyPatch, inline: Command) -> None:
    monkeypatch.setattr(doctor, "version", lambda _: "9.14.1")
    run = inline("doctor")
    assert run.code == 1
    assert "9.14.1, but 9.15.x is needed" in run.out


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_scripts_call_the_program(inline: Command, shell: str) -> None:
    run = inline("completion", shell, small=False)
    assert run.code == 0
    assert COMPLETE in run.out
    assert "optimize" in run.out


def test_unknown_shell(inline: Command) -> None:
    run = inline("completion", "zhs", small=False)
    assert run.code == 2
    assert "zsh" in run.err


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("optimize comp", ["compare", "completion"]),
        ("optimize --site home", ["home-15a", "home-20a"]),
        ("optimize --objective t", ["tco", "throughput"]),
        ("optimize rent --psu-redundancy n", ["n+1", "none"]),
    ],
)
def test_the_shell_is_offered_words(typed: str, offered: list[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", "from optimizer.cli.main import main; main()"],
        env={**os.environ, **words, COMPLETE: "complete_bash"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == offered, done.stderr


def test_words_to_complete_belong_to_flags_and_hold() -> None:
    """Every flag exists, and every fixed word is one that the flag takes."""
    known = {flag.name: flag for flag in flags.REQUEST}
    assert set(WORDS) <= set(known)
    for name, words in WORDS.items():
        if not words.startswith("@"):
            for word in words.split():
                read_plain({known[name].path[0]: word}, Names())
    assert words_for("--budget", "1") == []
    assert "llama-3.1-405b-instruct" in words_for("--model", "llama-3.1-405")


def test_verbose_tells_steps_and_the_solvers_log(inline: Command) -> None:
    run = inline(*ASK, "--verbose")
    assert run.code == 0
    assert "Starting CP-SAT solver" in run.err
    assert " s] scoring layouts" in run.err
    assert "CP-SAT" not in run.out
    assert "proven optimal" in run.out


def test_verbose_and_quiet_exclude_each_other(inline: Command) -> None:
    run = inline(*ASK, "--verbose", "--quiet")
    assert run.code == 2
    assert "--verbose and --quiet exclude each other" in run.err


def test_help_groups_its_examples_by_task(inline: Command) -> None:
    run = inline("--help", small=False)
    examples = run.out.split("\nExamples\n")[1].split("\n\n")[0].splitlines()
    tasks = [line for line in examples if not line.strip().startswith("optimize ")]
    typed = [line for line in examples if line.strip().startswith("optimize ")]
    assert len(tasks) >= 5
    assert all(line.startswith("      ") for line in typed)
    assert len(tasks) + len(typed) == len(examples)


@pytest.mark.parametrize(
    ("room", "codes"),
    [
        ({}, set()),
        ({"FORCE_COLOR": "1"}, {"1", "36", "32"}),
        ({"FORCE_COLOR": "1", "OPTIMIZE_THEME": "mono"}, {"1", "0"}),
        ({"FORCE_COLOR": "1", "OPTIMIZE_THEME": "contrast"}, {"1;92"}),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, set()),
    ],
)
def test_colours_follow_the_environment(
    room: dict[str, str], codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "OPTIMIZE_THEME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in room.items():
        monkeypatch.setenv(name, value)
    style = terminal_style()
    text = style.title("a") + style.paint("b", "good") + style.paint("c", "accent")
    found = set(re.findall("\x1b\\[([0-9;]+)m", text))
    assert codes <= found
    assert bool(found) == bool(codes)


def test_unknown_theme(inline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIMIZE_THEME", "contrst")
    run = inline(*ASK)
    assert run.code == 2
    assert "OPTIMIZE_THEME: no theme 'contrst'. Did you mean contrast?" in run.err
