"""``optimize frontier``: pages, documents, files, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
ASK = ("frontier", "--model", "small")


def test_a_page_a_table_and_a_picture(inline: Command, tmp_path: Path) -> None:
    picture, table = tmp_path / "f.svg", tmp_path / "f.csv"
    run = inline(*ASK, "--plot", str(picture), "--csv", str(table))
    assert run.code == 0
    assert "Throughput against total cost of ownership" in run.out
    assert "the picture is in" in run.err
    assert picture.read_bytes().startswith(b"<?xml")
    assert table.read_text("utf-8").startswith("tco [USD],throughput [tok/s],")


def test_a_document(inline: Command) -> None:
    run = inline(*ASK, "--x", "capex", "--y", "users", "--up-to", "8", "--json")
    document = json.loads(run.out)
    assert (document["x"]["name"], document["y"]["name"]) == ("capex", "users")
    assert document["points"][0]["x"] == 3750
    assert all(point["proven"] for point in document["points"])


def test_nothing_fits(inline: Command) -> None:
    assert inline(*ASK, "--budget", "100").code == 3


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--x", "money"), "--x: money is not known"),
        (("--y", "thruput"), "--y: thruput is not known"),
        (("--points", "1"), "--points"),
        (("--up-to", "8"), "--up-to goes with"),
        (("--plot", "out.pdf"), "neither .svg nor .png"),
        (("--x", "watts", "--y", "users"), "goes against tco or capex"),
        (("--csv", "/nowhere/at/all.csv"), "there is no directory"),
    ],
)
def test_bad_input(inline: Command, arguments: tuple[str, ...], part: str) -> None:
    run = inline(*ASK, *arguments)
    assert (run.code, run.out) == (2, "")
    assert len(run.err.splitlines()) == 1
    assert part in run.err
