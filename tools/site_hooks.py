"""What the documentation site does beside Markdown: mathematics as drawings, files of the checkout.

Formulas are drawn while the site is built, so that a reader's browser fetches nothing for them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

from matplotlib import rc_context
from matplotlib.mathtext import math_to_image
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
MATH = re.compile(r"^```math\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]+)([^)]*\))")
WORDS = {r"\le": r"\leq", r"\ge": r"\geq", r"\dots": r"\ldots", r"\text": r"\mathrm"}
"""Words of TeX that the drawer calls otherwise."""
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages of the checkout that the site holds too."""
RAW = ("scenarios", "notebooks", "catalog")
"""Folders whose files the site serves as they are, where a page links to them."""


def on_config(config: Any) -> Any:
    """Pages that the navigation does not name yet stand at its end."""
    named = set(_paths(config.nav))
    rest = sorted(p.name for p in (ROOT / "docs").glob("*.md") if p.name not in named)
    if rest:
        config.nav.append({"More": rest})
    return config


def _paths(nav: Any) -> Iterator[str]:
    """Every page that the navigation names."""
    if isinstance(nav, str):
        yield nav
    for inner in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from _paths(inner)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages and files of the checkout that pages link to, and the list of decisions."""
    for name, target in PAGES.items():
        text = (ROOT / name).read_text("utf-8")
        files.append(File.generated(config, target, content=text))
    for page in [*files.documentation_pages()]:
        source = Path(page.abs_src_path) if page.abs_src_path else ROOT / page.src_uri
        for _, target, _ in LINK.findall(page.content_string):
            there = (source.parent / target).resolve()
            inside = there.is_relative_to(ROOT) and there.is_file()
            uri = there.relative_to(ROOT).as_posix() if inside else ""
            if uri.split("/")[0] in RAW and files.get_file_from_path(uri) is None:
                files.append(File.generated(config, uri, abs_src_path=str(there)))
    files.append(File.generated(config, "decisions/index.md", content=_decisions()))
    return files


def _decisions() -> str:
    """A page that leads to every decision."""
    lines = ["# Decisions", "", "Choices that another could have made differently, and why.", ""]
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        title = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
        lines.append(f"- [{title}]({path.name})")
    return "\n".join(lines) + "\n"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Draw formulas; make links that leave ``docs/`` lead to where the site has the same."""
    here = page.file.src_uri
    origin = here if page.file.abs_src_path is None else f"docs/{here}"
    for name, target in PAGES.items():
        origin = name if here == target else origin

    def led(found: re.Match[str]) -> str:
        target = found[2]
        if re.match(r"[a-z]+:", target):
            return found[0]
        there = normpath(f"{Path(origin).parent.as_posix()}/{target}")
        there = PAGES.get(
            there, there.removeprefix("docs/") if there.startswith("docs/") else there
        )
        if there == "README.md":
            there = "index.md"
        if (ROOT / there).is_dir():
            return re.sub(r"^!?\[(.*)\]\($", r"\1", found[1])
        return found[1] + relpath(there, Path(here).parent.as_posix()) + found[3]

    return LINK.sub(led, MATH.sub(lambda found: formula(found[1]), markdown))


def formula(tex: str) -> str:
    """One display formula as SVG in the text's colour, with its TeX for those who listen."""
    text = tex.strip()
    for word, other in WORDS.items():
        text = re.sub(re.escape(word) + r"(?![a-zA-Z])", lambda _, o=other: o, text)
    text = re.sub(r"\\mathrm\{([^}]*)\}", lambda m: m[0].replace(" ", r"\ "), text)
    held = io.StringIO()
    with rc_context({"svg.hashsalt": "formula", "mathtext.fontset": "stix", "font.size": 15}):
        math_to_image(f"${text}$", held, format="svg", dpi=72)
    svg = held.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\n\s*", " ", svg.replace("fill: #ffffff", "fill: none"))
    svg = re.sub(r' id="(figure|patch|text)_\d+"', "", svg)
    named = f'<svg role="img" fill="currentColor" aria-label="{escape(tex.strip(), quote=True)}" '
    svg = svg.replace("<svg ", named, 1)
    return f'<div class="formula">{svg.strip()}</div>'
