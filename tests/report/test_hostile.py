"""Data is hostile: whatever a name says, it is shown and never acts."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.report.charts import charts_of
from optimizer.report.export import ANSWERS, PURCHASES
from optimizer.report.export.comma import guarded
from optimizer.report.page.render import render_page
from optimizer.report.style import clean
from optimizer.report.terminal import render_result
from optimizer.schema.build import Result
from tests.report.conftest import RESULT
from tests.report.test_page import Reader

NAMES = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "comment": "--><img src=x onerror=alert(1)>]]>",
    "formula": "=cmd|' /C calc'!A0",
    "formula after spaces": '  =HYPERLINK("http://x")',
    "plus": "+1+1",
    "at": "@SUM(1+1)",
    "minus": "-2+3",
    "long word": "x" * 5_000,
    "long sentence": "very long name " * 334,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0639\u0627\u0644\u0645",
    "bidi override": "gpj.\u202eexe\u2066\u2069\u200f",
    "escape": "\x1b[31mred\x1b[0m\x07\x00",
    "lines": "one\ntwo\r\nthree | four",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} $\\frac{1}{2}$ %s {0}",
    "markdown": "[x](javascript:alert(1)) ![i](http://x/i.png) `code` **b** @everyone http://x.y",
    "emoji": "\U0001f4a9 \U0001f468\u200d\U0001f469\u200d\U0001f467",
}
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def spoiled(text: str) -> Result:
    """The hand-made answer with ``text`` wherever data may stand."""
    plain: dict[str, Any] = {**RESULT, "build": {**RESULT["build"]}}
    build = plain["build"]
    address = "javascript:alert(1)"
    offer = {"vendor": text, "as_of": text, "source": text, "url": address, "confidence": "low"}
    offer["estimated"] = False  # type: ignore[assignment]
    build["bill_of_materials"] = tuple(
        {**line, "name": text, "offer": line["offer"] and offer}
        for line in build["bill_of_materials"]
    )
    build["limits"] = tuple({**u, "scope": text} for u in build["limits"])
    build["plug_plan"] = tuple({**p, "circuit": text} for p in build["plug_plan"])
    build["deployment"] = {**build["deployment"], "launch_command": text, "container": text}
    build["costs"] = {
        **build["costs"],
        "lines": tuple({**line, "item": text} for line in build["costs"]["lines"]),
    }
    plain["warnings"] = plain["notes"] = (text,)
    plain["excluded"] = ({"component": text, "reason": text},)
    grounds = plain["provenance"]
    plain["provenance"] = {**grounds, "estimates": ({"component": text, "field": text},)}
    return Result.model_validate(plain)


@pytest.fixture(scope="module")
def all_at_once() -> Result:
    """An answer with a line of everything for each of the names: drawing takes long."""
    results = [spoiled(text) for text in NAMES.values()]
    builds = [r.build for r in results if r.build is not None]
    costs = builds[0].costs

    def gathered(key: str) -> tuple[Any, ...]:
        return tuple(line for build in builds for line in getattr(build, key)[1:3])

    lines = tuple(build.costs.lines[0] for build in builds)
    build = builds[0].replace(
        bill_of_materials=gathered("bill_of_materials"),
        limits=gathered("limits"),
        plug_plan=gathered("plug_plan"),
        costs=costs.replace(lines=lines),
    )
    told = tuple(NAMES.values())
    excluded = tuple(item for r in results for item in r.excluded)
    return results[0].replace(build=build, warnings=told, notes=told, excluded=excluded)


def test_page_shows_it_and_runs_nothing(all_at_once: Result, catalog: Catalog) -> None:
    command = " ".join(NAMES.values())
    page = render_page(all_at_once, catalog, command=command)
    read = Reader(page)
    assert not {"script", "img", "iframe"} & set(read.tags)
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert not [v for _, name, v in read.attributes if "href" in name and "javascript" in v]
    assert not BIDI.search(page)
    assert "\x1b" not in page
    for text in NAMES.values():
        assert " ".join(clean(text)[:100].split()) in read.text


def test_charts_are_whole_and_hold_text_only(all_at_once: Result, catalog: Catalog) -> None:
    for chart in charts_of(all_at_once, catalog):
        root = ElementTree.fromstring(chart.svg)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not {"script", "image", "a", "foreignObject"} & tags
        assert not BIDI.search(chart.svg)
        ElementTree.fromstring(chart.inline().replace("xlink:href", "href"))


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
def test_cells_are_no_formulas(text: str, catalog: Catalog) -> None:
    result = spoiled(text)
    book = load_workbook(io.BytesIO(ANSWERS[".xlsx"](result, catalog)))
    ours = re.compile(r"=(SUM\(|SUMIF\(|IF\(C\d+=0,|[A-Z]\d+\*[A-Z]\d+$)")
    for sheet in book:
        for cell in (c for row in sheet.iter_rows() for c in row):
            if cell.data_type == "f":
                assert ours.match(str(cell.value)), cell.value
            assert cell.hyperlink is None
            assert not BIDI.search(str(cell.value))
    for make in (ANSWERS[".csv"], PURCHASES[".csv"]):
        for row in csv.reader(io.StringIO(make(result, catalog).decode())):
            for value in row:
                assert not BIDI.search(value)
                if value.lstrip(" '\"").startswith(("=", "+", "@")):
                    assert value.startswith("'")
                if value.startswith("-"):
                    float(value)


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
def test_markdown_has_no_markup_of_theirs(text: str, catalog: Catalog) -> None:
    result = spoiled(text)
    for make in (ANSWERS[".md"], PURCHASES[".md"]):
        page = make(result, catalog).decode()
        outside = re.sub(r"^(`{3,})sh\n.*?\n\1$", "", page, flags=re.DOTALL | re.MULTILINE)
        assert "<" not in outside
        assert not re.search(r"(?<!\\)\]\(javascript", outside)
        assert not re.search(r"(?<!\\)!\[", outside)
        assert not re.search(r"@\w", outside)
        assert not BIDI.search(page)
        assert "\x1b" not in page


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
def test_terminal_shows_no_control_characters(text: str) -> None:
    page = render_result(spoiled(text), explain=True)
    assert all(ch.isprintable() or ch == "\n" for ch in page)
    assert not BIDI.search(page)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        (" =1", "' =1"),
        ("'=1", "''=1"),
        ("A100", "A100"),
        (-2.5, -2.5),
        (None, None),
    ],
)
def test_guard(text: Any, cell: Any) -> None:
    assert guarded(text) == cell
