"""Charts of studies: own against rent over time, answers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.charts import canvas as c
from optimizer.report.charts.answer import money_axis
from optimizer.report.charts.canvas import Chart, draw
from optimizer.report.style import clean

CURVES = {
    "own": "own",
    "always_on": "rent, always on",
    "busy_hours": "rent, busy hours",
    "by_request": "rent, by request",
    "api": "API",
}
DASHES = ("-", "--", "-.", ":", "-")


def rent_chart(document: Mapping[str, Any]) -> Chart | None:
    """What owning and renting have cost by each month; nothing where nothing can be rented."""
    curves = document["curves"]
    if curves is None:
        return None
    months = curves["month"]
    shown = [(key, word) for key, word in CURVES.items() if key in curves]
    ends = "; ".join(f"{word} {q.usd(curves[key][-1])}" for key, word in shown)
    alt = f"Paid by the end of month {months[-1]}, resale not counted: {ends}."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="y")
        for index, (key, word) in enumerate(shown):
            colour = c.SERIES[index % len(c.SERIES)]
            line = DASHES[index]
            axes.plot(months, curves[key], line, color=colour, linewidth=2, label=word)
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=c.SMALL)
        axes.set_xlim(0, months[-1])
        axes.set_ylim(0, None)
        axes.set_xlabel("months")
        money_axis(axes.yaxis)

    return draw("rent", "Own or rent: paid so far", alt, 250, paint)


def comparison_chart(document: Mapping[str, Any]) -> Chart | None:
    """Total cost of ownership and throughput of each answer, as bars beside each other."""
    columns = [v for v in document["variants"] if "tco_usd" in v]
    if len(columns) < 2:
        return None
    words = "; ".join(
        f"{clean(v['label'])}: {q.usd(v['tco_usd'])}, {q.three(v['output_tok_s'])} tok/s"
        for v in columns
    )
    labels = [c.short(v["label"], 16) for v in columns]

    def paint(figure: Any) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        money = [v["tco_usd"] for v in columns]
        speed = [v["output_tok_s"] for v in columns]
        _bars(left, labels, money, [q.usd(v) for v in money], c.SERIES[0], "TCO")
        _bars(right, labels, speed, [q.three(v) for v in speed], c.SERIES[1], "tok/s")

    return draw(
        "comparison", "Side by side", f"Side by side: {words}.", 54 + 26 * len(labels), paint
    )


def _bars(
    axes: Any,
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    colour: str,
    title: str,
) -> None:
    """Horizontal bars with their figures at the end."""
    places = range(len(labels))
    axes.barh(places, values, color=colour, height=0.6)
    axes.set_yticks(list(places), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, (max(values) or 1.0) * 1.6)
    axes.set_xticks([])
    axes.set_xlabel(title)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    for place, (value, text) in enumerate(zip(values, texts, strict=True)):
        axes.annotate(
            text, (value, place), (4, 0), textcoords="offset points", va="center", fontsize=c.SMALL
        )
