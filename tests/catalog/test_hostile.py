"""Hostile files: one clear message, exit code 2, no traceback, nothing changed on disk."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from optimizer.cli import main
from tests.catalog.hostile import (
    GOOD,
    QUOTES,
    config_cases,
    gguf_cases,
    tree_cases,
    yaml_cases,
)

Make = Callable[[Path], None]
YAML = yaml_cases()
TREES = tree_cases()


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run(list(arguments))
    return code, out.getvalue(), err.getvalue()


def snapshot(folder: Path) -> dict[str, object]:
    """Every path below a folder, with what it holds."""
    return {
        str(p.relative_to(folder)): (
            p.readlink() if p.is_symlink() else p.read_bytes() if p.is_file() else None
        )
        for p in sorted(folder.rglob("*"))
    }


def refused(folder: Path, *arguments: str) -> str:
    """Run, and check what every refusal has in common; returns the message."""
    before = snapshot(folder)
    code, out, err = run(*arguments)
    assert code == 2, (out, err)
    assert err.startswith("error: ")
    assert err.count("error: ") == 1
    assert "Traceback" not in err + out
    assert all(ch.isprintable() or ch == "\n" for ch in err + out)
    assert len(err) < 2_500
    assert snapshot(folder) == before
    return err


def folder_with(tmp_path: Path, make: Make) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    make(folder)
    return folder


def test_there_are_over_a_hundred() -> None:
    assert len(YAML) + len(TREES) >= 100
    assert len({name for name, _ in YAML}) == len(YAML)


def test_the_file_they_are_made_from_is_good(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, lambda f: (f / "good.yaml").write_text(GOOD) and None)
    code, out, err = run("catalog", "check", str(folder), "--no-builtin-catalog")
    assert (code, err) == (0, "")
    assert "valid: 0 errors, 0 warnings" in out


@pytest.mark.parametrize(("name", "make"), YAML, ids=[name for name, _ in YAML])
def test_hostile_yaml(tmp_path: Path, name: str, make: Make) -> None:
    folder = folder_with(tmp_path, make)
    refused(tmp_path, "catalog", "check", str(folder), "--no-builtin-catalog")


PLACED = [
    ("duplicate-key", "bad.yaml:8:5: the key 'form' stands twice"),
    ("unknown-key", "bad.yaml:7:11: unknown key 'from'; did you mean form"),
    ("bomb", "bad.yaml:1:4: anchors are not allowed"),
    ("tag-python", "bad.yaml:1:10: the tag"),
    ("power_w=-1", "bad.yaml:9:14: power_w"),
    ("power_w=.nan", "bad.yaml:9:14: .nan is not a number"),
    ("low=true", "bad.yaml:15:10: low"),
    (
        "offer-unknown",
        "bad.yaml:13:16: no component is called 'drive-2tbb'. Did you mean drive-2tb",
    ),
    ("source-unknown", "bad.yaml:11:24: unknown source 'nowhere'"),
    ("two-documents", "bad.yaml:22:1: a second document"),
    ("utf-16", "bad.yaml: not UTF-8 text"),
    ("huge-file", "bad.yaml: larger than 5,000,000 bytes"),
]


@pytest.mark.parametrize(("name", "message"), PLACED)
def test_the_place_is_told(tmp_path: Path, name: str, message: str) -> None:
    folder = folder_with(tmp_path, dict(YAML)[name])
    error = refused(tmp_path, "catalog", "check", str(folder), "--no-builtin-catalog")
    assert message in error


@pytest.mark.parametrize(("name", "make"), TREES, ids=[name for name, _ in TREES])
def test_hostile_directories(tmp_path: Path, name: str, make: Make) -> None:
    folder = folder_with(tmp_path, make)
    refused(tmp_path, "catalog", "check", str(folder), "--no-builtin-catalog")


def test_links_in_a_circle_of_directories_end(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, lambda f: (f / "good.yaml").write_text(GOOD) and None)
    (folder / "again").symlink_to(folder)
    assert run("catalog", "check", str(folder), "--no-builtin-catalog")[0] == 0


def test_markup_and_escapes_are_shown_not_obeyed(tmp_path: Path) -> None:
    """Rich markup is text; an escape that got into a name is an error, and never printed."""
    marked = GOOD.replace("name: Drive 2 TB", 'name: "[bold red]Drive[/] 2 TB"')
    folder = folder_with(tmp_path, lambda f: (f / "good.yaml").write_text(marked) and None)
    alone = ("--no-builtin-catalog", "--catalog", str(folder))
    for arguments in (("catalog", "list"), ("catalog", "show", "drive-2tb")):
        code, out, _ = run(*arguments, *alone)
        assert code == 0
        assert "[bold red]Drive[/] 2 TB" in out
    (folder / "good.yaml").write_text(GOOD.replace("name: Drive 2 TB", 'name: "\\e[31mDrive"'))
    for arguments in (("catalog", "list"), ("catalog", "show", "drive-2tb")):
        code, out, _ = run(*arguments, *alone)
        assert code == 0
        assert "\x1b" not in out


@pytest.mark.parametrize("name", QUOTES)
def test_hostile_quotes(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path, lambda f: (f / "good.yaml").write_text(GOOD) and None)
    content = QUOTES[name]
    file = tmp_path / "quotes.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    error = refused(
        tmp_path,
        *("catalog", "import", "offers", str(file), "--output", str(tmp_path / "out")),
        *("--no-builtin-catalog", "--catalog", str(folder)),
    )
    assert "quotes.csv" in error


@pytest.mark.parametrize("name", config_cases())
def test_hostile_configurations(tmp_path: Path, name: str) -> None:
    content = config_cases()[name]
    file = tmp_path / "config.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    error = refused(tmp_path, "llm", "import", str(file), "--output", str(tmp_path / "out"))
    assert "config.json" in error


@pytest.mark.parametrize("name", gguf_cases())
def test_hostile_gguf(tmp_path: Path, name: str) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(gguf_cases()[name])
    error = refused(tmp_path, "llm", "import", str(file), "--output", str(tmp_path / "out"))
    assert "model.gguf" in error
