"""One catalog entry: every figure with its source, and its prices over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from optimizer.report.quantity import number, usd
from optimizer.report.style import Style, clean, left, right, wrap
from optimizer.report.table import render_table
from optimizer.schema.base import Source, Sourced
from optimizer.schema.offer import Offer

OWN = ("id", "name", "aliases", "notes", "sources", "estimated")
"""Fields that are told in words rather than in a row."""
KEY, VALUE = 28, 26


def render_entry(
    record: Sourced,
    kind: str,
    sources: Mapping[str, Source],
    offers: Sequence[Offer],
    place: str,
    style: Style,
) -> str:
    """The whole entry as text. ``place`` is where it stands (file:line)."""
    used: list[str] = []
    body = []
    for field in type(record).model_fields:
        if field not in OWN:
            body += _field(record, field, used, style)
    heading = [style.title(f"{clean(record.name)}"), f"{kind} {record.id}, {clean(place)}"]
    if record.aliases:
        heading += wrap("also called " + ", ".join(map(clean, record.aliases)), style.width)
    if record.notes:
        heading += wrap(clean(record.notes), style.width)
    prices = render_prices(offers, used, style)
    return style.page([heading, body, prices, _sources(used, sources, style)])


def _field(record: Sourced, field: str, used: list[str], style: Style) -> list[str]:
    reference = record.sources.get(field) or record.sources.get("default", "")
    estimated = any(e.split(".")[0] == field for e in record.estimated)
    mark = f"[{_number_of(reference, used)}]" if reference else ""
    tail = "  " + left("estimate" if estimated else "", 9) + mark
    room = style.width - KEY - len(tail) - 2
    parts = wrap(plain(getattr(record, field)), max(VALUE, room))
    first = f"  {left(clean(field), KEY)}"
    lines = [first + left(parts[0], max(VALUE, room)) + (style.paint(tail, "dim"))]
    return lines + [" " * (KEY + 2) + part for part in parts[1:]]


def plain(value: Any) -> str:
    """A value as people read it; what is not known says so."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return number(value) if value == int(value) else f"{value:,.6g}"
    if isinstance(value, BaseModel):
        fields = {k: v for k, v in value.__dict__.items() if v is not None}
        return ", ".join(f"{clean(k)} {plain(v)}" for k, v in fields.items())
    if isinstance(value, dict):
        return ", ".join(f"{clean(k)} {plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        separator = "; " if any(isinstance(v, BaseModel) for v in value) else ", "
        return separator.join(plain(v) for v in value) or "none"
    return clean(value)


def _number_of(reference: str, used: list[str]) -> int:
    if reference not in used:
        used.append(reference)
    return used.index(reference) + 1


def render_prices(offers: Sequence[Offer], used: list[str], style: Style) -> list[str]:
    """Every observation by condition, oldest first."""
    if not offers:
        return []
    rows = []
    for offer in sorted(offers, key=lambda o: (o.condition, o.date, o.vendor)):
        money = usd if offer.currency == "USD" else number
        spread = "" if offer.low == offer.high else f"{money(offer.low)} to {money(offer.high)}"
        price = money(offer.typical)
        if offer.currency != "USD":
            price = f"{offer.currency} {price}"
        rows.append(
            [
                offer.condition,
                offer.date,
                price,
                spread,
                "estimate" if offer.estimated else offer.confidence,
                offer.vendor,
                f"[{_number_of(offer.source, used)}]",
            ]
        )
    heads = ["Prices", "seen", "typical", "range", "standing", "vendor", "source"]
    numbers = [False, False, True, True, False, False, False]
    return render_table(heads, rows, style, numbers, soft="vendor")


def _sources(used: Sequence[str], sources: Mapping[str, Source], style: Style) -> list[str]:
    lines = [style.title("Sources")] if used else []
    for index, reference in enumerate(used, start=1):
        key, _, where = reference.partition("#")
        source = sources.get(key)
        if source is None:
            text = clean(key)
        else:
            parts = [source.title, source.publisher, source.date, where]
            text = ", ".join(clean(p) for p in parts if p) + f" ({source.confidence} confidence)"
        lead = right(f"[{index}]", 6) + " "
        pieces = wrap(text, style.width - len(lead))
        lines += [lead + pieces[0]] + [" " * len(lead) + more for more in pieces[1:]]
        if source is not None and source.url:
            lines += [" " * len(lead) + part for part in wrap(clean(source.url), style.width - 7)]
    return lines
