"""``optimize sweep``: a table, a summary, and what it refuses."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
ASK = ("sweep", "--model", "small", "--over", "budget=3k,4k,20k", "--jobs", "1")


def test_a_table_and_a_summary(inline: Command, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    run = inline(*ASK, "--output", str(table))
    assert (run.code, run.err) == (0, "")
    assert "3 requests, 3 of them distinct" in run.out
    assert "2  proven optimal" in run.out
    with table.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["status"] for row in rows] == ["infeasible", "optimal", "optimal"]
    assert rows[1]["accelerator"] == "card-24gb"
    assert float(rows[1]["capex_usd"]) == 3750
    assert not (tmp_path / "rows.csv.parts").exists()


def test_a_file_with_axes(inline: Command, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("model: small\nsweep: {duty: [0.1, 0.5]}\n", encoding="utf-8")
    run = inline(
        "sweep", str(plan), "--output", str(tmp_path / "r.parquet"), "--jobs", "1", "--json"
    )
    document = json.loads(run.out)
    assert (document["points"], document["status"]) == (2, {"optimal": 2})


def test_it_does_not_replace_what_is_there(inline: Command, tmp_path: Path) -> None:
    table = str(tmp_path / "rows.csv")
    assert inline(*ASK, "--output", table).code == 0
    again = inline(*ASK, "--output", table)
    assert again.code == 2
    assert "is there already" in again.err
    assert inline(*ASK, "--output", table, "--force").code == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("sweep", "--model", "small", "--over", "duty=0.1,0.2"), "no --output given"),
        ((*ASK, "--output", "rows.xlsx"), "neither .parquet nor .csv"),
        ((*ASK, "--output", "/nowhere/at/all/rows.csv"), "there is no directory"),
        ((*ASK, "--output", "r.csv", "--backend", "spark"), "spark is not known"),
        ((*ASK, "--output", "r.csv", "--backend", "dask"), "needs --scheduler"),
        ((*ASK, "--output", "r.csv", "--scheduler", "tcp://h:1"), "--backend dask or ray"),
        ((*ASK, "--output", "r.csv", "--backend", "ray"), "--jobs says nothing"),
        ((*ASK, "--output", "r.csv", "--over", "bugdet=1"), "Did you mean budget"),
        ((*ASK, "--output", "r.csv", "--jobs", "0"), "--jobs"),
        ((*ASK, "--output", "r.csv", "--over", "context=8K,8192"), "8192 stands twice"),
        (
            (*ASK, "--output", "r.csv", "--over", "site=attic,atic"),
            "unknown site 'atic'. Known: attic",
        ),
        (("sweep", "gone.yaml", "--output", "r.csv"), "cannot read gone.yaml"),
        (("sweep", "gone.yaml", "--output", "r.csv", "--budget", "1k"), "stands beside"),
    ],
)
def test_bad_input(inline: Command, arguments: tuple[str, ...], part: str) -> None:
    run = inline(*arguments)
    assert (run.code, run.out) == (2, "")
    assert len(run.err.splitlines()) == 1
    assert part in run.err


def test_the_first_refusal_is_told(inline: Command, tmp_path: Path) -> None:
    """The small LLM takes 16K of context; the rest of the table is there."""
    table = tmp_path / "rows.csv"
    over = ("--over", "context=8K,64K", "--jobs", "1")
    run = inline("sweep", "--model", "small", *over, "--output", str(table))
    assert run.code == 1
    assert "The first: " in run.out
    assert "maximum is 16K" in " ".join(run.out.split())
    assert len(table.read_text("utf-8").splitlines()) == 3


def test_nothing_is_left_where_nothing_began(inline: Command, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    table = tmp_path / "rows.csv"
    flags = ("--backend", "dask", "--scheduler", "nonsense://x:1", "--output", str(table))
    run = inline("sweep", "--model", "small", "--over", "duty=0.1,0.2", *flags)
    assert run.code == 2
    assert list(tmp_path.iterdir()) == []


def test_the_model_may_be_an_axis_alone(inline: Command, tmp_path: Path) -> None:
    over = ("--over", "model=small,SMALL", "--jobs", "1")
    assert inline("sweep", *over, "--output", str(tmp_path / "rows.csv")).code == 0
