"""Plain tables: columns as wide as they need, names cut where the page ends."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.style import Style, clean, clip, left, right, width_of


def render_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], style: Style, numbers: Sequence[bool]
) -> list[str]:
    """A heading and a line per row; ``numbers`` says which columns are aligned to the right.

    When the page is too narrow, the widest text column gives way.
    """
    cells = [[clean(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(width_of(row[i]) for row in cells) for i in range(len(heads))]
    texts = [i for i, is_number in enumerate(numbers) if not is_number]
    while texts and sum(widths) + 2 * (len(widths) - 1) > style.width:
        widest = max(texts, key=lambda i: widths[i])
        if widths[widest] <= 8:
            break
        widths[widest] -= 1
    lines = []
    for row in cells:
        made = [
            right(clip(cell, width), width) if number else left(clip(cell, width), width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ]
        lines.append(clip("  ".join(made).rstrip(), style.width))
    return [style.title(lines[0]), *lines[1:]]
