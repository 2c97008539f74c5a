"""The documentation site builds strictly and fetches nothing; its tutorial works as written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from optimizer.cli.main import run

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.md"


class Loads(HTMLParser):
    """Addresses that a browser fetches by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        address = held.get("src") if tag in ("script", "img", "iframe") else None
        if tag == "link" and held.get("rel") != "canonical":
            address = held.get("href")
        if address:
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(
        [*command, "--site-dir", str(target)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.mark.slow
def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"contributing", "changelog"}
    assert pages <= {path.stem for path in site.glob("*.html")}
    decisions = {path.stem for path in (ROOT / "docs" / "decisions").glob("*.md")}
    assert decisions <= {path.stem for path in (site / "decisions").glob("*.html")}


@pytest.mark.slow
def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        fetched = Loads(path.read_text("utf-8")).found
        assert [f for f in fetched if re.match(r"(https?:)?//", f)] == []


@pytest.mark.slow
def test_every_inequality_is_drawn(site: Path) -> None:
    source = (ROOT / "docs" / "formulation.md").read_text("utf-8")
    page = (site / "formulation.html").read_text("utf-8")
    assert page.count('<div class="formula">') == source.count("```math") > 10
    assert "```math" not in page


# The tutorial, as a newcomer follows it


def steps() -> list[tuple[str, str]]:
    """(kind, text) in order: a file to write or a command to type."""
    text = TUTORIAL.read_text("utf-8")
    found = re.findall(r"^```yaml\n(# \S+\n.*?)^```$|^    (optimize [^\n]+)$", text, re.M | re.S)
    return [("file", block) if block else ("command", line) for block, line in found]


@pytest.mark.slow
def test_tutorial_works_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = []
    for kind, text in steps():
        if kind == "file":
            path = tmp_path / text.splitlines()[0].removeprefix("# ")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            continue
        code = run(shlex.split(text)[1:])
        said = capsys.readouterr()
        impossible = "--model llama-405b" in text
        assert code == (3 if impossible else 0), f"{text}\n{said.err}"
        told.append(said.out)
    assert sum("proven optimal" in out for out in told) >= 4
    assert sum("proven infeasible" in out for out in told) == 1
    assert "Dealer around the corner" in (tmp_path / "order.md").read_text("utf-8")
    assert "A server" not in told[0]
    assert (tmp_path / "cellar.html").stat().st_size > 20_000
