"""``--set`` on the main command: values that have no flag of their own."""

from __future__ import annotations

import json

import pytest

from optimizer.cli.main import run
from optimizer.scenario.overrides import touches_of_flags

ASK = ["--model", "llama-8b", "--budget", "5k", "--json", "--quiet"]


def asked(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    code = run([*ASK, *more])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.slow
def test_a_value_without_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, "--set", "site.rack.depth_mm=100", "--set", "duty=40%")
    request = json.loads(out)["request"]
    assert code == 3
    assert request["site"]["rack"]["depth_mm"] == 100
    assert request["workloads"][0]["duty"] == 0.4


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("site.rack.depht_mm=100", "Did you mean site.rack.depth_mm"),
        ("site.rack.depth_mm", "Write --set budget=80k"),
    ],
)
def test_what_cannot_be_set(
    capsys: pytest.CaptureFixture[str], change: str, complaint: str
) -> None:
    code, _, err = asked(capsys, "--set", change)
    assert code == 2
    assert complaint in err


def test_the_later_of_two_counts() -> None:
    """As with any flag, so that a change can be pasted behind a command."""
    first, second = touches_of_flags(["budget=1k", "site=home-15a", "budget=2k"], {})
    assert (first.path, first.value) == (("budget",), "2k")
    assert second.path == ("site",)


def test_a_value_and_a_part_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = asked(capsys, "--set", "targets.min_tok_s=5", "--set", "targets=3")
    assert code == 2
    assert "no value stands at 'targets'" in err
