"""Owning against renting, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.compare import signed
from optimizer.report.style import TIMES, Style, clean, left, right, wrap
from optimizer.report.table import render_table

MOST_CLOUDS = 6
HEIGHT = 12
AXIS = 11
BILLINGS = {
    "always_on": "always on",
    "busy_hours": "busy hours",
    "by_request": "by request",
    "api": "API",
}
MARKS = {"own": "o", "always_on": "r", "busy_hours": "b", "by_request": "q", "api": "a"}
MATCHES = {
    "throughput": "the throughput of the build",
    "speed": "the speed per user of the build",
    "targets": "what was asked for, as the build was chosen by cost",
    "load": "the mean load over all hours, spread evenly",
}


def render_rent(
    document: Mapping[str, Any], style: Style, names: Mapping[str, str] | None = None
) -> str:
    """The whole comparison as text. ``names`` gives LLMs (by id) the names people know."""
    sections = [_question(document, style, names or {}), _clouds(document, style)]
    if document["plans"]:
        sections += [_plans(document, style), _chart(document, style)]
    return style.page([*sections, _notes(document, style)])


def _question(document: Mapping[str, Any], style: Style, names: Mapping[str, str]) -> list[str]:
    own, work = document["own"], document["result"]["request"]["workloads"][0]
    title = f"{clean(names.get(work['llm'], work['llm']))}: own or rent?"
    text = (
        f"Own: {own['accelerators']} {TIMES} {clean(own['accelerator'])},"
        f" {q.three(own['output_tok_s'])} tok/s, {q.usd(own['capex_usd'])} to buy,"
        f" {q.usd(own['running_usd_per_month'])} a month to run,"
        f" {q.usd(own['resale_usd'])} back after {_years(own['horizon_years'])};"
        f" TCO {q.usd(own['tco_usd'])}."
    )
    need = document["need"]
    rent = f"Rent: {MATCHES[document['match']]}"
    rent += f" ({q.three(need['output_tok_s'])} tok/s)" if need["output_tok_s"] else ""
    rent += f", at least {q.three(need['tok_s_per_user'])} tok/s per user"
    rent += f" for {q.count(work['concurrency'], 'user')}."
    return [
        *(style.title(line) for line in wrap(title, style.width)),
        *wrap(text, style.width),
        *wrap(rent, style.width),
    ]


def _years(years: float) -> str:
    return f"{years:.3g} {'year' if years == 1 else 'years'}"


def _clouds(document: Mapping[str, Any], style: Style) -> list[str]:
    """The cheapest rate of each accelerator, the cheapest capacity first."""
    clouds = document["clouds"]
    if not clouds and not document["not_rented"]:
        return wrap(
            "The catalog has no rate for this: optimize catalog import cloud takes price lists.",
            style.width,
        )
    if not clouds:
        return ["No rented accelerator serves this."]
    heads = ("Cheapest to rent", "GPUs", "tok/s", "$/GPU-h", "$/month", "busy hrs", "months")
    lines: list[str] = []
    rows = []
    for entry in clouds[:MOST_CLOUDS]:
        busy = entry["usd_per_month_busy_hours"]
        rows.append(
            (
                entry["name"],
                f"{entry['accelerators']}",
                q.three(entry["output_tok_s"]),
                q.number(entry["usd_per_gpu_hour"], 2),
                q.amount(entry["usd_per_month_always_on"]),
                "" if busy is None else q.amount(busy),
                _months(entry["break_even_months"]),
            )
        )
    table = render_table(heads, rows, style, [False] + [True] * 6, soft="Cheapest to rent")
    lines.append(table[0])
    for line, entry in zip(table[1:], clouds, strict=False):
        lines += [line, *(f"  {part}" for part in wrap(_terms(entry), style.width - 2))]
    hidden = len(clouds) - MOST_CLOUDS
    if hidden > 0:
        lines.append(f"and {q.count(hidden, 'more accelerator')} (--json has them all)")
    meaning = "months: simple break-even, capex / rent always on; running costs left out"
    return lines + wrap(meaning, style.width)


def _terms(entry: Mapping[str, Any]) -> str:
    """Provider, term, date and layout of a rate."""
    stale = " (old)" if entry["stale"] else ""
    tensor, pipeline, replicas = entry["layout"]
    parts = [
        f"{clean(entry['provider'])}, {clean(entry['term'])}, {clean(entry['date'])}{stale}",
        f"{q.count(entry['instances'], 'instance')} of {entry['per_instance']}",
        f"{format_name(entry['weight_format'])}, tensor {tensor}"
        + (f", pipeline {pipeline}" if pipeline > 1 else "")
        + (f", {replicas} replicas" if replicas > 1 else ""),
    ]
    return " · ".join(parts) + (f" · {clean(entry['notes'])}" if entry["notes"] else "")


def _months(value: float | None) -> str:
    return "never" if value is None else q.number(value, 1)


def _plans(document: Mapping[str, Any], style: Style) -> list[str]:
    """Break-even, present value and return against the cheapest capacity."""
    own, title = document["own"], "Owning instead of"
    if document["clouds"]:
        cheapest = document["clouds"][0]
        title += f" renting {cheapest['accelerators']} {TIMES} {clean(cheapest['name'])}"
        title += f" from {clean(cheapest['provider'])}"
    if document["api"] is not None:
        title += f"{', or' if document['clouds'] else ''} paying an API"
    title += f", over {_years(own['horizon_years'])}"
    heads = ("Rent billed", "$/month", "rent, $", "own, $", "simple", "full", "NPV, $", "IRR")
    rows = [
        (
            BILLINGS[plan["billing"]],
            q.amount(plan["usd_per_month"]),
            q.amount(plan["rent_usd"]),
            q.amount(plan["own_usd"]),
            _months(plan["break_even_simple_months"]),
            _months(plan["break_even_full_months"]),
            signed(plan["npv_usd"]),
            "none" if plan["irr"] is None else q.percent(plan["irr"]),
        )
        for plan in document["plans"]
    ]
    lines = [style.title(line) for line in wrap(title, style.width)]
    lines += render_table(heads, rows, style, [False] + [True] * 7)
    meaning = (
        "simple, full: break-even in months, without and with running costs. NPV at"
        f" {q.percent(own['discount_rate'])} and IRR: buying now against going on to rent, resale"
        " in the last month."
    )
    return (
        lines
        + wrap(meaning, style.width)
        + [style.title(line) for line in wrap(crossover_text(document), style.width)]
    )


def crossover_text(document: Mapping[str, Any]) -> str:
    """From which utilisation on owning wins."""
    own, found = document["own"], document["crossover"]
    if found is None:
        plan = document["plans"][0]
        wins = "Owning" if plan["own_usd"] <= plan["rent_usd"] else "Renting"
        return f"{wins} is cheaper over {_years(own['horizon_years'])}."
    words = {"busy_share": "renting by the hour", "api_share": "the API"}
    told = [_side(own, found[key], other) for key, other in words.items() if key in found]
    api = document["api"]
    if api is not None and api["break_even_factor"] is not None:
        told.append(f"The API breaks even at {q.three(api['break_even_factor'])} times its price.")
    return " ".join(told)


def _side(own: Mapping[str, Any], share: float | None, other: str) -> str:
    if share is None:
        return f"{other[0].upper()}{other[1:]} wins even if busy all the time."
    if share == 0:
        return f"Against {other} owning wins however little it is busy."
    here = other if own["duty"] < share else "owning"
    return (
        f"Owning wins above {q.percent(share)} busy, {other} below; at"
        f" {q.percent(own['duty'])}, as asked, {here} wins (resale counted, nothing discounted)."
    )


def _chart(document: Mapping[str, Any], style: Style) -> list[str]:
    """Paid so far, by month: a letter per curve, the one drawn last on top."""
    curves = document["curves"]
    names = [name for name in MARKS if name in curves]
    top = max(max(curves[name]) for name in names) or 1.0
    width = style.width - AXIS - 1
    cells = [[" "] * width for _ in range(HEIGHT)]
    for name in reversed(names):
        _draw(cells, curves[name], top, MARKS[name])
    labels = {0: top, HEIGHT // 2: top * (HEIGHT - 1 - HEIGHT // 2) / (HEIGHT - 1), HEIGHT - 1: 0.0}
    words = {"own": "own"} | {key: f"rent {text}" for key, text in BILLINGS.items()}
    words["api"] = "API"
    legend = ", ".join(f"{MARKS[name]} {words[name]}" for name in names)
    title = f"Paid so far, $ ({legend}; resale not counted)"
    lines = [style.title(line) for line in wrap(title, style.width)]
    for index, row in enumerate(cells):
        label = q.number(labels[index]) if index in labels else ""
        lines.append(right(label, AXIS - 1) + " |" + "".join(row).rstrip())
    last = f"month {curves['month'][-1]}"
    axis = left("month 0", width - len(last)) + last
    return [*lines, " " * (AXIS + 1) + axis]


def _draw(cells: list[list[str]], curve: Sequence[float], top: float, mark: str) -> None:
    width, last = len(cells[0]), len(curve) - 1
    for x in range(width):
        at = x * last / max(1, width - 1)
        low = min(int(at), max(0, last - 1))
        value = curve[low] + (curve[min(last, low + 1)] - curve[low]) * (at - low)
        y = HEIGHT - 1 - round(value / top * (HEIGHT - 1))
        cells[y][x] = mark


def _options(document: Mapping[str, Any]) -> list[str]:
    """What was added to the rents, and what the API is paid for."""
    notes, api = [], document["api"]
    if api is not None:
        notes.append(
            f"API: {q.three(api['million_output_tokens_per_month'])} million output and"
            f" {q.three(api['million_input_tokens_per_month'])} million input tokens a month at"
            f" {q.usd(api['output_usd_per_million'])} and {q.usd(api['input_usd_per_million'])}"
        )
    if document["egress_usd_per_month"]:
        notes.append(f"traffic: {q.usd(document['egress_usd_per_month'])} a month on every rent")
    committed = document["plans"][0]["committed_months"] if document["plans"] else 0
    if committed:
        notes.append(
            f"a commitment of {committed} months keeps its price, is renewed until the horizon ends"
            " and paid out beyond it"
        )
    return notes


def _notes(document: Mapping[str, Any], style: Style) -> list[str]:
    """What the figures rest on."""
    change = document["rent_change"]
    rents = f"rents change by {q.percent(change)} a year" if change else "rents stay as they are"
    notes = [
        f"{rents}; no tax or storage is added to them; some providers rent whole servers only",
        "busy hours: instances are given back when idle, at"
        f" {q.percent(document['own']['duty'])} of the hours (--duty); by request: billed at the"
        " same rate while they serve the build's tokens at their full throughput",
        *_options(document),
    ]
    marks = [("·", note) for note in notes]
    old = [c for c in document["clouds"][:MOST_CLOUDS] if c["stale"]]
    if old:
        names = ", ".join(f"{clean(c['provider'])} {clean(c['date'])}" for c in old)
        marks.append(("!", f"rates older than 6 months on {document['today']}: {names}"))
    missing = document["not_rented"]
    if missing:
        names = ", ".join(clean(m["name"]) for m in missing)
        marks.append(
            ("·", f"have a rate, but cannot serve this within instances of up to 8: {names}")
        )
    band = document["result"]["build"]["performance"]["error_band_pct"]
    marks.append(
        ("!", f"speeds are predictions, within ±{q.number(band)} % in 8 of 10 comparisons")
    )
    lines = []
    for mark, note in marks:
        parts = wrap(note, style.width - 2)
        lines += [f"{mark} {parts[0]}", *(f"  {more}" for more in parts[1:])]
    return lines
