"""``--set`` on the main command: values that have no flag of their own."""

from __future__ import annotations

import json

import pytest

from optimizer.cli.main import run

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


def test_one_value_twice(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = asked(capsys, "--set", "budget=1k", "--set", "budget=2k")
    assert code == 2
    assert "budget twice" in err
