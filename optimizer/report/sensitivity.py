"""Sensitivity as text: a tornado with bars, break points, and chances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.style import MINUS, Style, clean, right, wrap
from optimizer.report.table import render_table

BAR = 20


def render_sensitivity(document: Mapping[str, Any], style: Style) -> str:
    """All that was asked for, one part after another."""
    parts: list[list[str]] = []
    if document.get("tornado") is not None:
        parts.append(_tornado(document["tornado"], style))
    parts += [_breaks(found, style) for found in document.get("break_points", ())]
    if document.get("chance") is not None:
        parts.append(_chance(document["chance"], style))
    return style.page(parts)


def _tornado(found: Mapping[str, Any], style: Style) -> list[str]:
    goal = found["objective"]
    if goal["value"] is None:
        return ["Nothing fits as asked, or it was not proven."]
    title = f"{goal['name']} {q.amount(goal['value'])} {goal['unit']} with {found['build']}"
    lines = [style.title(line) for line in wrap(clean(title), style.width)]
    widest = max((bar["swing"] or 0.0 for bar in found["bars"]), default=0.0) or 1.0
    rows = []
    for bar in found["bars"]:
        length = round(BAR * (bar["swing"] or 0.0) / widest)
        rows.append((
            bar["name"], value_text(bar["now"]), value_text(bar["low"]["at"]),
            value_text(bar["high"]["at"]), change_text(bar["low"]), change_text(bar["high"]),
            "█" * length,
        ))  # fmt: skip
    heads = ("assumption", "now", "low", "high", "at low", "at high", "swing")
    numbers = (False, True, True, True, True, True, False)
    lines += render_table(heads, rows, style, numbers, soft="swing")
    return [*lines, "* another build is best there; - nothing fits or it was not proven"]


def change_text(end: Mapping[str, Any]) -> str:
    """The change of the objective at one end, ``*`` where another build is best there."""
    if end["change"] is None:
        return "-"
    sign = "+" if end["change"] > 0 else ""
    text = q.amount(end["change"]) if abs(end["change"]) >= 10 else q.three(end["change"])
    return f"{sign}{text}{'*' if end['build_changes'] else ''}"


def value_text(value: Any) -> str:
    """A value of an assumption: ``1,234.5``, ``typical``, ``none``."""
    if value is None:
        return "none"
    return f"{value:,.6g}" if isinstance(value, int | float) else clean(str(value))


def _breaks(found: Mapping[str, Any], style: Style) -> list[str]:
    low, high, now = (value_text(found[key]) for key in ("low", "high", "now"))
    span = f"{low} to {high}, now {now}"
    lines = [style.title(f"Where {clean(found['name'])} changes the best build ({span})")]
    if not found["flips"]:
        return [*lines, "  nowhere: the same build is best at both ends"]
    for flip in found["flips"]:
        head = f"  between {value_text(flip['below'])} and {value_text(flip['above'])}: "
        parts = wrap(clean(flip_text(flip)), style.width - 6)
        lines += [head.rstrip(), *(f"      {part}" for part in parts)]
    return lines


def flip_text(flip: Mapping[str, Any]) -> str:
    """Which build takes over from which; where their heads are the same, by which parts."""
    if flip["from"] != flip["to"]:
        return f"from {flip['from'] or 'nothing'} to {flip['to'] or 'nothing'}"
    parts = sorted(flip["changes"], key=lambda change: change["quantity"] < 0)
    told = [
        f"{'+' if change['quantity'] > 0 else MINUS}{abs(change['quantity'])} {change['name']}"
        f" ({change['condition']})"
        for change in parts
    ]
    return f"{flip['from']}: {', '.join(told) or 'another layout'}"


def _chance(found: Mapping[str, Any], style: Style) -> list[str]:
    if not found["samples"]:
        return ["Nothing to sample: the answer as asked is no proven build."]
    title = f"{found['build']} in {q.count(found['samples'], 'sample')} of prices and speed"
    lines = [style.title(line) for line in wrap(clean(title), style.width)]
    return lines + [f"  {name:<30}{right(value, 22)}" for name, value in chance_rows(found)]


def chance_rows(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is likely how much, and the regret."""
    rows = [
        ("meets its speed targets", q.percent(found["meets_targets"])),
        ("stays within budget", q.percent(found["within_budget"])),
        ("both", q.percent(found["meets_all"])),
        ("no other build is better", q.percent(found["stays_best"])),
    ]
    if found["regret_mean"] is not None:
        rows.append(("regret, mean", q.amount(found["regret_mean"])))
        rows.append(("regret, 90th percentile", q.amount(found["regret_p90"])))
    rows.append(("TCO, 10th to 90th percentile",
                 f"{q.usd(found['tco_p10'])} to {q.usd(found['tco_p90'])}"))  # fmt: skip
    return rows
