"""Charts: what they say agrees with the answer, and the same figures give the same bytes."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.report.charts import Chart, charts_of
from optimizer.report.charts.answer import dollars, spending
from optimizer.report.charts.room import rack_chart
from optimizer.report.room import Racked
from optimizer.schema.build import Result
from tests.report.conftest import RESULT


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def drawn(catalog: Catalog) -> list[Chart]:
    """The charts of the hand-made answer, drawn once."""
    return charts_of(Result.model_validate(RESULT), catalog)


def words_of(svg: str) -> str:
    return " ".join(ElementTree.fromstring(svg).itertext())


def test_every_chart_is_a_whole_file_with_title_and_words(drawn: list[Chart]) -> None:
    charts = drawn
    assert [c.name for c in charts] == ["memory", "limits", "plugs", "cost", "spending"]
    for chart in charts:
        root = ElementTree.fromstring(chart.svg)
        assert root.tag.endswith("svg")
        assert chart.title in words_of(chart.svg)
        assert len(chart.alt) > 30


def test_figures_stand_in_the_drawings(drawn: list[Chart]) -> None:
    found = {c.name: words_of(c.svg) for c in drawn}
    assert "weights 49.8" in found["memory"]
    assert "free 1.95" in found["memory"]
    assert "83.0 of 85.0 GiB" in found["limits"]
    assert "3.52 kW of 5.76 kW" in found["plugs"]
    assert "2 PSUs" in found["plugs"]
    assert "$95,992" in found["cost"]
    assert "after resale: $120,080" in found["spending"]


def test_same_answer_same_bytes_and_no_date(
    answer: Result, catalog: Catalog, drawn: list[Chart]
) -> None:
    first, second = drawn, charts_of(answer, catalog)
    assert [c.svg for c in first] == [c.svg for c in second]
    assert not re.search(r"<dc:date>|matplotlib", first[0].svg, re.IGNORECASE)


def test_spending_ends_in_the_total_cost(answer: Result) -> None:
    """Purchase 121,480; energy 19,300 and support 9,700 over 36 months; 30,400 back."""
    assert answer.build is not None
    paid, back = spending(answer.build, answer.request.finance)
    assert len(paid) == 37
    assert paid[0] == 121_480
    assert back == 30_400
    assert paid[-1] - back == pytest.approx(120_080)
    loan = answer.request.finance.replace(financing="loan", loan_share=0.5)
    borrowed, again = spending(answer.build, loan)
    assert borrowed[0] == pytest.approx(60_740)  # half of the purchase is paid at the start
    assert borrowed[-1] - again == pytest.approx(120_080)  # the interest is a line of its own
    steps = [b - a for a, b in pairwise(paid)]
    assert steps[0] < steps[12] < steps[24]  # energy rises with the years


def test_inline_drawings_take_the_colours_of_the_page(drawn: list[Chart]) -> None:
    chart = drawn[0]
    inline = chart.inline()
    assert "var(--series-1)" in inline
    assert "#0071b1" not in inline
    assert 'role="img"' in inline
    assert "<title>" not in inline
    assert "white" not in inline  # the ground of a chart that stands alone
    assert 'fill="white"' in chart.svg
    assert inline.count("<svg") == 1


def test_rack_is_as_high_as_what_stands_in_it() -> None:
    items = [Racked("Supply", "ups", 2.0), Racked("Server", "platform", 4.0)]
    chart = rack_chart(items, 42)
    assert chart is not None
    assert "6 of 42 U used" in words_of(chart.svg)
    assert "Supply (2 U), Server (4 U)" in chart.alt
    assert rack_chart([], 42) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0"), (950, "$950"), (20_000, "$20k"), (1.5e6, "$1.5M"), (-22_000, "\u2212$22k")],
)
def test_ticks_are_short(value: float, text: str) -> None:
    assert dollars(value) == text
