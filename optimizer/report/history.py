"""Prices over time: a small chart in plain characters, and every observation in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log10

from optimizer.report.quantity import number, usd
from optimizer.report.style import TO, Style, clean, left, right, width_of, wrap
from optimizer.schema.offer import Offer

ROWS = 9
LABEL = 10
LETTERS = {"new": "n", "refurbished": "r", "used": "u"}
PAINT = {"n": "accent", "r": "warn", "u": "good"}
SEVERAL = "*"


def in_usd(offer: Offer, rates: Mapping[str, float]) -> tuple[float, float, float]:
    """Low, typical and high in US dollars."""
    rate = 1.0 if offer.currency == "USD" else rates[offer.currency]
    return offer.low * rate, offer.typical * rate, offer.high * rate


def _time(date: str) -> float:
    """Months since year 0, days as parts of a month."""
    day = int(date[8:10]) if len(date) > 7 else 15
    return int(date[:4]) * 12 + int(date[5:7]) - 1 + min(day, 30) / 30.0


def _top(value: float) -> float:
    """The next round figure: 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 10.0 ** int(log10(max(value, 1.0)))
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * 0.999)


def render_history(offers: Sequence[Offer], rates: Mapping[str, float], style: Style) -> list[str]:
    """The chart; empty when there are fewer than two dates to show."""
    if len({offer.date for offer in offers}) < 2:
        return []
    first, last = _time(min(o.date for o in offers)), _time(max(o.date for o in offers))
    top = _top(max(in_usd(offer, rates)[2] for offer in offers))
    width = style.width - LABEL - 4
    cells = [[" "] * width for _ in range(ROWS)]

    def row(value: float) -> int:
        return ROWS - 1 - min(ROWS - 1, int(value / top * (ROWS - 1) + 0.5))

    def column(date: str) -> int:
        return round((_time(date) - first) / max(last - first, 0.01) * (width - 1))

    for offer in offers:
        low, _, high = in_usd(offer, rates)
        for at in range(row(high), row(low) + 1):
            cells[at][column(offer.date)] = ":"
    marks: dict[tuple[int, int], str] = {}
    for offer in offers:
        cell = (row(in_usd(offer, rates)[1]), column(offer.date))
        letter = LETTERS[offer.condition]
        marks[cell] = letter if marks.get(cell, letter) == letter else SEVERAL
    for (line, at), mark in marks.items():
        cells[line][at] = mark
    legend = ", ".join(
        f"{LETTERS[c]} {c}" for c in LETTERS if any(o.condition == c for o in offers)
    )
    head = f"Price history in US dollars ({legend}, {SEVERAL} several, : range)"
    return [
        style.title(head),
        *_rows(cells, top, style),
        *_axis(first, last, offers, width),
    ]


def _rows(cells: list[list[str]], top: float, style: Style) -> list[str]:
    lines = []
    for index, row in enumerate(cells):
        value = top * (ROWS - 1 - index) / (ROWS - 1)
        label = number(value) if index % 2 == 0 else ""
        body = "".join(style.paint(c, PAINT[c]) if c in PAINT else c for c in row)
        lines.append(f"{right(label, LABEL)} | {body}".rstrip())
    return lines


def _axis(first: float, last: float, offers: Sequence[Offer], width: int) -> list[str]:
    """A line with a mark at each new year, and dates below it."""
    ticks, labels = ["-"] * width, [" "] * width
    dates = sorted(offer.date[:7] for offer in offers)
    ends = [(0, dates[0]), (width - len(dates[-1]), dates[-1])]
    for year in range(ceil(first / 12), int(last / 12) + 1):
        at = round((year * 12 - first) / max(last - first, 0.01) * (width - 1))
        ticks[at] = "+"
        ends.append((at, str(year)))
    for at, text in ends:
        room = range(max(0, at - 1), min(width, at + len(text) + 1))
        if at + len(text) <= width and all(labels[i] == " " for i in room):
            labels[at : at + len(text)] = list(text)
    pad = " " * LABEL
    return [f"{pad} +-{''.join(ticks)}", f"{pad}   {''.join(labels)}".rstrip()]


def render_prices(offers: Sequence[Offer], marks: Sequence[str], style: Style) -> list[str]:
    """Every observation by condition, oldest first; ``marks`` are their source numbers."""
    if not offers:
        return []
    pairs = sorted(
        zip(offers, marks, strict=True), key=lambda p: (p[0].condition, p[0].date, p[0].vendor)
    )
    rows = [_price_row(offer, mark) for offer, mark in pairs]
    heads = ["Prices", "seen", "typical", "range", "standing", "", "vendor"]
    widths = [max(width_of(row[i]) for row in [heads, *rows]) for i in range(6)]
    room = max(10, style.width - sum(widths) - 2 * 6)
    lines = []
    for index, row in enumerate([heads, *rows]):
        cells = [
            right(cell, width) if i in (2, 3) else left(cell, width)
            for i, (cell, width) in enumerate(zip(row[:6], widths, strict=True))
        ]
        parts = wrap(row[6], room)
        text = "  ".join([*cells, parts[0]])
        lines.append(style.title(text) if index == 0 else text)
        lines += [" " * (style.width - room) + part for part in parts[1:]]
    return lines


def _price_row(offer: Offer, mark: str) -> list[str]:
    money = usd if offer.currency == "USD" else number
    spread = ""
    if offer.low != offer.high:
        spread = f"{number(offer.low)}{TO}{number(offer.high)}"
    unit = "" if offer.currency == "USD" else f"{offer.currency} "
    return [
        offer.condition,
        offer.date,
        unit + money(offer.typical),
        spread,
        "estimate" if offer.estimated else offer.confidence,
        mark,
        clean(offer.vendor),
    ]
