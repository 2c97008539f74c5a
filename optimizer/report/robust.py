"""The robust choice on one page: what it costs in bad markets, and how often it is the best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.style import MINUS, TIMES, Style, clean, wrap
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
        if {document["result"]["status"], *document["statuses"]} == {"infeasible"}:
            told = "Nothing fits at today's prices, nor in any sample, which is proven."
            told += " The same flags after `optimize` alone say why."
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
    first, *rest = robust_verdict(document)
    lines = [style.title(line) for line in wrap(first, style.width)]
    return lines + [
        line for text in (*rest, *regret_lines(document)) for line in wrap(text, style.width)
    ]


def robust_verdict(document: Mapping[str, Any]) -> list[str]:
    """Which build to buy, and what is proven, as sentences."""
    builds = document["builds"]
    best = builds[0]
    told = (
        f"Buy {_name(best)}: {q.usd(best[_field(document)])} at the"
        f" {MEASURES[document['measure']]}, {_today(best)} at today's prices."
    )
    proof = "Proven: no build of the catalog does better over these samples."
    if not document["proven"]:
        proof = (
            f"No build of the catalog gets below {q.usd(document['bound_usd'])}; this one is the"
            f" best of the {q.count(len(builds), 'build')} that some sample makes optimal, at most"
            f" {q.percent(document['gap'])} above what any could."
        )
    return [told, proof]


def regret_lines(document: Mapping[str, Any]) -> list[str]:
    """How often the build is the cheapest, what it costs where not, and what today would choose."""
    builds, samples = document["builds"], document["samples"]
    best = builds[0]
    lines = [
        f"It is the cheapest in {best['optimal_in']} of {samples} samples; elsewhere it costs up to"
        f" {q.usd(best['greatest_regret_usd'])} more than the best build there (on average"
        f" {q.usd(best['mean_regret_usd'])})."
    ]
    today = None if document["today"] is None else builds[document["today"]]
    if today is None:
        lines.append("At today's prices nothing fits.")
    elif today is not best:
        usd = today[_field(document)]
        spared = "breaks a limit" if usd is None else f"costs {q.usd(usd)}"
        lines.append(f"Today's prices alone would choose {_name(today)}, which {spared} there.")
    return lines


def _field(document: Mapping[str, Any]) -> str:
    return f"{document['measure']}_usd"


def _today(build: Mapping[str, Any]) -> str:
    usd = build["typical_usd"]
    return "over a limit" if usd is None else q.usd(usd)


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
        told = [_name(build), other_parts(document["builds"], shown.index(build))]
        parts = [part for text in told if text for part in wrap(text, style.width - 2)]
        lines += [line, *(f"  {part}" for part in parts)]
    hidden = len(document["builds"]) - MOST
    return lines + ([f"and {hidden} more (--json has them all)"] if hidden > 0 else [])


def other_parts(builds: Sequence[Mapping[str, Any]], place: int) -> str:
    """What parts a build has instead of those of an earlier one with the same name; else empty."""
    build = builds[place]
    for earlier in builds[:place]:
        if _name(earlier) == _name(build):
            changes: Counter[tuple[str, str]] = Counter()
            for held, sign in ((earlier, -1), (build, 1)):
                for line in held["bill_of_materials"]:
                    changes[line["name"], line["condition"]] += sign * line["quantity"]
            told = [
                f"{'+' if quantity > 0 else MINUS}{abs(quantity)} {clean(name)} ({condition})"
                for (name, condition), quantity in sorted(changes.items(), key=lambda c: c[1] < 0)
                if quantity
            ]
            number = list(builds).index(earlier) + 1
            return f"against build {number}: {', '.join(told) or 'another layout'}"
    return ""


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
