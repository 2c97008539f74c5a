"""One catalog entry: every figure with its source, and its prices over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from optimizer.report.history import render_history, render_prices
from optimizer.report.quantity import count, number
from optimizer.report.style import Style, clean, left, right, wrap
from optimizer.schema.base import Source, Sourced
from optimizer.schema.offer import CloudRate, Offer

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
    rates: Mapping[str, float] | None = None,
    rented: Sequence[CloudRate] = (),
) -> str:
    """The whole entry as text.

    ``place`` is where it stands (file:line), ``rates`` the dollars per unit of other currencies,
    ``rented`` the cloud rates of the accelerator.
    """
    used: list[str] = []
    body: list[str] = []
    unstated: list[str] = []
    for field in type(record).model_fields:
        if field in OWN:
            continue
        if field not in record.model_fields_set and getattr(record, field) is None:
            unstated.append(field)
        else:
            body += _field(record, field, used, style)
    if unstated:
        lead = "  " + left("not stated", KEY)
        parts = wrap(", ".join(unstated), style.width - len(lead))
        body += [lead + parts[0], *(" " * len(lead) + part for part in parts[1:])]
    heading = [style.title(f"{clean(record.name)}"), f"{kind} {record.id}, {clean(place)}"]
    if record.aliases:
        heading += wrap("also called " + ", ".join(map(clean, record.aliases)), style.width)
    if record.notes:
        heading += wrap(clean(record.notes), style.width)
    marks = [f"[{_number_of(offer.source, used)}]" for offer in offers]
    prices = render_prices(offers, marks, style)
    chart = render_history(offers, rates or {}, style)
    rent = _rented(rented, used, style)
    return style.page([heading, body, prices, chart, rent, _sources(used, sources, style)])


def _field(record: Sourced, field: str, used: list[str], style: Style) -> list[str]:
    value = getattr(record, field)
    stated = field in record.model_fields_set
    reference = record.sources.get(field) or record.sources.get("default", "")
    estimated = any(e.split(".")[0] == field for e in record.estimated)
    known = reference and stated and value is not None
    mark = f"[{_number_of(reference, used)}]" if known else ""
    standing = "estimate" if estimated else "" if stated else "default"
    tail = "  " + left(standing, 9) + mark
    room = style.width - KEY - 2 - 11 - 4
    parts = wrap(plain(value), max(VALUE, room))
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


def _rented(rates: Sequence[CloudRate], used: list[str], style: Style) -> list[str]:
    """What an hour of it costs: from the lowest to the highest rate of each provider."""
    providers: dict[str, list[CloudRate]] = {}
    for rate in sorted(rates, key=lambda r: (r.usd_per_gpu_hour, r.provider)):
        providers.setdefault(rate.provider, []).append(rate)
    if not providers:
        return []
    lines = [style.title(f"Rented by the hour: {count(len(rates), 'rate')}")]
    for provider, held in providers.items():
        low, high = held[0].usd_per_gpu_hour, held[-1].usd_per_gpu_hour
        price = f"${low:,.2f}" if low == high else f"${low:,.2f} to ${high:,.2f}"
        newest = max(rate.date for rate in held)
        marks = "".join(dict.fromkeys(f"[{_number_of(r.source, used)}]" for r in held))
        text = f"  {left(clean(provider), KEY)}{left(price, 18)}{newest}  {marks}"
        lines += [text] if len(text) <= style.width else wrap(text, style.width)
    return lines


def _sources(used: Sequence[str], sources: Mapping[str, Source], style: Style) -> list[str]:
    lines = [style.title("Sources")] if used else []
    for index, reference in enumerate(used, start=1):
        key, _, where = reference.partition("#")
        source = sources.get(key)
        if source is None:
            text = clean(key)
        else:
            parts = [source.title, source.publisher, source.date, where and f"#{where}"]
            text = ", ".join(clean(p) for p in parts if p) + f" ({source.confidence} confidence)"
        lead = right(f"[{index}]", 6) + " "
        pieces = wrap(text, style.width - len(lead))
        lines += [lead + pieces[0]] + [" " * len(lead) + more for more in pieces[1:]]
        if source is not None and source.url:
            lines += [" " * len(lead) + part for part in wrap(clean(source.url), style.width - 7)]
    return lines
