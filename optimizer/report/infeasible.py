"""Why nothing fits, and the smallest changes that would make it fit."""

from __future__ import annotations

from optimizer.report import quantity as q
from optimizer.report.style import TIMES, Style, clean, clip, left, width_of, wrap
from optimizer.schema.build import Changed, Explanation, Repair, Result

RULE = 14
PASTE = 28
"""Columns for what to paste."""
OUTCOME = 30
"""Columns that what comes of it needs at least."""


def render_infeasible(result: Result, style: Style) -> list[str]:
    """The verdict in one line."""
    status = "proven infeasible"
    lead = "No build satisfies this request"
    gap = " " * max(2, style.width - len(lead) - len(status))
    return [style.title(lead) + gap + style.paint(status, "bad")]


def render_conflict(explanation: Explanation, style: Style) -> list[str]:
    """The rules that cannot hold together."""
    if not explanation.conflict:
        text = (
            "No serving layout of the accelerators admitted carries this workload, whatever the"
            " limits. --explain says what was left out; ask for fewer users, a shorter context,"
            " other weight formats or engines."
        )
        return wrap(text, style.width)
    title = "These limits cannot hold together"
    if explanation.irreducible and len(explanation.conflict) > 1:
        title += "; any one of them less and they could"
    elif explanation.irreducible:
        title = "This limit cannot hold, whatever the others"
    lines = [style.title(line) for line in wrap(title, style.width)]
    for item in explanation.conflict:
        lines += _row(clean(item.rule), clean(item.statement), style)
    return lines


def render_repairs(explanation: Explanation, style: Style) -> list[str]:
    """The smallest changes that restore feasibility, a line each; or that there are none."""
    if not explanation.conflict:
        return []
    lines = []
    if explanation.repairs:
        title = "Smallest changes, each alone, and the best build with it"
        lines = [style.title(line) for line in wrap(title, style.width)]
        for repair in explanation.repairs:
            lines += change_lines(repair, _outcome(repair), style)
    elif explanation.complete:
        text = "No change of one of these limits alone makes it fit."
        lines = wrap(text, style.width)
    if not explanation.complete:
        text = "Not every change could be tried in time; --time-limit gives it longer."
        lines += [style.paint(line, "warn") for line in wrap(text, style.width)]
    return lines


def change_lines(change: Changed, text: str, style: Style) -> list[str]:
    """What to paste, and what comes of it: on one line where there is room, else on two."""
    flag = paste(change)
    width = max(PASTE, width_of(flag))
    room = style.width - width - 4
    if room >= OUTCOME:
        lead = "  " + style.paint(left(flag, width), "accent") + "  "
        return [lead + clip(text, room)]
    return ["  " + style.paint(flag, "accent"), "    " + clip(text, style.width - 4)]


def paste(change: Changed) -> str:
    """The flag, or where a file says it."""
    if change.flag is not None:
        return clean(change.flag)
    value = change.after
    if isinstance(value, bool):
        return f"{clean(change.path)}: {str(value).lower()}"
    text = f"{value:.12g}" if isinstance(value, int | float) else clean(value)
    return f"{clean(change.path)}: {text}"


def _outcome(repair: Repair) -> str:
    """Price and speed first, for the name of the card may be cut short."""
    build = repair.build
    if build is None:
        return ""
    cards = f"{build.accelerators} {TIMES} {clean(build.accelerator_name)}"
    return f"{q.usd(build.capex_usd)}, {q.three(build.output_tok_s)} tok/s: {cards}"


def _row(label: str, text: str, style: Style) -> list[str]:
    lead = "  " + left(label, RULE) + "  "
    parts = wrap(text, max(20, style.width - width_of(lead)))
    return [lead + parts[0]] + [" " * width_of(lead) + more for more in parts[1:]]


def render_unknown(result: Result, style: Style) -> list[str]:
    """Time ran out, or somebody stopped it, before there was a build or a proof."""
    if result.interrupted:
        text = "Interrupted before a build was found; nothing is proven either way."
    else:
        limit = result.timings.time_limit_s
        text = (
            f"No build found within {limit:g} s, and none is proven impossible."
            " Give it longer with --time-limit, or ask for less:"
            " fewer nodes, named accelerators, one engine."
        )
    return [style.paint(line, "warn") for line in wrap(text, style.width)]
