"""Charts of a sweep: the objective along one axis, and which accelerators are best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.charts import canvas as c
from optimizer.report.charts.answer import amount_axis
from optimizer.report.charts.canvas import Chart, draw
from optimizer.report.sensitivity import value_text
from optimizer.report.style import clean

MOST_CARDS = 10
MOST_TOLD = 12
MARKS = ("o", "s", "^", "D", "v", "P")
LOG = 8.0
"""Numbers whose ends differ by more than this factor, and rise evenly by factors, are drawn so."""


def sweep_charts(document: Mapping[str, Any]) -> list[Chart]:
    """What there is to draw."""
    found = [slice_chart(document["slice"])] if document["slice"] is not None else []
    return [*found, cards_chart(document["accelerators"])] if document["accelerators"] else found


def slice_chart(found: Mapping[str, Any]) -> Chart:
    """The objective along one axis, a line for each value of another; gaps: nothing fits."""
    along, across = clean(found["along"]), found["across"]
    ats = [point["at"] for point in found["series"][0]["points"]]
    numeric = all(isinstance(at, int | float) and not isinstance(at, bool) for at in ats)
    told = "; ".join(
        ("" if across is None else f"{clean(across)} {value_text(line['value'])}: ")
        + ", ".join(f"{value_text(p['at'])} gives {_value(p)}" for p in _some(line["points"]))
        for line in found["series"]
    )
    title = f"{found['goal']} by {along}"
    title = c.short(title[0].upper() + title[1:], 60)

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="y")
        places = ats if numeric else list(range(len(ats)))
        for number, line in enumerate(found["series"]):
            values = [p["value"] for p in line["points"]]
            label = None if across is None else f"{clean(across)} {value_text(line['value'])}"
            axes.plot(
                places,
                [float("nan") if value is None else value for value in values],
                linestyle="-",
                marker=MARKS[number % len(MARKS)],
                color=c.SERIES[number % len(c.SERIES)],
                markersize=4 if len(ats) < 40 else 0,
                linewidth=1.6,
                label=None if label is None else c.short(label, 24),
            )
        if across is not None:
            figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=c.SMALL)
        axes.set_xlabel(c.short(along, 60))
        axes.set_ylabel(f"{found['goal']} ({found['unit']})")
        amount_axis(axes.yaxis, found["unit"])
        if numeric:
            _numbers(axes, ats)
        else:
            axes.set_xticks(places, [c.short(value_text(at), 12) for at in ats], rotation=30)

    return draw("sweep", title, f"{title}. {told}.", 270, paint)


def _numbers(axes: Any, ats: Sequence[float]) -> None:
    """Few ticks; by factors where the values rise so."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    if min(ats) > 0 and len(ats) > 2:
        even = (min(ats) + max(ats)) / 2
        middle = sorted(ats)[len(ats) // 2]
        if max(ats) / min(ats) > LOG and middle < even * 0.75:
            axes.set_xscale("log")
            some = sorted(ats)[:: max(1, len(ats) // 4)]
            axes.set_xticks(some, [_tick(at) for at in some], minor=False)
            axes.set_xticks([], minor=True)
            return
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda value, _: _tick(value))


def _some(points: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """As many as words can tell, both ends among them."""
    step = -(-len(points) // MOST_TOLD)
    return points if step == 1 else [*points[:-1:step], points[-1]]


def _tick(value: float) -> str:
    return f"{value / 1000:.3g}k" if abs(value) >= 1000 else f"{value:.3g}"


def _value(point: Mapping[str, Any]) -> str:
    if point["value"] is None:
        return "nothing" if point["status"] == "infeasible" else str(point["status"])
    return q.amount(point["value"])


def cards_chart(cards: Mapping[str, int]) -> Chart:
    """How many requests each accelerator is best for."""
    shown = list(cards.items())[:MOST_CARDS]
    rest = sum(list(cards.values())[MOST_CARDS:])
    shown += [("others", rest)] if rest else []
    told = "; ".join(f"{clean(card)} {count:,}" for card, count in shown)

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure)
        places = range(len(shown))
        axes.barh(places, [count for _, count in shown], color=c.SERIES[0], height=0.66)
        axes.set_yticks(list(places), [c.short(clean(card), 36) for card, _ in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(0, max(count for _, count in shown) * 1.18)
        axes.set_xticks([])
        for place, (_, count) in enumerate(shown):
            axes.annotate(f"{count:,}", (count, place), (4, 0), textcoords="offset points",
                          va="center", fontsize=c.SMALL)  # fmt: skip

    title = "Accelerator of the best build, requests"
    return draw("sweep-accelerators", title, f"{title}: {told}.", 40 + 22 * len(shown), paint)
