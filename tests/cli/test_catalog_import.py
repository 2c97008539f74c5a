"""Importing into a catalog of one's own: dry run first, checked, never over what is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.configs import CONFIGS

Command = Callable[..., Any]
QUOTES = "component,condition,price,vendor,date\nrtx-3090,used,999,Bench,2026-10-03\n"


@pytest.fixture
def quotes(tmp_path: Path) -> Path:
    file = tmp_path / "quotes.csv"
    file.write_text(QUOTES)
    return file


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "My-Qwen"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIGS["qwen3-8b"]))
    return folder / "config.json"


def offers(*more: str) -> tuple[str, ...]:
    return ("catalog", "import", "offers", *more)


def test_a_dry_run_shows_and_writes_nothing(inline: Command, quotes: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    run = inline(*offers(str(quotes)), small=False)
    assert run.code == 0
    assert "  - component: rtx-3090\n" in run.out
    assert "dry run: 1 source, 1 offer, nothing written" in run.err
    own = str(tmp_path / "mine")
    assert inline(*offers(str(quotes), "--output", own, "--dry-run"), small=False).out == run.out
    assert sorted(tmp_path.rglob("*")) == before


def test_output_writes_a_file_that_loads(inline: Command, quotes: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    run = inline(*offers(str(quotes), "--output", str(mine)), small=False)
    assert (run.code, run.out) == (0, "")
    assert f"use them with --catalog {mine}" in run.err
    assert [p.name for p in mine.iterdir()] == ["offers-quotes.yaml"]
    show = ("catalog", "show", "rtx-3090", "--json", "--catalog", str(mine))
    data = json.loads(inline(*show, small=False).out)
    assert [o["typical"] for o in data["offers"] if o["vendor"] == "Bench"] == [999]
    assert inline("catalog", "check", str(mine), small=False).code == 0


def test_what_is_there_is_replaced_only_by_force(
    inline: Command, quotes: Path, tmp_path: Path
) -> None:
    target = offers(str(quotes), "--output", str(tmp_path / "mine"))
    file = tmp_path / "mine" / "offers-quotes.yaml"
    assert inline(*target, small=False).code == 0
    first = file.read_text()
    quotes.write_text(QUOTES.replace("999", "888"))
    run = inline(*target, small=False)
    assert run.code == 2
    assert "--force" in run.err
    assert file.read_text() == first
    assert inline(*target, "--force", small=False).code == 0
    assert "888" in file.read_text()


def test_the_same_quotes_twice_are_no_import(inline: Command, quotes: Path, tmp_path: Path) -> None:
    mine = str(tmp_path / "mine")
    assert inline(*offers(str(quotes), "--output", mine), small=False).code == 0
    again = offers(str(quotes), "--catalog", mine)
    run = inline(*again, small=False)
    assert (run.code, run.out) == (0, "")
    assert "nothing to import; 1 line left out" in run.err


def test_what_would_break_the_catalog_is_not_written(
    inline: Command, config: Path, tmp_path: Path
) -> None:
    """The directory already has an LLM of that id in another file."""
    mine = tmp_path / "mine"
    arguments = ("llm", "import", str(config), "--output", str(mine))
    assert inline(*arguments, small=False).code == 0
    (mine / "llm-my-qwen.yaml").rename(mine / "other.yaml")
    run = inline(*arguments, small=False)
    assert run.code == 2
    assert "stands twice" in run.err
    assert [p.name for p in mine.iterdir()] == ["other.yaml"]


def test_outputs_that_cannot_be(inline: Command, quotes: Path, tmp_path: Path) -> None:
    run = inline(*offers(str(quotes), "--output", str(quotes)), small=False)
    assert run.code == 2
    assert "not a directory" in run.err
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "offers-quotes.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    run = inline(*offers(str(quotes), "--output", str(mine), "--force"), small=False)
    assert run.code == 2
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_json_report(inline: Command, quotes: Path) -> None:
    data = json.loads(inline(*offers(str(quotes), "--json"), small=False).out)
    assert data["written"] is None
    assert data["counts"] == {"sources": 1, "offers": 1}
    assert data["sections"]["offers"][0]["component"] == "rtx-3090"


def test_cloud_lists_need_a_date(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "lambda.csv"
    file.write_text("location,price,gpu_count,gpu_name,gpu_memory,spot\nus,8,8,H100,80,False\n")
    command = ("catalog", "import", "cloud", str(file))
    run = inline(*command, small=False)
    assert run.code == 2
    assert "--date 2026-09-30" in run.err
    run = inline(*command, "--date", "2026-10-01", small=False)
    assert 'id: "lambda:h100-sxm-80gb:on-demand:2026-10-01"' in run.out
    assert "usd_per_gpu_hour: 1\n" in run.out


def test_an_llm_of_a_file_is_named_after_its_directory(inline: Command, config: Path) -> None:
    run = inline("llm", "import", str(config), small=False)
    assert "  - id: my-qwen\n" in run.out
    assert inline("llm", "import", str(config.parent), small=False).out == run.out
    named = inline("llm", "import", str(config), "--name", "org/Other-7B", small=False)
    assert "huggingface: org/Other-7B\n" in named.out


def test_an_imported_llm_can_be_asked_for(inline: Command, config: Path, tmp_path: Path) -> None:
    mine = str(tmp_path / "mine")
    assert inline("llm", "import", str(config), "--output", mine, small=False).code == 0
    data = json.loads(
        inline("llm", "show", "my-qwen", "--catalog", mine, "--json", small=False).out
    )
    assert data["parameters_total"] == 8_190_735_360  # as transformers counts Qwen3 8B


def test_show_takes_a_configuration_from_disk(inline: Command, config: Path) -> None:
    ours = json.loads(inline("llm", "show", "--config", str(config), "--json", small=False).out)
    theirs = json.loads(inline("llm", "show", "qwen3-8b", "--json", small=False).out)
    for key in ("parameters_total", "weights_bytes", "kv_bytes_per_token", "memory"):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((), "Give either a NAME"),
        (("qwen3-8b", "--config", "config.json"), "Give either a NAME"),
        (("--config", "nothing.json"), "no such file"),
        (("--gguf", "nothing.gguf"), "no such file"),
    ],
)
def test_show_takes_one_llm(inline: Command, arguments: tuple[str, ...], part: str) -> None:
    run = inline("llm", "show", *arguments, small=False)
    assert run.code == 2
    assert part in run.err


@pytest.mark.parametrize("source", ["nothing.txt", "no-such-dir/config", "../..", ""])
def test_sources_that_are_none(inline: Command, source: str) -> None:
    run = inline("llm", "import", source, small=False)
    assert run.code == 2
    assert run.err.startswith("error: ")
