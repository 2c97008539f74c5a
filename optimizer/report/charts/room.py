"""Drawings of the room: which circuit feeds what, and where things stand in the rack."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.charts import canvas as c
from optimizer.report.charts.canvas import Chart, draw
from optimizer.report.room import Racked
from optimizer.report.style import clean
from optimizer.schema.build import Build, Plug

MOST_CIRCUITS = 16
ROW = 46
SUPPLY, GAP = 14, 3
MOST_SUPPLIES = 8
UNIT = 15
"""Height of a rack unit in the drawing."""
MOST_FREE = 6
"""Empty units drawn above the highest thing."""


def plug_chart(build: Build) -> Chart | None:
    """Each circuit with its load, and the power supplies that hang on it."""
    plugs = [p for p in build.plug_plan if p.supplies or p.load_w]
    idle = [p for p in build.plug_plan if not (p.supplies or p.load_w)]
    if not plugs:
        return None
    words = "; ".join(
        f"{clean(p.circuit)}: {q.count(p.supplies, 'power supply', 'power supplies')},"
        f" {q.watts(p.load_w)} of {q.watts(p.continuous_w)}"
        for p in plugs[:MOST_CIRCUITS]
    )
    shown = plugs[:MOST_CIRCUITS]
    rest = len(plugs) - len(shown)
    tail = f"and {rest} more circuits like these" if rest else ""
    if not tail and idle:
        tail = f"{q.count(len(idle), 'circuit')} not used"
    height = 8 + ROW * len(shown) + (20 if tail else 4)

    def paint(figure: Any) -> None:
        axes = c.bare_axes(figure, c.WIDTH, height)
        for index, plug in enumerate(shown):
            _circuit(axes, plug, 8 + index * ROW)
        if tail:
            axes.text(4, height - 9, tail, color=c.MUTED, fontsize=c.SMALL, va="center")

    return draw("plugs", "Plug plan", f"Plug plan. {words}.", height, paint)


def _circuit(axes: Any, plug: Plug, top: float) -> None:
    """A socket, a bar of its load, and the supplies at its right."""
    from matplotlib.patches import Circle, FancyBboxPatch, Rectangle  # noqa: PLC0415

    axes.add_patch(Circle((14, top + 16), 10, facecolor=c.PAPER, edgecolor=c.INK, linewidth=1.2))
    for x in (10.5, 17.5):
        axes.add_patch(Circle((x, top + 16), 1.6, color=c.INK))
    share = min(1.0, plug.load_w / plug.continuous_w) if plug.continuous_w else 1.0
    left, width = 32.0, 214.0
    figures = f"{q.watts(plug.load_w)} of {q.watts(plug.continuous_w)}"
    axes.text(left, top + 6, c.short(plug.circuit, 22), weight="bold", va="center")
    axes.text(c.WIDTH - 4, top + 6, figures, ha="right", va="center", fontsize=c.SMALL)
    axes.add_patch(Rectangle((left, top + 16), width, 10, color=c.TRACK, linewidth=0))
    colour = c.SERIES[1] if share >= 0.95 else c.SERIES[0]
    axes.add_patch(Rectangle((left, top + 16), width * share, 10, color=colour, linewidth=0))
    x = left + width + 8
    axes.plot([left + width, x], [top + 21, top + 21], color=c.MUTED, linewidth=1.2)
    boxes = min(plug.supplies, MOST_SUPPLIES if plug.supplies <= MOST_SUPPLIES else 4)
    for number in range(boxes):
        at = x + (number % 4) * (SUPPLY + GAP)
        down = top + 14 + (number // 4) * (SUPPLY + 1) - (8 if boxes > 4 else 0)
        box = FancyBboxPatch(
            (at, down),
            SUPPLY,
            SUPPLY - 1,
            boxstyle="round,pad=0,rounding_size=2",
            facecolor=c.PAPER,
            edgecolor=c.INK,
            linewidth=1,
        )
        axes.add_patch(box)
    text = q.count(plug.supplies, "PSU")
    axes.text(x + min(boxes, 4) * (SUPPLY + GAP) + 2, top + 21, text, va="center", fontsize=c.SMALL)


def rack_chart(items: Sequence[Racked], rack_units: float) -> Chart | None:
    """The rack from the front: what stands where, heavy things below."""
    if not items:
        return None
    used = sum(item.units for item in items)
    height_u = int(min(ceil(rack_units), ceil(used) + MOST_FREE))
    height_u = max(height_u, ceil(used))
    cut = ceil(rack_units) - height_u
    unit = UNIT if height_u <= 60 else max(2.0, 660 / height_u)
    top, height = 22, 22 + height_u * unit + 8
    words = ", ".join(f"{item.name} ({item.units:g} U)" for item in items[:8])
    alt = f"Rack from the bottom up: {words}. {used:g} of {rack_units:g} rack units used."

    def paint(figure: Any) -> None:
        from matplotlib.patches import Rectangle  # noqa: PLC0415

        axes = c.bare_axes(figure, c.WIDTH, height)
        left, right, floor = 36.0, c.WIDTH - 8.0, top + height_u * unit
        note = f"{used:g} of {rack_units:g} U used"
        note += f"; {cut:,} more free above" if cut > 0 else ""
        axes.text(left - 6, 11, note, va="center", fontsize=c.SMALL, color=c.MUTED)
        axes.add_patch(
            Rectangle(
                (left - 6, top),
                right - left + 12,
                floor - top,
                facecolor=c.TRACK,
                edgecolor=c.INK,
                linewidth=1.2,
            )
        )
        step = 1 if height_u <= 12 else 2 if height_u <= 30 else 5
        for number in range(1, height_u + 1):
            y = floor - number * unit
            axes.plot([left - 6, right + 6], [y, y], color=c.GRID, linewidth=0.6, zorder=0.5)
            if number == 1 or number % step == 0:
                axes.text(
                    left - 10,
                    y + unit / 2,
                    f"{number}",
                    ha="right",
                    va="center",
                    fontsize=9,
                    color=c.MUTED,
                )
        at = floor
        for item in items:
            tall = item.units * unit
            at -= tall
            _thing(axes, item, (left, at), (right - left, tall))

    return draw("rack", "Rack elevation", alt, height, paint)


def _thing(axes: Any, item: Racked, corner: tuple[float, float], size: tuple[float, float]) -> None:
    """One box with its name and units."""
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415

    colours = {"platform": c.SERIES[0], "chassis": c.SERIES[0], "ups": c.SERIES[3]}
    (x, y), (width, tall) = corner, size
    box = FancyBboxPatch(
        (x, y + 0.7),
        width,
        max(1.0, tall - 1.4),
        boxstyle="round,pad=0,rounding_size=2",
        facecolor=colours.get(item.kind, c.SERIES[5]),
        edgecolor="none",
    )
    axes.add_patch(box)
    text = f"{c.short(item.name, 42)}  {item.units:g} U"
    size_pt = c.SMALL if tall >= 13 else max(5.0, tall * 0.8)
    axes.text(
        x + 6, y + tall / 2, text, va="center", color=c.ONFILL, fontsize=size_pt, clip_on=True
    )
