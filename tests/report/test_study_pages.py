"""Sections and charts of sensitivity, moving prices and sweeps say what their documents do."""

# ruff: noqa: RUF001 (the signs are what people see)

from __future__ import annotations

import struct
from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.report.charts.canvas import TITLE, WIDTH, Chart
from optimizer.report.charts.sensitivity import robust_chart, sensitivity_charts
from optimizer.report.charts.sweep import sweep_charts
from optimizer.report.page.render import render_page, render_sweep_page
from optimizer.schema.build import Result
from tests.report.conftest import RESULT
from tests.report.study_documents import ROBUST, SENSITIVITY, SWEEP, point
from tests.report.test_page import Reader


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def drawn(chart: Chart | None) -> str:
    assert chart is not None
    return " ".join(ElementTree.fromstring(chart.svg).itertext())


def text_of(result: Result, catalog: Catalog, **studies: Any) -> str:
    return Reader(render_page(result, catalog, **studies)).text


def test_sensitivity_on_the_page(answer: Result, catalog: Catalog) -> None:
    text = text_of(answer, catalog, sensitivity=SENSITIVITY)
    assert "What the answer rests on" in text
    assert "horizon 3 2 −200 5 +400*" in text
    assert "concurrency 8 4 −50.0 16 -" in text or "concurrency 8 4 −50 16 -" in text
    assert "1.2 and 1.2002 from 2 x Card in Host to 1 x Large card in Host" in text
    assert "1 x Large card in Host: +1 Strong supply (new), −1 Plain supply (new)" in text
    assert "Nowhere: the same build is best at both ends" in text
    assert "meets its speed targets 75 %" in text
    assert "no other build is better 50 %" in text


def test_sensitivity_in_drawings() -> None:
    charts = {chart.name: chart for chart in sensitivity_charts(SENSITIVITY)}
    assert list(charts) == ["tornado", "breaks-1", "chance"], "nothing to draw without a flip"
    tornado = drawn(charts["tornado"])
    assert "horizon" in tornado
    assert "5*" in tornado
    assert "concurrency" not in tornado, "a bar with one end has no swing"
    assert "800 to 1,400" in charts["tornado"].alt
    breaks = drawn(charts["breaks-1"])
    assert "the same with other parts" in breaks
    assert "0.5 to 1.2001: 2 x Card in Host" in charts["breaks-1"].alt
    assert "$1,200" in drawn(charts["chance"])


def test_moving_prices_on_the_page(answer: Result, catalog: Catalog) -> None:
    text = text_of(answer, catalog, robust=ROBUST)
    assert "Buy 2 × Card in Host: $1,100 at the 90th percentile, $1,000 at today's prices." in text
    assert "Today's prices alone would choose 2 × Card in Host, which costs $1,300 there." in text
    assert "against build 1: +1 Strong supply (new), −1 Supply (new)" in text
    assert "Build 3: 2 × Large card in Host $950 $1,500 over a limit over a limit 2 of 3" in text
    assert "build 3" in drawn(robust_chart(ROBUST))


def test_nothing_chosen_on_the_page(answer: Result, catalog: Catalog) -> None:
    document = deepcopy(ROBUST) | {"chosen": None, "builds": [], "today": None}
    assert "No build keeps its limits" in text_of(answer, catalog, robust=document)


def test_a_sweep_has_a_page() -> None:
    text = Reader(render_sweep_page(SWEEP, command="optimize sweep --over budget=5k,10k")).text
    for words in (
        "Sweep over budget, site",
        "6 requests, 5 with a build",
        "Drawn at duty 0.5",
        "10,000 2 of 2 $9,000 120 tok/s card, 2",
        "rows.parquet",
        "optimize sweep --over budget=5k,10k",
        "catalog of 2026-09",
    ):
        assert words in text, words


def test_a_sweep_in_drawings() -> None:
    line, cards = sweep_charts(SWEEP)
    assert "site home: 5,000 gives nothing, 10,000 gives 100, 50,000 gives 500" in line.alt
    assert "site hall" in drawn(line)
    assert "large-card" in drawn(cards)
    nothing = deepcopy(SWEEP) | {"slice": None, "accelerators": {}}
    assert sweep_charts(nothing) == []


def test_many_points_are_not_all_read_aloud() -> None:
    sweep = deepcopy(SWEEP)
    sweep["slice"]["series"] = [
        {"value": "home", "points": [point(float(n), n + 1.0) for n in range(100)]}
    ]
    words = sweep_charts(sweep)[0].alt
    assert words.count("gives") == 12
    assert "99 gives 100" in words


def test_a_chart_is_a_picture_too() -> None:
    """A PNG begins with its signature; width and height stand in its first chunk."""
    chart = sweep_charts(SWEEP)[0]
    picture = chart.png()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (3 * WIDTH, 3 * (chart.height + TITLE))
    assert picture == sweep_charts(SWEEP)[0].png()


def test_names_from_data_stay_text(answer: Result, catalog: Catalog) -> None:
    hostile = "<script>alert(1)</script>"
    sweep, robust = deepcopy(SWEEP), deepcopy(ROBUST)
    sweep["accelerators"] = {hostile: 3}
    sweep["by_value"][0]["accelerator"] = hostile
    robust["builds"][0]["accelerator"] = hostile
    pages = (
        render_sweep_page(sweep),
        render_page(Result.model_validate(RESULT), catalog, robust=robust),
    )
    for page in pages:
        assert hostile not in page
        assert "script" not in Reader(page).tags
