"""Charts of what an answer rests on: tornado, break points, chance; and prices that move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.charts import canvas as c
from optimizer.report.charts.answer import amount_axis, money_axis
from optimizer.report.charts.canvas import Chart, draw
from optimizer.report.robust import MEASURES
from optimizer.report.sensitivity import value_text
from optimizer.report.style import TIMES, clean

MOST_BUILDS = 8
NOTHING = "nothing fits"
LABEL = 21
"""Characters of a name beside a drawing."""


def sensitivity_charts(document: Mapping[str, Any]) -> list[Chart]:
    """A chart for each part of a sensitivity study that has something to draw."""
    charts = []
    tornado = document.get("tornado")
    if tornado is not None and any(bar["swing"] is not None for bar in tornado["bars"]):
        charts.append(tornado_chart(tornado))
    charts += [
        breaks_chart(found, number)
        for number, found in enumerate(document.get("break_points") or (), 1)
        if found["flips"]
    ]
    chance = document.get("chance")
    if chance is not None and chance["samples"] > 1:
        charts.append(chance_chart(chance))
    return charts


def tornado_chart(found: Mapping[str, Any]) -> Chart:
    """The objective with each assumption low and high, around its value as asked."""
    bars = [bar for bar in found["bars"] if bar["swing"] is not None]
    goal = found["objective"]
    base, unit = goal["value"], goal["unit"]
    told = "; ".join(
        f"{clean(bar['name'])} {value_text(bar['low']['at'])} to {value_text(bar['high']['at'])}:"
        f" {q.amount(bar['low']['value'])} to {q.amount(bar['high']['value'])}"
        for bar in bars
    )
    alt = f"{goal['name']} is {q.amount(base)} {unit} as asked. {told}."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="x")
        places = range(len(bars))
        for end, colour in (("low", c.SERIES[0]), ("high", c.SERIES[1])):
            moved = [bar[end]["value"] - base for bar in bars]
            axes.barh(places, moved, left=base, color=colour, height=0.6)
        values = [bar[end]["value"] for bar in bars for end in ("low", "high")]
        least, most = min([base, *values]), max([base, *values])
        room = (most - least or abs(base) or 1.0) * 0.38
        for place, bar in enumerate(bars):
            _ends(axes, place, bar, base)
        axes.axvline(base, color=c.INK, linewidth=1)
        axes.set_xlim(least - room, most + room)
        axes.set_yticks(list(places), [c.short(bar["name"], LABEL) for bar in bars])
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.set_xlabel(f"{goal['name']} ({unit}); * another build is best there")
        amount_axis(axes.xaxis, unit)

    height = 62 + 26 * len(bars)
    return draw("tornado", "What the objective rests on", alt, height, paint)


def _ends(axes: Any, place: int, bar: Mapping[str, Any], base: float) -> None:
    """What the assumption is at each end, outside of the bar, or one under the other."""
    ends = [bar["low"], bar["high"]]
    sides = [1 if end["value"] >= base else -1 for end in ends]
    if sides[0] == sides[1]:
        far = max((end["value"] for end in ends), key=lambda value: abs(value - base))
        _beside(axes, far, place, " and ".join(map(_mark, ends)), sides[0])
        return
    for end, side in zip(ends, sides, strict=True):
        _beside(axes, end["value"], place, _mark(end), side)


def _beside(axes: Any, value: float, place: float, text: str, side: int) -> None:
    axes.annotate(
        text,
        (value, place),
        (4 * side, 0),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="center",
        fontsize=c.SMALL,
        annotation_clip=False,
    )


def _mark(end: Mapping[str, Any]) -> str:
    return value_text(end["at"]) + ("*" if end["build_changes"] else "")


def breaks_chart(found: Mapping[str, Any], number: int) -> Chart:
    """One assumption from low to high, cut where another build is best."""
    flips, low, high = found["flips"], float(found["low"]), float(found["high"])
    cuts = [(float(flip["below"]) + float(flip["above"])) / 2 for flip in flips]
    builds = [flips[0]["from"], *(flip["to"] for flip in flips)]
    edges = [low, *cuts, high]
    spans = [
        f"{value_text(round(a, 4))} to {value_text(round(b, 4))}: {clean(build or NOTHING)}"
        for (a, b), build in zip(pairwise(edges), builds, strict=True)
    ]
    now = found["now"]
    alt = f"Best build by {clean(found['name'])}: {'; '.join(spans)}."
    rows = len(builds)

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="x")
        for row, (start, end) in enumerate(pairwise(edges)):
            colour = c.SERIES[row % len(c.SERIES)]
            axes.barh([row], [end - start], left=start, color=colour, height=0.42)
            same = row > 0 and builds[row] == builds[row - 1]
            text = "the same with other parts" if same else clean(builds[row] or NOTHING)
            axes.text(low, row - 0.42, c.short(text, 56), va="center", fontsize=c.SMALL)
        if isinstance(now, int | float) and low <= now <= high:
            axes.axvline(now, color=c.INK, linewidth=1, linestyle=":")
            axes.annotate("now", (now, rows - 0.4), (3, 0), textcoords="offset points",
                          fontsize=c.SMALL, color=c.MUTED)  # fmt: skip
        axes.set_yticks([])
        axes.set_ylim(rows - 0.3, -0.8)
        axes.set_xlim(low, high)
        axes.set_xlabel(c.short(clean(found["name"]), 60))

    title = f"Best build by {c.short(clean(found['name']), 40)}"
    return draw(f"breaks-{number}", title, alt, 58 + 40 * rows, paint)


def chance_chart(found: Mapping[str, Any]) -> Chart:
    """The share of samples in which the build costs no more than so much."""
    costs = found["tco_usd"]
    count = len(costs)
    marks = [(0.1, found["tco_p10"]), (0.5, found["tco_p50"]), (0.9, found["tco_p90"])]
    told = ", ".join(f"{q.percent(share)} below {q.usd(usd)}" for share, usd in marks)
    alt = f"TCO of the build in {q.count(found['samples'], 'sample')} of prices: {told}."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="y")
        shares = [(i + 1) / count for i in range(count)]
        axes.step([costs[0], *costs], [0, *shares], where="post", color=c.SERIES[0], linewidth=2)
        for share, usd in marks:
            axes.plot([usd], [share], "o", color=c.SERIES[1], markersize=5)
            low = share < 0.9
            place = {"ha": "left", "va": "top"} if low else {"ha": "right", "va": "bottom"}
            off = (6 if low else -6, -4)
            axes.annotate(q.usd(usd), (usd, share), off, textcoords="offset points",
                          fontsize=c.SMALL, **place)  # fmt: skip
        axes.set_ylim(0, 1.04)
        axes.set_yticks([0, 0.1, 0.5, 0.9, 1], ["0", "10 %", "50 %", "90 %", "100 %"])
        axes.set_xlabel("TCO no higher than")
        money_axis(axes.xaxis)

    return draw("chance", "How likely the build costs no more", alt, 230, paint)


def robust_chart(document: Mapping[str, Any]) -> Chart | None:
    """The cost of each build over the samples, from the least to the most, by number."""
    builds: Sequence[Mapping[str, Any]] = document["builds"][:MOST_BUILDS]
    held = [
        (number, build, sorted(usd for usd in build["costs_usd"] if usd is not None))
        for number, build in enumerate(builds, 1)
    ]
    held = [entry for entry in held if entry[2]]
    if not held:
        return None
    field = f"{document['measure']}_usd"
    word = MEASURES[document["measure"]]
    told = "; ".join(
        f"{number}, {build['accelerators']} {TIMES} {clean(build['accelerator'])}:"
        f" {q.usd(costs[0])} to {q.usd(costs[-1])}, {word}"
        f" {'over a limit' if build[field] is None else q.usd(build[field])}"
        for number, build, costs in held
    )
    alt = f"Cost of each build over {q.count(document['samples'], 'sample')} of prices. {told}."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="x")
        for row, (number, build, costs) in enumerate(held):
            colour = c.SERIES[0] if number == 1 else c.SERIES[5]
            axes.plot([costs[0], costs[-1]], [row, row], color=colour, linewidth=5, alpha=0.35)
            axes.plot(costs, [row] * len(costs), "|", color=colour, markersize=8)
            first = row == 0
            if build[field] is not None:
                axes.plot([build[field]], [row], "D", color=c.SERIES[1], markersize=6,
                          label=word if first else None)  # fmt: skip
            if build["typical_usd"] is not None:
                axes.plot([build["typical_usd"]], [row], "o", color=c.SERIES[2], markersize=6,
                          label="today's prices" if first else None)  # fmt: skip
        axes.set_yticks(list(range(len(held))), [f"build {number}" for number, *_ in held])
        axes.set_ylim(len(held) - 0.4, -0.6)
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=c.SMALL)
        money_axis(axes.xaxis)

    return draw("robust", "What each build costs when prices move", alt, 84 + 30 * len(held), paint)
