"""Why nothing fits, and the smallest changes that would make it fit."""

from __future__ import annotations

from optimizer.report.style import Style, clean, left, width_of, wrap
from optimizer.schema.build import Explanation, Repair, Result

RULE = 14
WORDS = {
    "budget_usd": "budget",
    "max_tco_usd": "cap on TCO",
    "heat_removal_w": "heat that the room removes",
    "liquid_removal_w": "heat that the water removes",
    "noise_limit_dba": "noise limit",
    "max_ttft_s": "time to first token",
    "min_tok_s": "tok/s asked of the build",
    "min_tok_s_per_user": "tok/s asked per user",
    "memory_per_vram": "system memory per accelerator memory",
}
"""Last key of a path -> how people call it."""


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
        title += "; without any one of them there is a build"
    elif explanation.irreducible:
        title = "This limit cannot hold; without it there is a build"
    lines = [style.title(line) for line in wrap(title, style.width)]
    for item in explanation.conflict:
        lines += _row(clean(item.rule), clean(item.statement), style)
    return lines


def render_repairs(explanation: Explanation, style: Style) -> list[str]:
    """One change each that restores feasibility."""
    if not explanation.repairs:
        return []
    title = "Any one of these changes would make it fit"
    if len(explanation.repairs) == 1:
        title = "This change would make it fit"
    lines = [style.title(title)]
    for repair in explanation.repairs:
        lines += _row(clean(repair.rule), _change(repair), style)
    return lines


def _change(repair: Repair) -> str:
    key = repair.path.rpartition(".")[2]
    what = WORDS.get(key, clean(key).replace("_", " "))
    unit = f" {clean(repair.unit)}" if repair.unit else ""
    return f"{what} {clean(repair.before)} → {clean(repair.after)}{unit}"


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
