"""``optimize sensitivity``: a page, a document, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Command = Callable[..., Any]
ASK = ("sensitivity", "--model", "small", "--objective", "capex")


def test_the_usual_assumptions_on_a_page(inline: Command) -> None:
    run = inline(*ASK)
    assert (run.code, run.err) == (0, "")
    assert "capex 3,750 USD with 1 x Card 24 GB in Tower workstation" in run.out
    assert "electricity" in run.out


def test_a_document_with_all_three(inline: Command) -> None:
    run = inline(*ASK, "--vary", "duty=0.1..0.9", "--breaks", "price:used=1..41", "--samples", "3",
                 "--json")  # fmt: skip
    document = json.loads(run.out)
    assert [bar["name"] for bar in document["tornado"]["bars"]] == ["duty"]
    assert len(document["break_points"][0]["flips"]) == 1
    assert document["chance"]["samples"] == 3


def test_nothing_fits(inline: Command) -> None:
    assert inline(*ASK, "--budget", "100").code == 3


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--vary", "duty"), "gives no range"),
        (("--breaks", "prices:used=1..2"), "no value stands at"),
        (("--samples", "0"), "--samples"),
    ],
)
def test_bad_input(inline: Command, arguments: tuple[str, ...], part: str) -> None:
    run = inline(*ASK, *arguments)
    assert (run.code, run.out) == (2, "")
    assert part in run.err
