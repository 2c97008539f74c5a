"""The HTML page: whole, self-contained, readable by people and machines, the same every time."""

# ruff: noqa: RUF001 (the signs are what people see)

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.report.page.render import render_page
from optimizer.report.web import is_web_address
from optimizer.schema.build import Result
from tests.report.conftest import BRIEF, RESULT

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Reader(HTMLParser):
    """Elements, attributes and text; complains about tags that do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style",):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def page(catalog: Catalog) -> str:
    """The page of the hand-made answer, made once."""
    answer = Result.model_validate(RESULT)
    return render_page(answer, catalog, command="optimize --model x --budget 150000")


def read(result: Result, catalog: Catalog, **more: Any) -> Reader:
    return Reader(render_page(result, catalog, **more))


def test_says_what_the_answer_is(page: str) -> None:
    text = Reader(page).text
    for words in (
        "Best build: 8 × RTX PRO 6000 Blackwell Server Edition 96 GB in one server",
        "proven optimal",
        "throughput of the whole build",
        "2 prices are older than 6 months",
        "ASUS ESC8000A-E12 GPU server",
        "83.0 of 85.0 GiB",
        "30A/240V #1",
        "7.04 kW",
        "−$30,400",
        "vllm/vllm-openai:v0.11.0",
        "--tensor-parallel-size 8",
        "optimize --model x --budget 150000",
        "sha256 " + "3f9c" * 16,
        "$0.12 per kWh",
    ):
        assert words in text


def test_loads_nothing_and_runs_nothing(page: str) -> None:
    read = Reader(page)
    assert not {"script", "iframe", "object", "embed", "link", "img", "form"} & set(read.tags)
    loads = [v for _, name, v in read.attributes if name in ("src", "srcset", "action", "data")]
    assert loads == []
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)
    assert "default-src 'none'" in page
    for _, _, target in (a for a in read.attributes if a[1].endswith("href")):
        assert target.startswith("#") or is_web_address(target)


def test_can_be_read_aloud(page: str) -> None:
    """Landmarks, a heading per section, a name for every drawing, a header for every cell."""
    read = Reader(page)
    assert [t for t in read.tags if t in ("header", "nav", "main", "footer")] == [
        "header",
        "nav",
        "main",
        "footer",
    ]
    assert ("html", "lang", "en") in read.attributes
    ids = [value for _, name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _, name, value in read.attributes:
        if name in ("aria-labelledby",):
            assert value in ids
        if name == "href" and value.startswith("#"):
            assert value[1:] in ids
    drawings = [value for tag, name, value in read.attributes if (tag, name) == ("svg", "role")]
    named = [value for tag, name, value in read.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(drawings) == len(named) >= 4
    assert all(len(label) > 20 for label in named)
    assert read.tags.count("caption") == read.tags.count("table")
    scopes = [value for tag, name, value in read.attributes if (tag, name) == ("th", "scope")]
    assert len(scopes) == read.tags.count("th")


def test_same_answer_gives_the_same_page(answer: Result, catalog: Catalog, page: str) -> None:
    command = "optimize --model x --budget 150000"
    assert render_page(answer, catalog, command=command) == page


def test_infeasible_page_says_why_and_what_would_help(impossible: Result, catalog: Catalog) -> None:
    text = read(impossible, catalog).text
    assert "No build satisfies this request" in text
    assert "proven infeasible" in text
    assert "the purchase stays within the budget" in text
    assert "--budget 41300" in text
    assert "8 × NVIDIA A100 SXM4 80GB" in text
    assert "Bill of materials" not in text


def test_binding_limits_stand_with_their_gain(bound: Result, catalog: Catalog) -> None:
    text = read(bound, catalog).text
    assert "--circuit 30A/240V:3" in text
    assert "+38 % tok/s" in text
    assert "+$31,000" in text
    assert "rack units (38.0 of 42.0 U left)" in text


def test_parts_asked_about_are_told(answer: Result, catalog: Catalog) -> None:
    asked = {"part": "h200", "name": "H200", "in_answer": False, "verdict": "excluded"}
    held = answer.replace(why=({**asked, "reason": "no price in the catalog"},))
    text = read(held, catalog).text
    assert "Why not H200" in text
    assert "It was left out before solving: no price in the catalog." in text


def test_what_stands_in_its_place_is_told(answer: Result, catalog: Catalog) -> None:
    asked = {"part": "board", "name": "Board A", "in_answer": True, "verdict": "possible"}
    why = {**asked, "build": BRIEF, "instead": ("Board B",), "extra_capex_usd": 958.0}
    text = read(answer.replace(why=({**why, "objective_gain": 0.0},)), catalog).text
    assert "the same tok/s, +$958 to buy. In its place: Board B." in text


def test_time_out_is_not_called_infeasible(answer: Result, catalog: Catalog) -> None:
    goal = {**answer.objective.__dict__, "value": None, "bound": None, "gap": None}
    lost = answer.replace(status="unknown", build=None, objective=goal)
    text = read(lost, catalog).text
    assert "none is proven impossible" in text
    assert "infeasible" not in text


def test_unproven_build_says_how_far(answer: Result, catalog: Catalog) -> None:
    goal = {**answer.objective.__dict__, "bound": 640.0, "gap": 0.045}
    text = read(answer.replace(status="feasible", objective=goal), catalog).text
    assert "within 4.5 % of the best" in text
    assert "proven optimal" not in text


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" https://example.org", False),
        ("https://exa mple.org", False),
        ("https://example.org/\u202egpj", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https://", False),
        ("https://[", False),
        ("https://example.org/" + "a" * 5000, False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(address: str | None, good: bool) -> None:
    assert is_web_address(address) is good
