"""The picture of a frontier: a staircase, for between two points nothing is to be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.charts import canvas as c
from optimizer.report.charts.canvas import Chart, Paint, draw
from optimizer.report.frontier import WORDS
from optimizer.report.style import clean

HEIGHT = 300
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")


def frontier_chart(document: Mapping[str, Any]) -> Chart:
    """The chart of a frontier, with its points in words."""
    told = "; ".join(
        f"{q.amount(p['x'])} for {q.amount(p['y'])}: {p['accelerators']} {p['accelerator_name']}"
        for p in document["points"]
    )
    title = _title(document)
    return draw("frontier", title, f"{title}. {told or 'Nothing fits'}.", HEIGHT, _paint(document))


def frontier_picture(document: Mapping[str, Any], kind: str) -> bytes:
    """The frontier as an SVG or PNG file, by ``kind``."""
    chart = frontier_chart(document)
    return chart.svg.encode("utf-8") if kind == "svg" else chart.png()


def _title(document: Mapping[str, Any]) -> str:
    text = f"{WORDS[document['y']['name']]} against {WORDS[document['x']['name']]}"
    return text[0].upper() + text[1:]


def _paint(document: Mapping[str, Any]) -> Paint:
    points = document["points"]
    cards = list(dict.fromkeys(p["accelerator_name"] for p in points))

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="y")
        axes.step([p["x"] for p in points], [p["y"] for p in points], where="post", color=c.MUTED)
        for index, card in enumerate(cards):
            mine = [p for p in points if p["accelerator_name"] == card]
            axes.plot(
                [p["x"] for p in mine],
                [p["y"] for p in mine],
                MARKS[index % len(MARKS)],
                color=c.SERIES[index % len(c.SERIES)],
                label=f"{_counts(mine)} {c.short(clean(card), 40)}",
            )
        if cards:
            figure.legend(loc="outside lower left", frameon=False, fontsize=c.SMALL)
        for name, write in (("x", axes.set_xlabel), ("y", axes.set_ylabel)):
            axis = document[name]
            write(f"{WORDS[axis['name']]} ({axis['unit']})")
        axes.xaxis.set_major_locator(_few())
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,.0f}")

    return paint


def _few() -> Any:
    """At most five ticks, so that amounts do not run into each other."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    return MaxNLocator(5)


def _counts(points: list[Mapping[str, Any]]) -> str:
    """``8`` or ``6 to 8``: how many of the accelerator."""
    found = [p["accelerators"] for p in points]
    return f"{min(found)}" if min(found) == max(found) else f"{min(found)} to {max(found)}"
