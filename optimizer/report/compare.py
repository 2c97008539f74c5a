"""Answers side by side, as a table of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.style import MINUS, TIMES, Style, clean, left, right, width_of, wrap

LABEL = 20
NARROWEST, WIDEST = 13, 28
GAP = 2
MOST_CHANGES = 8
OBJECTIVES = {
    "throughput": "highest throughput",
    "speed": "highest speed per user",
    "tco": "lowest total cost of ownership",
    "capex": "lowest purchase price",
    "cost-per-token": "lowest cost per token",
}
Column = Mapping[str, Any]


def render_comparison(
    document: Mapping[str, Any], style: Style, names: Mapping[str, str] | None = None
) -> str:
    """The whole comparison as text. ``names`` gives LLMs (by id) the names people know."""
    columns: Sequence[Column] = document["variants"]
    longest = max(width_of(clean(column["label"])) for column in columns)
    narrowest = max(NARROWEST, min(WIDEST, longest))
    room = max(1, (style.width - LABEL) // (narrowest + GAP) - 1)
    first, rest = columns[0], columns[1:]
    groups = [rest[i : i + room] for i in range(0, len(rest), room)] or [[]]
    tables = [_table(document["by"], [first, *group], style) for group in groups]
    return style.page(
        [
            _title(document, style, names or {}),
            *tables,
            _verdict(document, style),
            _unsolved(document, style),
            *(_changes(column, first, style) for column in rest),
        ]
    )


def _title(document: Mapping[str, Any], style: Style, names: Mapping[str, str]) -> list[str]:
    request = document["variants"][0]["result"]["request"]
    llms = {c["result"]["request"]["workloads"][0]["llm"] for c in document["variants"]}
    served = (
        ", ".join(clean(names.get(i, i)) for i in sorted(llms)) + " · " if len(llms) == 1 else ""
    )
    years = request["finance"]["horizon_years"]
    text = f"{served}compared by {document['by']} · {OBJECTIVES[document['objective']]}"
    text += f" · {years:.3g} {'year' if years == 1 else 'years'}"
    return [style.title(line) for line in wrap(text, style.width)]


def _table(by: str, columns: Sequence[Column], style: Style) -> list[str]:
    """A line per figure; ``*`` marks those in which a column differs from the first."""
    width = min(WIDEST, (style.width - LABEL) // len(columns) - GAP)
    lines = [style.title(line) for line in _row(by, [c["label"] for c in columns], width, "")]
    for label, cells, marked in comparison_rows(columns):
        known = [cell for cell in cells if cell]
        mark = "*" if marked and len(set(known)) > 1 else ""
        lines += _row(label, cells, width, mark)
    return [*lines, "* differs from the first column"]


def _row(label: str, cells: Sequence[str], width: int, mark: str) -> list[str]:
    parts = [wrap(clean(cell), width) for cell in cells]
    height = max(len(part) for part in parts)
    lines = []
    for i in range(height):
        head = left(f"{mark or ' '} {label}" if i == 0 else "", LABEL)
        made = [right(part[i] if i < len(part) else "", width + GAP) for part in parts]
        lines.append(head + "".join(made))
    return lines


def comparison_rows(columns: Sequence[Column]) -> list[tuple[str, list[str], bool]]:
    """(label, cells, whether differences are marked)."""

    def row(label: str, text: Any, marked: bool = True) -> tuple[str, list[str], bool]:
        return label, [text(c) if "capex_usd" in c else "" for c in columns], marked

    def money(key: str) -> Any:
        return lambda c: q.amount(c[key])

    items = dict.fromkeys(item for c in columns for item in c.get("lines", {}))
    rows = [
        ("status", [_status(c) for c in columns], True),
        row("build", _headline),
        row("host", lambda c: c["host"]),
        row("condition", lambda c: c["condition"]),
        row("weights", lambda c: format_name(c["weight_format"])),
        row("capex, $", money("capex_usd")),
    ]
    rows += [row(f"  {item}", lambda c, i=item: q.amount(c["lines"].get(i, 0))) for item in items]
    rows += [
        row("TCO, $", money("tco_usd")),
        row("  discounted", money("tco_discounted_usd")),
        row("tok/s", lambda c: q.three(c["output_tok_s"])),
        row("tok/s per user", lambda c: q.three(c["tok_s_per_user"])),
        row("$ per M tokens", _per_million),
        row("expected failures", lambda c: q.three(c["expected_failures"])),
        row("months unwarranted", lambda c: _months(c.get("months_without_warranty"))),
    ]
    rows += [
        (f"vs first: {label}", [_delta(c, key) for c in columns], False)
        for label, key in (("capex", "capex_usd"), ("TCO", "tco_usd"), ("tok/s", "output_tok_s"))
    ]
    return [r for r in rows if any(r[1])]


def _status(column: Column) -> str:
    words = {"optimal": "optimal", "infeasible": "nothing fits", "feasible": "not proven"}
    return words.get(column["status"], "no answer yet")


def _headline(column: Column) -> str:
    text = f"{column['accelerators']} {TIMES} {column['accelerator']}"
    return text if column["nodes"] == 1 else f"{text}, {column['nodes']} nodes"


def _per_million(column: Column) -> str:
    value = column["usd_per_million_output_tokens"]
    return "" if value is None else q.amount(value)


def _months(value: float | None) -> str:
    return "not known" if value is None else q.number(value)


def _delta(column: Column, key: str) -> str:
    deltas = column.get("against_baseline")
    return "" if deltas is None or not deltas[key] else signed(deltas[key])


def signed(value: float) -> str:
    """A difference, always with its sign."""
    text = q.amount(value) if abs(value) >= 10 else q.three(value)
    return text if value < 0 else f"+{text}"


def verdict_lines(document: Mapping[str, Any]) -> list[str]:
    """The verdict as sentences, for pages that lay text out themselves."""
    return [line.strip() for line in _verdict(document, Style(width=100_000))]


def _verdict(document: Mapping[str, Any], style: Style) -> list[str]:
    """Which is best, by how much and from which lines; and what would tip it."""
    columns = {c["label"]: c for c in document["variants"]}
    if document["best"] is None:
        return ["None of them has an answer."]
    best = columns[document["best"]]
    goal = OBJECTIVES[document["objective"]]
    if document["next"] is None:
        built = [c for c in columns.values() if "capex_usd" in c]
        one = len(built) == 1
        same = "the only answer" if one else "all come to the same build"
        return wrap(f"Best: {clean(best['label'])} ({goal}); {same}.", style.width)
    other = columns[document["next"]]
    text = f"Best: {clean(best['label'])} ({goal}). Against {clean(other['label'])}:"
    lines = [style.title(line) for line in wrap(text, style.width)]
    speed = round(best["output_tok_s"] - other["output_tok_s"], 2)
    parts = [
        (key, best[field] - other[field])
        for key, field in (("capex", "capex_usd"), ("TCO", "tco_usd"), ("tok/s", "output_tok_s"))
    ]
    told = [f"{key} {signed(value)}" for key, value in parts if round(value, 2)]
    if speed:
        told[-1] += f" ({signed(100 * speed / other['output_tok_s'])} %)"
    lines += _indented(", ".join(told) or "the same costs and throughput", style)
    items = dict.fromkeys([*best["lines"], *other["lines"]])
    shares = [(i, best["lines"].get(i, 0) - other["lines"].get(i, 0)) for i in items]
    told = [f"{item} {signed(usd)}" for item, usd in shares if round(usd)]
    if told:
        lines += _indented(f"the TCO from its lines: {', '.join(told)}", style)
    return lines + _flip(document.get("flip"), style)


def _unsolved(document: Mapping[str, Any], style: Style) -> list[str]:
    """What an interruption left out."""
    names = ", ".join(clean(label) for label in document["not_solved"])
    return wrap(f"Interrupted; not solved: {names}", style.width) if names else []


def _indented(text: str, style: Style) -> list[str]:
    return [f"  {line}" for line in wrap(text, style.width - 2)]


def _flip(found: Mapping[str, Any] | None, style: Style) -> list[str]:
    """The price of used accelerators at which the choice between used and new flips."""
    if found is None:
        return []
    if found["factor"] is None:
        return wrap(f"No price flips the choice: {found['why']}.", style.width)
    other = found["other_build"]
    factor = q.three(found["factor"])
    about = "" if found["exact"] else "about "
    prices = "; ".join(
        f"{clean(p['name'])} {q.usd(p['flip_usd'])} instead of {q.usd(p['today_usd'])}"
        for p in found["prices"]
    )
    verb = "rise to" if found["factor"] > 1 else "fall to"
    text = (
        f"The choice flips where used accelerators (and servers that hold them) {verb} {about}"
        f"{factor} times their price"
    )
    text += f" ({prices})" if prices else ""
    text += (
        f": then {other['accelerators']} {TIMES} {clean(other['accelerator'])}"
        f" ({other['condition']}) wins"
        if other
        else ""
    )
    text += f". All builds, {q.count(found['solves'], 'solve')}."
    return wrap(text, style.width)


def _changes(column: Column, first: Column, style: Style) -> list[str]:
    """What differs in the bill of materials, additions and removals."""
    same = column.get("same_build_as")
    if same is not None:
        return wrap(f"{clean(column['label'])}: the same build as {clean(same)}", style.width)
    changes = column.get("changes") or []
    if not changes:
        return []
    title = f"Bill of materials: {clean(column['label'])} against {clean(first['label'])}"
    lines = [style.title(line) for line in wrap(title, style.width)]
    ordered = sorted(changes, key=lambda c: c["quantity"] < 0)
    for change in ordered[:MOST_CHANGES]:
        sign = "+" if change["quantity"] > 0 else MINUS
        lead = f"  {sign} {abs(change['quantity']):,} {TIMES} "
        text = f"{clean(change['name'])} ({change['condition']})"
        parts = wrap(text, style.width - width_of(lead))
        lines += [lead + parts[0]] + [" " * width_of(lead) + more for more in parts[1:]]
    hidden = len(ordered) - MOST_CHANGES
    return lines + ([f"  and {hidden} more (--json has them all)"] if hidden > 0 else [])
