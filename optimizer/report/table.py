"""Plain tables: columns as wide as they need, names cut where the page is too narrow."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.style import Style, clean, clip, left, right, width_of

GAP = 2
SHORTEST = 8
"""A column cut shorter than this says nothing."""


def render_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    style: Style,
    numbers: Sequence[bool],
    soft: str = "",
) -> list[str]:
    """A heading and a line per row; ``numbers`` says which columns are aligned to the right.

    When the page is too narrow, the column headed ``soft`` is cut, or left out; ids never are.
    """
    cells = [[clean(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(width_of(row[i]) for row in cells) for i in range(len(heads))]
    excess = sum(widths) + GAP * (len(widths) - 1) - style.width
    if excess > 0 and soft in heads:
        at = list(heads).index(soft)
        widths[at] = widths[at] - excess if widths[at] - excess >= SHORTEST else 0
    lines = []
    for row in cells:
        made = [
            right(clip(cell, width), width) if number else left(clip(cell, width), width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
            if width
        ]
        lines.append(clip((" " * GAP).join(made).rstrip(), style.width))
    return [style.title(lines[0]), *lines[1:]]
