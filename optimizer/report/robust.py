"""The robust choice on one page: what it costs in bad markets, and how often it is the best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.style import TIMES, Style, clean, wrap
from optimizer.report.table import render_table

MEASURES = {"worst": "worst case", "p90": "90th percentile"}
NAMES = {"tco": "total cost of ownership", "capex": "purchase price"}
MOST = 8


def render_robust(
    document: Mapping[str, Any], style: Style, names: Mapping[str, str] | None = None
) -> str:
    """The whole page. ``names`` gives LLMs (by id) the names people know."""
    if document["chosen"] is None:
        told = "No build keeps its limits in so many of the samples."
        return style.page([_title(document, style, names or {}), wrap(told, style.width)])
    return style.page(
        [
            _title(document, style, names or {}),
            _verdict(document, style),
            _table(document, style),
            _notes(document, style),
        ]
    )


def _title(document: Mapping[str, Any], style: Style, names: Mapping[str, str]) -> list[str]:
    work = document["result"]["request"]["workloads"][0]
    text = (
        f"{clean(names.get(work['llm'], work['llm']))}: lowest {MEASURES[document['measure']]}"
        f" of the {NAMES[document['objective']]} over {document['samples']} samples of prices"
    )
    return [style.title(line) for line in wrap(text, style.width)]


def _name(build: Mapping[str, Any]) -> str:
    text = f"{build['accelerators']} {TIMES} {clean(build['accelerator'])}"
    nodes = "" if build["nodes"] == 1 else f", {build['nodes']} nodes"
    return f"{text} in {clean(build['host'])}{nodes}"


def _verdict(document: Mapping[str, Any], style: Style) -> list[str]:
    """Which build, what is proven, and what today's prices would have chosen."""
    builds, samples = document["builds"], document["samples"]
    best = builds[0]
    today = None if document["today"] is None else builds[document["today"]]
    field = f"{document['measure']}_usd"
    lines = [
        style.title(line)
        for line in wrap(
            f"Buy {_name(best)}: {q.usd(best[field])} at the {MEASURES[document['measure']]},"
            f" {q.usd(best['typical_usd'])} at today's prices.",
            style.width,
        )
    ]
    if document["proven"]:
        proof = "Proven: no build of the catalog does better over these samples."
    else:
        proof = (
            f"No build of the catalog gets below {q.usd(document['bound_usd'])}; this one is the"
            f" best of the {q.count(len(builds), 'build')} that some sample makes optimal, at most"
            f" {q.percent(document['gap'])} above what any could."
        )
    lines += wrap(proof, style.width)
    regret = (
        f"It is the cheapest in {best['optimal_in']} of {samples} samples; elsewhere it costs up to"
        f" {q.usd(best['greatest_regret_usd'])} more than the best build there (on average"
        f" {q.usd(best['mean_regret_usd'])})."
    )
    lines += wrap(regret, style.width)
    if today is None:
        lines.append("At today's prices nothing fits.")
    elif today is not best:
        spared = "breaks a limit" if today[field] is None else f"costs {q.usd(today[field])}"
        text = f"Today's prices alone would choose {_name(today)}, which {spared} there."
        lines += wrap(text, style.width)
    return lines


def _table(document: Mapping[str, Any], style: Style) -> list[str]:
    heads = ("Build", "tok/s", "today, $", "mean, $", "p90, $", "worst, $", "best in")
    shown = document["builds"][:MOST]
    rows = [
        (
            f"{number}",
            q.three(build["output_tok_s"]),
            *(_money(build[f]) for f in ("typical_usd", "mean_usd", "p90_usd", "worst_usd")),
            f"{build['optimal_in']}/{document['samples']}",
        )
        for number, build in enumerate(shown, start=1)
    ]
    table = render_table(heads, rows, style, [False] + [True] * 6)
    lines = table[:1]
    for line, build in zip(table[1:], shown, strict=True):
        lines += [line, *(f"  {part}" for part in wrap(_name(build), style.width - 2))]
    hidden = len(document["builds"]) - MOST
    return lines + ([f"and {hidden} more (--json has them all)"] if hidden > 0 else [])


def _money(value: float | None) -> str:
    return "over" if value is None else q.amount(value)


def _notes(document: Mapping[str, Any], style: Style) -> list[str]:
    moved = document["builds"][0]["priced_by_range"]
    unproven = sum(status not in ("optimal", "infeasible") for status in document["statuses"])
    notes = [
        f"prices are drawn between low and high of their offers, typical the likeliest, correlated"
        f" {document['correlation']:g} inside a class of parts (price_correlation), seed"
        f" {document['seed']}",
        f"{moved['lines']} of the {moved['of']} lines bought have a price with a range; the others"
        " never move",
    ]
    marks = [("·", note) for note in notes]
    if unproven:
        marks.append(("!", f"{q.count(unproven, 'sample')} not solved to proof (--time-limit)"))
    if document["interrupted"]:
        marks.append(("!", "interrupted: fewer samples than asked for"))
    lines = []
    for mark, note in marks:
        parts = wrap(note, style.width - 2)
        lines += [f"{mark} {parts[0]}", *(f"  {more}" for more in parts[1:])]
    return lines
