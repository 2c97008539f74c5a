"""The one way to draw: fonts, colours, and figures that become SVG text.

The same figure gives the same bytes: no dates, no random ids. Text stays text, so that it can be
read aloud and searched. Colours are told apart by people with colour-blindness (after Okabe and
Ito), and no series rests on colour alone: each is labelled where it stands.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from optimizer.report.style import clean, clip

WIDTH = 380
"""Units across; one is a CSS pixel on a phone, and pages may show charts larger."""
INK, MUTED, GRID, TRACK = "#101112", "#505152", "#d0d1d2", "#e8e9ea"
PAPER, ONFILL = "#fdfdfe", "#fefefd"
SERIES = ("#0071b1", "#c04d01", "#007f5d", "#a1537e", "#7a6201", "#4b5563")
"""Blue, vermilion, green, purple, ochre, grey: each at least 4.5 to 1 on white."""
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    TRACK: "--track",
    PAPER: "--paper",
    ONFILL: "--on-fill",
    **{colour: f"--series-{i}" for i, colour in enumerate(SERIES, 1)},
}
"""Colour as drawn -> variable of a page's style sheet that replaces it there."""
GROUND = '<rect width="100%" height="100%" fill="white"/>'
"""Under a drawing that stands alone; inside a page the page's own ground shows."""
TITLE = 24
"""Units above a drawing for its title, where nothing around it says what it is."""
FONT = 12
SMALL = 11
RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "llm-build-optimizer",
    "font.family": ["DejaVu Sans"],
    "font.size": FONT,
    "text.parse_math": False,
    "text.color": INK,
    "axes.facecolor": "none",
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.labelsize": SMALL,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "figure.dpi": 72,
}
Paint = Callable[[Any], None]
"""Draws on an empty figure of matplotlib."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title and what it says in words."""

    name: str
    title: str
    alt: str
    svg: str
    """A whole file, on a white ground."""
    height: float
    paint: Paint
    """What drew it, for other kinds of files."""

    def png(self) -> bytes:
        """The same drawing as a PNG file, twice as fine as a screen, its title on top."""
        return _raster(self.title, self.height, self.paint)

    def inline(self) -> str:
        """The drawing as it stands inside a page, which names its colours."""
        body = self.svg[self.svg.index("<svg") :]
        head, _, rest = body.partition(">")
        box = re.search(r'viewBox="([^"]*)"', head)
        view = box[1] if box else f"0 0 {WIDTH} {WIDTH}"
        for colour, variable in VARIABLES.items():
            rest = rest.replace(colour, f"var({variable})")
        rest = re.sub(r"<title>.*?</title>\n?", "", rest, count=1, flags=re.DOTALL)
        rest = rest.replace(GROUND, "", 1)
        prefix = f"{self.name}-"
        rest = re.sub(r'\bid="', f'id="{prefix}', rest)
        rest = re.sub(r"url\(#", f"url(#{prefix}", rest)
        rest = re.sub(r'href="#', f'href="#{prefix}', rest)
        return f'<svg viewBox="{view}" role="img" aria-label={quoteattr(self.alt)}>{rest.strip()}'


def draw(name: str, title: str, alt: str, height: float, paint: Paint) -> Chart:
    """A chart of ``WIDTH`` by ``height`` units, painted by ``paint``."""
    import matplotlib as mpl  # noqa: PLC0415  (half a second, and most answers need no drawing)

    mpl.use("svg")
    from matplotlib.figure import Figure  # noqa: PLC0415

    title, alt = clean(title), clean(alt)
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # glyphs that this font lacks are the reader's font's
        figure = Figure(figsize=(WIDTH / 72, height / 72), layout="constrained")
        figure.patch.set_facecolor(PAPER)
        figure.patch.set_alpha(0)
        paint(figure)
        held = io.StringIO()
        empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(held, format="svg", metadata=empty)
    return Chart(name, title, alt, _tidy(held.getvalue(), title), height, paint)


def _raster(title: str, height: float, paint: Paint) -> bytes:
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("agg")
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(WIDTH / 72, (height + TITLE) / 72), layout="constrained")
        parts: Any = figure.subfigures(2, 1, height_ratios=(TITLE, height))
        top, below = parts
        top.text(0.01, 0.4, title, weight="bold", va="center")
        paint(below)
        held = io.BytesIO()
        figure.savefig(held, format="png", dpi=216, metadata={"Software": None})
    return held.getvalue()


def _tidy(svg: str, title: str) -> str:
    """Matplotlib's file without its prologue; a title inside; fonts of the reader's machine."""
    svg = svg[svg.index("<svg") :].replace("'DejaVu Sans'", "system-ui, sans-serif")
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = {*re.findall(r"url\(#([^)]*)\)", svg), *re.findall(r'href="#([^"]*)"', svg)}
    svg = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)
    head, _, rest = svg.partition(">")
    ground = f"<title>{escape(title)}</title>\n {GROUND}"
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}>\n {ground}{rest.rstrip()}\n'


def short(text: object, width: int) -> str:
    """A name from data, fit to stand in a drawing."""
    return clip(clean(text), width)


def plain_axes(figure: Any, *, grid: str = "") -> Any:
    """Axes without a frame; ``grid`` is the axis with lines across, x or y."""
    axes = figure.add_subplot()
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    if grid:
        axes.grid(axis=grid)
        axes.set_axisbelow(True)
    return axes


def bare_axes(figure: Any, width: float, height: float) -> Any:
    """A plane without axes, y down, for drawings that place everything themselves."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return axes
