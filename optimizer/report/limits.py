"""The limits of a build: used and available, in the units people use, with a bar each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from optimizer.report import quantity
from optimizer.report.style import TO, Style, bar, clean, clip, left, right, width_of
from optimizer.schema.build import Build, LimitUse, Plug

TIGHT = 0.95
"""From this share of a limit on, it is called tight."""
ORDER = (
    "vram",
    "targets",
    "lanes",
    "memory",
    "storage",
    "network",
    "psu",
    "circuits",
    "outlets",
    "ups",
    "cooling",
    "airflow",
    "inlet",
    "noise",
    "rack",
    "stock",
    "lifetime-cost",
    "budget",
)
UNITS: dict[str, tuple[Callable[[float], float], str]] = {
    "MiB": (lambda x: x / 1024, "GiB"),
    "W": (lambda x: x / 1000, "kW"),
    "VA": (lambda x: x / 1000, "kVA"),
    "cents": (lambda x: x / 100, "$"),
    "milli-tok/s": (lambda x: x / 1000, "tok/s"),
    "us": (lambda x: x / 1e6, "s"),
    "U/10": (lambda x: x / 10, "U"),
    "kg/10": (lambda x: x / 10, "kg"),
    "C/10": (lambda x: x / 10, "C"),
    "10^-3 of 0 dBA": (quantity.loudness, "dB(A)"),
    "dBA": (float, "dB(A)"),
    "outlets": (float, ""),
    "USD": (float, "$"),
}
"""Units of the document -> conversion and the unit shown; others are shown as they are."""
ROUNDED = ("GiB", "kW", "kVA", "tok/s", "s", "U", "kg")
"""Units shown with three digits; amounts and counts are shown whole."""
LABELS = {
    ("memory", "system memory"): "System memory needed",
    ("storage", "local storage"): "Local storage needed",
    ("network", "network speed"): "Network speed needed",
    ("targets", "time to first token"): "Time to first token",
    ("psu", "supply load for milliseconds"): "Supply load, milliseconds",
    ("noise", "sound energy"): "Noise at 1 m",
    ("noise", "noise at 1 m"): "Noise at 1 m",
    ("budget", "capex"): "Budget",
    ("lifetime-cost", "TCO"): "TCO cap",
}
HIDDEN = {
    "cards and cables without a network",
    "cards per node",
    "cards bought per node",
    "cables per node",
    "modules over full channels",
    "UPS not asked for",
}
"""Bookkeeping of the verifier that says nothing to a person."""
LABEL, FIGURE, UNIT, BAR, NOTE = 28, 9, 6, 18, 8
WIDEST_LABEL = 34
"""Columns that a long name, such as that of a circuit of three phases, may take from the bars."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the section."""

    label: str
    used: str
    available: str
    unit: str
    share: float
    note: str


def render_limits(build: Build, style: Style) -> list[str]:
    """A line per meaningful limit."""
    rows = rows_of(build)
    label = min(WIDEST_LABEL, max([LABEL, *(width_of(row.label) + 2 for row in rows)]))
    head = left("Limits", label) + right("used", FIGURE) + right("of", FIGURE)
    return [style.title(head)] + [_line(row, label, style) for row in rows]


def rows_of(build: Build) -> list[Row]:
    """Rows in the order in which people ask for them; equal circuits together."""
    rank = {rule: i for i, rule in enumerate(ORDER)}
    kept = [u for u in build.limits if u.rule != "compatibility" and u.scope not in HIDDEN]
    kept = [u for u in kept if u.used or u.available]
    kept.sort(key=lambda u: rank.get(u.rule, len(ORDER)))
    rows: list[Row] = []
    for rule, group in groupby(kept, key=lambda u: u.rule):
        uses = list(group)
        if rule == "outlets":  # the fullest circuit speaks for all
            uses = sorted(uses, key=lambda u: -u.used / max(u.available, 0.1))[:1]
        rows += _circuits(uses, build.plug_plan) if rule == "circuits" else map(_row, uses)
    return rows


def _row(use: LimitUse) -> Row:
    convert, unit = UNITS.get(use.unit, (float, clean(use.unit)))
    used, available = convert(use.used), convert(use.available)
    scope = clean(use.scope)
    label = LABELS.get((use.rule, use.scope), scope[:1].upper() + scope[1:])
    if use.rule == "stock":
        label = f"Stock of {scope.partition(':')[0]}"
    share = used / available if available > 0 else 1.0
    write: Callable[[float], str] = quantity.number
    if unit in ("dB(A)", "C"):
        write = _one_digit
    elif unit in ROUNDED and use.unit != "GiB":
        write = quantity.three
    return Row(label, write(used), write(available), unit, share, "")


def _one_digit(value: float) -> str:
    return quantity.number(value, 1)


def _circuits(uses: list[LimitUse], plugs: tuple[Plug, ...]) -> list[Row]:
    """Circuits that carry the same load stand on one line."""
    supplies = {p.circuit: p.supplies for p in plugs}
    rows = []
    for _, group in groupby(uses, key=lambda u: (u.used, u.available, supplies.get(u.scope))):
        members = list(group)
        row, held = _row(members[0]), supplies.get(members[0].scope, 0)
        label = f"Circuit {clean(members[0].scope)}"
        if len(members) > 1:
            label = f"Circuits {_from_to([clean(use.scope) for use in members])}"
        note = "" if not held else f"{held} PSU" if held == 1 else f"{held} PSUs"
        rows.append(Row(label, row.used, row.available, row.unit, row.share, note))
    return rows


def _from_to(names: list[str]) -> str:
    """``30A/240V@a #1-2``, without the feed where they stand on several."""
    kinds = [name.rpartition(" #")[0] for name in names]
    kind = kinds[0] if len(set(kinds)) == 1 else kinds[0].partition("@")[0]
    return f"{kind} #{names[0].rpartition('#')[2]}{TO}{names[-1].rpartition('#')[2]}"


def _line(row: Row, label: int, style: Style) -> str:
    tight = row.share >= TIGHT
    note = row.note or ("tight" if tight else "")
    figures = right(row.used, FIGURE) + right(row.available, FIGURE) + " " + left(row.unit, UNIT)
    room = style.width - label - 2 * FIGURE - UNIT - 2
    cells = bar(row.share, min(BAR, room - NOTE if room >= NOTE + 6 else max(0, room)))
    room -= len(cells)
    tail = f" {clip(note, room - 1)}" if note and room > 4 else ""
    name = "  " + left(clip(row.label, label - 2), label - 2)
    return name + figures + " " + style.paint(cells, "warn" if tight else "good") + tail
