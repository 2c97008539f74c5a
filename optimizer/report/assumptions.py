"""Money assumptions on one page: default, range, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.style import Style, clean, wrap
from optimizer.report.table import render_table

Entry = Mapping[str, Any]
SHORT = {"new": "new", "refurbished": "refurb.", "used": "used", "owned": "owned"}
LABELS = {
    "support_per_year": "support a year",
    "failures_per_year": "failures a year",
    "age": "age when bought",
    "warranty": "warranty",
}


def render_assumptions(document: Mapping[str, Any], style: Style) -> str:
    """The whole page. ``*`` marks what nobody published."""
    return style.page(
        [
            _requests(document["assumptions"], style),
            *(_cost_class(entry, style) for entry in document["cost_classes"]),
            _sites(document["sites"], style),
            _licences(document["licences"], style),
            _currencies(document["currencies"], style),
            ["* estimated: this catalog's judgement, which every answer lists (--explain)"],
        ]
    )


def _source(entry: Entry, field: str) -> str:
    found = entry["sources"].get(field) or entry["sources"].get("default")
    if found is None:
        return ""
    if found["own_estimate"]:
        return "estimate of this catalog"
    where = f", {clean(found['where'])}" if found["where"] else ""
    return f"{clean(found['title'])} ({clean(found['publisher'])}, {clean(found['date'])}){where}"


def _mark(entry: Entry, field: str) -> str:
    return "*" if field in entry["estimated"] else ""


def _figure(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,g}"


def _requests(entries: Sequence[Entry], style: Style) -> list[str]:
    """Defaults of a request, each with its range, unit and sources."""
    heads = ("Where a request says nothing", "default", "range", "unit")
    rows = []
    for entry in entries:
        spread = ""
        if entry["low"] is not None and entry["high"] is not None:
            low, high = (f"{_figure(entry[f])}{_mark(entry, f)}" for f in ("low", "high"))
            spread = f"{low} to {high}"
        default = f"{_figure(entry['default'])}{_mark(entry, 'default')}"
        rows.append((entry["key"], default, spread, entry["unit"]))
    lines = []
    table = render_table(heads, rows, style, [False, True, True, False], soft="unit")
    for line, entry in zip(table[1:], entries, strict=True):
        lines += [line, *_told(entry, style)]
    return [table[0], *lines]


def _told(entry: Entry, style: Style) -> Iterator[str]:
    """What it means, its notes, and where its figures come from."""
    texts = [entry["name"] + (f". {entry['notes']}" if entry["notes"] else "")]
    sources = {_source(entry, field) for field in entry["sources"]}
    texts += [f"Source: {text}" for text in sorted(sources)]
    for text in texts:
        yield from (f"    {line}" for line in wrap(clean(text), style.width - 4))


def _cost_class(entry: Entry, style: Style) -> list[str]:
    """Rates of one class of parts, by condition, and its resale by age."""
    heads = (entry["name"], *SHORT.values())
    rows = []
    for field, label in LABELS.items():
        held = entry[field]
        shown = ["not known"] * 4 if held is None else [_rate(field, held[c]) for c in SHORT]
        rows.append((f"  {label}{_mark(entry, field)}", *shown))
    lines = render_table(heads, rows, style, [False, True, True, True, True])
    curve = ", ".join(q.percent(share) for share in entry["residual"])
    resale = f"resale of a new part{_mark(entry, 'residual')} after 0, 1, 2, ... years: {curve}"
    lines += [f"  {line}" for line in wrap(resale, style.width - 2)]
    return lines + list(_told({**entry, "name": ", ".join(entry["kinds"])}, style))


def _rate(field: str, value: float) -> str:
    if field in ("age", "warranty"):
        return "none" if value == 0 and field == "warranty" else f"{value:g} y"
    return "none" if value == 0 and field == "support_per_year" else q.percent(value)


def _sites(entries: Sequence[Entry], style: Style) -> list[str]:
    heads = ("Site", "$/kWh", "PUE", "demand $/kW", "colo $/kW", "space $/U")
    rows = [
        (
            entry["id"],
            f"{entry['electricity_usd_per_kwh']:g}{_mark(entry, 'electricity_usd_per_kwh')}",
            f"{entry['pue']:g}{_mark(entry, 'pue')}",
            *(
                f"{entry[field]:g}" if entry[field] else "none"
                for field in (
                    "demand_usd_per_kw_month",
                    "colocation_usd_per_kw_month",
                    "space_usd_per_unit_month",
                )
            ),
        )
        for entry in entries
    ]
    lines = []
    table = render_table(heads, rows, style, [False] + [True] * 5)
    for line, entry in zip(table[1:], entries, strict=True):
        sources = dict.fromkeys(_source(entry, field) for field in entry["sources"])
        lines.append(line)
        for text in sources:
            lines += [f"    {part}" for part in wrap(f"Source: {text}", style.width - 4)]
    return [table[0], *lines, "per month: demand, colocation, space"]


def _licences(entries: Sequence[Entry], style: Style) -> list[str]:
    heads = ("Licence (--licence)", "$/accelerator-year", "for")
    rows = [
        (entry["id"], q.amount(entry["usd_per_accelerator_year"]), entry["vendor"])
        for entry in entries
    ]
    lines = []
    table = render_table(heads, rows, style, [False, True, False])
    for line, entry in zip(table[1:], entries, strict=True):
        lines += [line, *_told(entry, style)]
    return [table[0], *lines] if entries else []


def _currencies(entries: Sequence[Entry], style: Style) -> list[str]:
    heads = ("Currency", "USD", "on", "source")
    rows = [
        (e["currency"], f"{e['usd']:g}{_mark(e, 'usd')}", e["date"], _source(e, "usd"))
        for e in entries
    ]
    return render_table(heads, rows, style, [False, True, False, False], soft="source")
