"""``optimize compare`` and ``optimize rent``: pages, documents, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.studies.small import RATES

Command = Callable[..., Any]
BY = ("compare", "--by")
ASK = ("--model", "small")


@pytest.fixture
def rates(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "rates.yaml").write_text(RATES, encoding="utf-8")
    return ("--catalog", str(tmp_path))


def test_one_table_of_80_columns(inline: Command) -> None:
    run = inline(*BY, "condition", *ASK)
    assert run.code == 0
    assert max(map(len, run.out.splitlines())) <= 80
    (head,) = [line.split() for line in run.out.splitlines() if line.startswith("  condition ")]
    assert head == ["condition", "new", "used", "mixed"]
    for part in (
        "* capex, $",
        "Best: used (lowest total cost of ownership). Against new:",
        "The choice flips where",
        "+ 1 x Card 24 GB (used)",
        "mixed: the same build as used",
    ):
        assert part in run.out


def test_many_values_make_several_tables(inline: Command) -> None:
    values = "1K,2K,3K,4K,5K,6K"
    run = inline(*BY, "context", "--values", values, *ASK)
    heads = [line.split() for line in run.out.splitlines() if line.startswith("  context ")]
    assert heads == [["context", "1K", "2K", "3K", "4K"], ["context", "1K", "5K", "6K"]]
    assert max(map(len, run.out.splitlines())) <= 80


def test_comparison_as_a_document(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    run = inline(
        *BY, "site", "--values", "server-room,attic", *ASK, "--json", "--output", str(file)
    )
    assert (run.code, run.out) == (0, "")
    data = json.loads(file.read_text("utf-8"))
    assert [c["label"] for c in data["variants"]] == ["server-room", "attic"]
    assert data["variants"][0]["result"]["status"] == "optimal"


def test_nothing_fits(inline: Command) -> None:
    run = inline(*BY, "condition", *ASK, "--budget", "100")
    assert run.code == 3
    assert "None of them has an answer." in run.out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("compare", *ASK), "no --by given"),
        ((*BY, "contxt", *ASK), "Did you mean context"),
        ((*BY, "context", "--values", "8K", *ASK), "names 1 of the 2 to 16 values"),
        ((*BY, "context", "--values", "8K,8K", *ASK), "repeated value"),
        ((*BY, "context", "--values", "8K,x", *ASK), "'x' is not a number of tokens"),
        ((*BY, "context", "--values", "1K,2K", *ASK, "--context", "4K"), "is what is compared"),
        ((*BY, "condition", "--values", "a,b", *ASK), "values go with another --by"),
        ((*BY, "condition", *ASK, "--condition", "new"), "--condition is what is compared"),
        ((*BY, "site", "--values", "attic,cellar", *ASK), "unknown site 'cellar'"),
        (("rent", *ASK, "--match", "x"), "One of: throughput, speed, targets, load"),
        (("rent", *ASK, "--rent-change", "-90%"), "--rent-change"),
        (("rent", *ASK, "--provider", "x"), "--provider: no rate of 'x'"),
        (("rent",), "no model given"),
    ],
)
def test_bad_input(inline: Command, arguments: tuple[str, ...], part: str) -> None:
    run = inline(*arguments)
    assert (run.code, run.out) == (2, "")
    assert len(run.err.splitlines()) == 1
    assert part in run.err


def test_renting_on_a_page(inline: Command, rates: tuple[str, str]) -> None:
    run = inline("rent", *ASK, *rates)
    assert run.code == 0
    assert max(map(len, run.out.splitlines())) <= 80
    for part in (
        "small",
        "North, on-demand, 2026-05-01",
        "East, on-demand, 2025-09 (old)",
        "Owning wins above",
        "rates older than 6 months",
        "o own, r rent always on, b rent busy hours",
    ):
        assert part.lower() in run.out.lower()


def test_renting_as_a_document(inline: Command, rates: tuple[str, str]) -> None:
    data = json.loads(inline("rent", *ASK, *rates, "--json").out)
    assert data["clouds"][0]["source"]["title"] == "Bench notes"
    assert set(data["curves"]) == {"month", "own", "always_on", "busy_hours", "by_request"}


def test_an_api_as_the_third_option(inline: Command, rates: tuple[str, str]) -> None:
    run = inline("rent", *ASK, *rates, "--api-price", "$0.90", "--api-input-price", "0.3")
    assert run.code == 0
    assert "API" in run.out
    assert "times its price" in run.out
    assert max(len(line) for line in run.out.splitlines()) <= 80


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--api-input-price", "1"], "Add --api-price"),
        (["--egress", "5"], "Add --egress-price"),
        (["--egress-price", "5"], "Add --egress"),
        (["--api-price", "free"], "dollars"),
    ],
)
def test_prices_that_say_nothing(
    inline: Command, rates: tuple[str, str], flags: list[str], told: str
) -> None:
    run = inline("rent", *ASK, *rates, *flags)
    assert run.code == 2
    assert told in run.err


def test_robust_choice(inline: Command) -> None:
    run = inline("robust", *ASK, "--samples", "2", "--measure", "worst")
    assert run.code == 0
    assert "worst case" in run.out
    assert max(len(line) for line in run.out.splitlines()) <= 80
    data = json.loads(inline("robust", *ASK, "--samples", "2", "--json").out)
    assert (data["measure"], data["samples"], data["chosen"]) == ("p90", 2, 0)


def test_nothing_fits_at_any_price(inline: Command) -> None:
    run = inline("robust", *ASK, "--samples", "2", "--objective", "tco", "--budget", "100")
    assert run.code == 3
    assert "which is proven" in run.out


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--measure", "best"], "p90"),
        (["--samples", "0"], "whole number"),
        (["--objective", "speed"], "tco or capex"),
    ],
)
def test_robust_questions_that_make_no_sense(inline: Command, flags: list[str], told: str) -> None:
    run = inline("robust", *ASK, *flags)
    assert run.code == 2
    assert told in run.err


def test_renting_without_a_build_tells_why(inline: Command, rates: tuple[str, str]) -> None:
    run = inline("rent", *ASK, *rates, "--budget", "100")
    assert run.code == 3
    assert "budget" in run.out


def test_without_any_rate(inline: Command) -> None:
    run = inline("rent", *ASK)
    assert run.code == 0
    assert "has no rate" in run.out
