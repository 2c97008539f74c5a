"""Files beside the answer: pages, charts, exports, purchase lists; and a hostile catalog."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from optimizer.cli.extras import command_line
from tests.cli.conftest import SMALL

Command = Callable[..., Any]
ASK = ("--model", "small", "--budget", "10k")
NASTY = "<script>alert(1)</script> =cmd|x"


@pytest.mark.slow
def test_everything_at_once(inline: Command, tmp_path: Path) -> None:
    names = ("page.html", "a.xlsx", "a.csv", "a.md", "a.json", "buy.md")
    files = {name: str(tmp_path / name) for name in names}
    exports = [w for name in names[1:5] for w in ("--export", files[name])]
    run = inline(
        *ASK,
        *("--report", files["page.html"], "--charts", str(tmp_path / "charts")),
        *exports,
        *("--purchase-list", files["buy.md"]),
    )
    assert run.code == 0
    assert run.out.startswith("Small 8B")
    assert f"the page is in {files['page.html']}" in run.err
    assert all(Path(file).stat().st_size > 100 for file in files.values())
    page = Path(files["page.html"]).read_text("utf-8")
    assert "optimize --model small --budget 10k" in page
    assert "--no-builtin-catalog" in page
    assert "--report" not in page
    drawn = sorted(p.name for p in (tmp_path / "charts").iterdir())
    names = ("cost", "limits", "memory", "plugs", "rack", "spending")
    assert drawn == [f"{name}.{kind}" for name in names for kind in ("png", "svg")]


def test_an_infeasible_request_has_a_page_too(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    run = inline("--model", "small", "--budget", "10", "--report", str(file))
    assert run.code == 3
    assert "No build satisfies this request" in file.read_text("utf-8")


def test_quiet_says_nothing_of_files(inline: Command, tmp_path: Path) -> None:
    run = inline(*ASK, "--export", str(tmp_path / "a.md"), "--quiet")
    assert (run.code, run.err) == (0, "")


@pytest.mark.slow
def test_pages_of_studies(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    run = inline("compare", "--by", "context", "--values", "4K,8K", *ASK, "--report", str(file))
    assert run.code == 0
    page = file.read_text("utf-8")
    assert 'id="comparison"' in page
    assert "optimize compare --by context --values 4K,8K" in page
    run = inline("rent", *ASK, "--report", str(file))
    assert run.code == 0
    assert 'id="rent"' in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--report", "."), "--report: . is a directory"),
        (("--report", "no/such/page.html"), "--report: there is no directory"),
        (("--export", "a.pdf"), "does not say what it should be"),
        (("--export", "a.xlsx", "--export", "b"), "Endings: .csv, .json, .md, .xlsx"),
        (("--purchase-list", "a.xlsx"), "Endings: .csv, .md"),
        (("--charts", "no/such/dir"), "--charts: cannot make"),
    ],
)
def test_bad_files_are_refused_before_the_solve(
    inline: Command,
    arguments: tuple[str, ...],
    part: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    run = inline(*ASK, *arguments)
    assert run.code == 2
    assert part in run.err
    assert run.out == ""
    assert list(tmp_path.iterdir()) == []


def hostile(folder: Path, name: str) -> str:
    """The small catalog with every name changed."""
    folder.mkdir()
    for file in SMALL.iterdir():
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    small = folder / "small.yaml"
    text = small.read_text("utf-8")
    for shown in ("Card 24 GB", "Card 80 GB", "Tower workstation", "Small 8B", "Bench notes"):
        text = text.replace(shown, f"'{name} {shown}'")
    small.write_text(text, "utf-8")
    return str(folder)


def test_a_hostile_catalog_stays_harmless(inline: Command, tmp_path: Path) -> None:
    folder = hostile(tmp_path / "bad", NASTY)
    names = ("p.html", "a.xlsx", "a.csv", "a.md")
    page, book, table, text = (tmp_path / name for name in names)
    run = inline(
        *ASK,
        *("--no-builtin-catalog", "--catalog", folder, "--report", str(page)),
        *("--export", str(book), "--export", str(table), "--export", str(text)),
        small=False,
    )
    assert run.code == 0
    assert NASTY in " ".join(run.out.split())
    html = page.read_text("utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    cells = [c for sheet in load_workbook(book) for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f" and "cmd" in str(c.value)]
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8"))))
    assert any(NASTY in cell for row in rows for cell in row)
    assert "<script" not in text.read_text("utf-8")


def test_a_name_of_5000_characters_is_refused_at_the_door(inline: Command, tmp_path: Path) -> None:
    folder = hostile(tmp_path / "bad", "x" * 5_000)
    run = inline(*ASK, "--no-builtin-catalog", "--catalog", folder, small=False)
    assert run.code == 2
    assert "small.yaml:" in run.err
    assert len(run.err) < 600


def test_command_line_is_what_to_type_again() -> None:
    given = {
        "model": "llama-70b",
        "site": "my room",
        "weights": ["fp8", "int8"],
        "ups": False,
        "explain": True,
        "json": True,
        "report": Path("x.html"),
        "budget": None,
        "owned": [],
    }
    assert command_line("optimize", given) == (
        "optimize --model llama-70b --site 'my room' --weights fp8 --weights int8 --no-ups"
        " --explain"
    )


def test_page_of_a_frontier(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    run = inline("frontier", "--x", "capex", *ASK, "--report", str(file))
    assert run.code == 0
    page = file.read_text("utf-8")
    assert 'id="frontier"' in page
    assert "optimize frontier --model small" in page or "optimize frontier --x capex" in page


def test_page_of_alternatives(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    run = inline("alternatives", *ASK, "--within", "60%", "--report", str(file))
    assert run.code == 0
    page = file.read_text("utf-8")
    assert 'id="alternatives"' in page
    assert "the best" in page
    assert "optimize alternatives" in page


@pytest.mark.slow
def test_pages_and_charts_of_other_studies(inline: Command, tmp_path: Path) -> None:
    """Each section stands in its page, each chart in its folder."""
    few = ("--model", "small", "--objective", "tco")
    asked = {
        "sensitivity": ("--vary", "electricity=0.1..0.4"),
        "robust": ("--samples", "2"),
        "sweep": ("--over", "duty=0.2,0.5", "--output", str(tmp_path / "rows.csv"), "--jobs", "1"),
    }
    words = {"sensitivity": "What the answer rests on", "robust": "When prices move",
             "sweep": "Value by value"}  # fmt: skip
    chart = {"sensitivity": "tornado", "robust": "robust", "sweep": "sweep-accelerators"}
    for study, flags in asked.items():
        page, folder = tmp_path / f"{study}.html", tmp_path / study
        run = inline(study, *few, *flags, "--report", str(page), "--charts", str(folder))
        assert run.code == 0, run.err
        assert words[study] in page.read_text("utf-8")
        assert f"optimize {study}" in page.read_text("utf-8")
        assert (folder / f"{chart[study]}.png").is_file()
