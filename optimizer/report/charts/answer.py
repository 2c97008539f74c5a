"""Charts of one build: memory, limits, cost by line, money over time."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from optimizer.instance.money import schedule_of
from optimizer.report import quantity as q
from optimizer.report.charts import canvas as c
from optimizer.report.charts.canvas import Chart, draw
from optimizer.report.limits import TIGHT, rows_of
from optimizer.report.style import MINUS
from optimizer.report.tables import cost_lines, memory_parts
from optimizer.schema.build import Build
from optimizer.schema.request import Finance


def memory_chart(build: Build) -> Chart:
    """What fills the fullest accelerator, stacked, against what is usable."""
    parts = memory_parts(build)
    used, usable = sum(mib for _, mib in parts), build.memory.usable_mib
    words = ", ".join(f"{label} {q.gib(mib)}" for label, mib in parts)
    alt = f"Memory per accelerator in GiB: {words}; {q.gib(used)} of {q.gib(usable)} usable."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure)
        start = 0.0
        axes.barh([0], [usable / 1024], color=c.TRACK, height=0.9)
        for index, (label, mib) in enumerate(parts):
            width = mib / 1024
            name = f"{label} {q.gib(mib)}"
            axes.barh([0], [width], left=start, color=c.SERIES[index], height=0.9, label=name)
            start += width
        free = max(0, usable - used)
        axes.barh([0], [0], color=c.TRACK, label=f"free {q.gib(free)}")
        axes.set_yticks([])
        axes.set_xlim(0, max(usable, used) / 1024)
        axes.set_xlabel("GiB on the fullest accelerator")
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=c.SMALL)

    return draw("memory", "Memory per accelerator", alt, 150, paint)


def limits_chart(build: Build) -> Chart:
    """The share of each limit that is used."""
    rows = rows_of(build)
    tight = [row.label for row in rows if row.share >= TIGHT]
    alt = f"Share used of each of {len(rows)} limits. Tight: {', '.join(tight) or 'none'}."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure)
        places = range(len(rows))
        axes.barh(places, [100] * len(rows), color=c.TRACK, height=0.7)
        colours = [c.SERIES[1] if row.share >= TIGHT else c.SERIES[0] for row in rows]
        axes.barh(places, [min(100.0, 100 * row.share) for row in rows], color=colours, height=0.7)
        for place, row in enumerate(rows):
            text = f"{row.used} of {row.available} {row.unit}"
            axes.annotate(text, (104, place), va="center", fontsize=c.SMALL, annotation_clip=False)
        axes.set_yticks(list(places), [c.short(row.label, 21) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 225)
        axes.set_xticks([0, 50, 100], ["0", "50", "100 %"])

    return draw("limits", "Limits: share used", alt, 56 + 22 * len(rows), paint)


def cost_chart(build: Build, years: float) -> Chart:
    """The total cost of ownership, line by line."""
    lines = cost_lines(build)
    words = "; ".join(f"{item} {q.usd(usd)}" for item, usd in lines)
    alt = f"Cost over {years:.3g} years by line: {words}; in all {q.usd(build.costs.tco_usd)}."

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="x")
        places = range(len(lines))
        values = [usd for _, usd in lines]
        colours = [c.SERIES[2] if usd < 0 else c.SERIES[0] for usd in values]
        axes.barh(places, values, color=colours, height=0.66)
        axes.set_yticks(list(places), [c.short(item, 21) for item, _ in lines])
        axes.set_ylim(len(lines) - 0.4, -0.6)
        low, high = min(0.0, *values), max(0.0, *values)
        room = (high - low or 1.0) * 0.3
        axes.set_xlim(low, high + room)
        for place, usd in enumerate(values):
            end = (max(usd, 0), place)
            axes.annotate(
                q.usd(usd), end, (4, 0), textcoords="offset points", va="center", fontsize=c.SMALL
            )
        money_axis(axes.xaxis)

    return draw("cost", f"TCO over {years:.3g} years, by line", alt, 56 + 22 * len(lines), paint)


def spending(build: Build, finance: Finance) -> tuple[list[float], float]:
    """Dollars paid by the end of each month, month 0 first, and what comes back at the end.

    By the schedule of the lines: prices that rise, failures that grow, a loan or a lease.
    """
    lines = {line.item: line.usd for line in build.costs.lines}
    flows = schedule_of(finance).flows(lines)
    back = -lines.get("resale", 0.0) - lines.get("decommissioning", 0.0)
    flows[-1] += back
    return list(accumulate(flows)), back


def spending_chart(build: Build, finance: Finance) -> Chart:
    """What has been paid by each month, and what resale brings back."""
    paid, back = spending(build, finance)
    years = [month / 12 for month in range(len(paid))]
    years[-1] = finance.horizon_years
    alt = (
        f"Paid so far: {q.usd(paid[0])} at the start, {q.usd(paid[-1])} after"
        f" {years[-1]:.3g} years; resale then brings {q.usd(back)}, which leaves"
        f" {q.usd(build.costs.tco_usd)}."
    )

    def paint(figure: Any) -> None:
        axes = c.plain_axes(figure, grid="y")
        axes.fill_between(years, paid, color=c.SERIES[0], alpha=0.15, linewidth=0)
        axes.plot(years, paid, color=c.SERIES[0], linewidth=2)
        end, left = years[-1], paid[-1] - back
        axes.plot([end, end], [paid[-1], left], color=c.SERIES[2], linewidth=2, linestyle=":")
        axes.plot([end], [left], "o", color=c.SERIES[2], markersize=5)
        style: dict[str, Any] = {"textcoords": "offset points", "fontsize": c.SMALL}
        down = -17 if paid[0] > 0.15 * paid[-1] else 36
        axes.annotate(f"at the start: {q.usd(paid[0])}", (0, paid[0]), (6, down), **style)
        axes.annotate(f"paid: {q.usd(paid[-1])}", (end, paid[-1]), (-4, 5), ha="right", **style)
        if back:
            text = f"after resale: {q.usd(left)}"
            axes.annotate(text, (end, 0), (-6, 8), ha="right", color=c.SERIES[2], **style)
        axes.set_ylim(0, max(paid[-1], 1) * 1.12)
        axes.set_xlim(0, end)
        axes.set_xlabel("years of use")
        axes.tick_params(pad=6)
        axes.locator_params(axis="x", nbins=6, integer=end >= 2)
        money_axis(axes.yaxis)

    return draw("spending", "Paid so far", alt, 230, paint)


def money_axis(axis: Any) -> None:
    """Ticks as ``$20k``."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axis.set_major_locator(MaxNLocator(nbins=3))
    axis.set_major_formatter(lambda value, _: dollars(value))


def amount_axis(axis: Any, unit: str) -> None:
    """Few ticks in a unit; dollars as :func:`money_axis` has them."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    money_axis(axis)
    if unit != "USD":
        axis.set_major_locator(MaxNLocator(nbins=4))
        axis.set_major_formatter(lambda value, _: dollars(value).replace("$", ""))


def dollars(value: float) -> str:
    """``$20k``, ``$1.5M``: for ticks."""
    size = abs(value)
    for least, mark in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= least:
            text = f"${size / least:.3g}{mark}"
            break
    else:
        text = f"${size:.3g}"
    return MINUS + text if value < 0 else text
