"""Why nothing fits, and the smallest changes that would make it fit."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.report import quantity as q
from optimizer.report.limit_names import LESS, limit_name, value_name
from optimizer.report.style import TIMES, Style, clean, left, width_of, wrap
from optimizer.schema.build import Result
from optimizer.schema.explanation import (
    Changed,
    Conflict,
    ConflictItem,
    Explanation,
    Refuted,
    RepairBuild,
)
from optimizer.schema.request import Policy, Request

RULE = 14
PASTE = 28
"""Columns for what to paste."""
NOT_SOLVED = "something fits then; which build is best was not worked out in time"
OUTCOME = 30
"""Columns that what comes of it needs at least."""
WHOLE = ("--circuit", "--owned")
"""Flags that add up, or are refused, where they are repeated: a change goes in their place."""
OF_THE_BUILD = ("vram", "memory", "storage", "lanes", "psu")
"""Rules whose other side is what the build itself has, not what somebody allows."""


def render_infeasible(result: Result, style: Style) -> list[str]:
    """The verdict in one line."""
    status = "proven infeasible"
    lead = "No build satisfies this request"
    gap = " " * max(2, style.width - len(lead) - len(status))
    return [style.title(lead) + gap + style.paint(status, "bad")]


def render_conflict(result: Result, style: Style) -> list[str]:
    """What cannot hold together: each conflict in a sentence, then its limits one by one."""
    explanation = result.explanation
    if explanation is None:
        return []
    if not explanation.conflict:
        return [line for text in nothing_to_run_on(result) for line in wrap(text, style.width)]
    conflicts = explanation.conflicts or (
        Conflict(sentence="", items=explanation.conflict, irreducible=explanation.irreducible),
    )
    lines: list[str] = []
    for number, conflict in enumerate(conflicts, start=1):
        if number > 1:
            lines.append("")
        lines += _conflict(conflict, number if len(conflicts) > 1 else 0, style)
    return lines


def _conflict(conflict: Conflict, number: int, style: Style) -> list[str]:
    title = conflict_title(conflict)
    if number:
        title = f"{number}. {title}"
    lines = [style.title(line) for line in wrap(title, style.width)]
    lines += ["  " + part for part in wrap(clean(conflict.sentence), style.width - 2)]
    if len(conflict.items) > 1 or not conflict.sentence:
        if any(item.build is not None for item in conflict.items):
            lines.append("  Without one of them, the build that comes nearest to it would be")
        for item in conflict.items:
            late = conflict.irreducible and item.build is None
            text = "not worked out in time" if late else _without(item)
            lines += _row(limit_name(item.rule, item.path), text, style)
    return lines


def conflict_title(conflict: Conflict) -> str:
    """How many limits clash, and whether each of them is needed for it."""
    if conflict.irreducible and len(conflict.items) == 1:
        return "One limit alone rules out every build, even if all others were lifted"
    title = "These limits cannot hold together"
    return f"{title}; without any one of them, the rest could" if conflict.irreducible else title


def nothing_to_run_on(result: Result) -> list[str]:
    """Why no layout serves the workload: accelerators that were left out, else the workload."""
    named = result.request.policy.accelerators
    reasons = {item.component: clean(item.reason) for item in result.excluded}
    lines = [f"{clean(name)} was left out: {reasons[name]}." for name in named if name in reasons]
    if named and len(lines) == len(named):
        what = "The accelerator that was named" if len(named) == 1 else "Every accelerator named"
        return [
            f"{what} was left out before solving, so there is nothing to run on.",
            *lines,
            "Lift that restriction, name another with --accelerator, or leave the flag out.",
        ]
    return [
        "No accelerator that is admitted can serve this workload in any layout, whatever the"
        " limits.",
        *lines,
        "Ask for fewer users (--concurrency), a shorter --context, other formats (--weights,"
        " --kv) or another --engine; --excluded lists the accelerators left out, and why.",
    ]


def _without(item: ConflictItem) -> str:
    """A limit of a conflict, and the build that it alone stands in the way of.

    Its speed is not told: a build that comes nearest to a limit is often not at its fastest.
    """
    if item.build is None:
        return clean(item.statement)
    built = f"{_cards(item.build)}, {q.usd(item.build.capex_usd)}"
    if not item.others_hold:
        built += "; it breaks other limits of yours"
    if item.needed is None or item.allowed is None or not item.unit:
        return built
    needed, allowed = figure(item.needed, item.unit), figure(item.allowed, item.unit)
    if item.rule == "budget":
        return f"{built} (the budget: {allowed})"
    if item.rule in OF_THE_BUILD:
        each = " on each" if item.rule == "vram" and item.build.accelerators > 1 else ""
        return f"{built} (needs {needed}{each}, has {allowed})"
    if item.rule == "ups" and not item.allowed:
        return f"{built} (without one; it draws {needed})"
    if item.rule == "stock":
        return f"{built} (uses {needed}, there are {allowed})"
    asked = "asked for" if item.rule == "targets" else "allowed"
    scope = f"{clean(item.scope)}: " if item.scope else ""
    scope = "TCO: " if item.rule == "lifetime-cost" else scope
    return f"{built} ({scope}{needed}; {asked}: {allowed})"


def figure(value: float, unit: str) -> str:
    """A number with its unit as people read it."""
    if unit == "USD":
        return q.usd(value)
    if unit == "W":
        return q.watts(value)
    if unit == "MiB":
        return f"{q.gib(value)} GiB"
    written = q.number(value) if float(value).is_integer() else q.three(value)
    return f"{written} {clean(unit)}"


def build_text(build: RepairBuild) -> str:
    """``4 x NAME in 2 nodes, $50,000, 612 tok/s``."""
    return f"{_cards(build)}, {q.usd(build.capex_usd)}, {q.three(build.output_tok_s)} tok/s"


def _cards(build: RepairBuild) -> str:
    """``4 x NAME in 2 nodes``."""
    cards = f"{build.accelerators} {TIMES} {clean(build.accelerator_name)}"
    return cards if build.nodes == 1 else f"{cards} in {build.nodes} nodes"


def render_repairs(result: Result, style: Style) -> list[str]:
    """The smallest changes that restore feasibility, a line each; or that there are none."""
    explanation = result.explanation
    if explanation is None or not explanation.conflict:
        return []
    lines = []
    if explanation.repairs:
        title = "Smallest changes, each alone, and the best build with it"
        lines = [style.title(line) for line in wrap(title, style.width)]
        for repair in explanation.repairs:
            lines += change_lines(repair, _outcome(repair.build), style)
    elif explanation.complete:
        lines = wrap(nothing_mends(explanation, result.request), style.width)
    lines += _refuted(explanation, style)
    lines += _combined(explanation, style)
    together = explanation.combined.changes if explanation.combined is not None else ()
    note = in_place((*explanation.repairs, *together))
    lines += wrap(note, style.width) if note else []
    if not explanation.complete:
        text = "Not every change could be tried in time; --time-limit gives it longer."
        lines += [style.paint(line, "warn") for line in wrap(text, style.width)]
    return lines


def in_place(changes: Iterable[Changed]) -> str:
    """Which flags of these changes go in the place of those given; empty where none does."""
    told = [change.flag or "" for change in changes]
    flags = [flag for flag in WHOLE if any(text.startswith(f"{flag} ") for text in told)]
    if not flags:
        return ""
    one = len(flags) == 1
    return (
        f"{' and '.join(flags)} here {'counts' if one else 'count'} all there is: put"
        f" {'it' if one else 'them'} in the place of your own, not beside."
    )


def nothing_mends(explanation: Explanation, request: Request) -> str:
    """That no single change helps; where none together does, which choices were never given up."""
    text = "No change of one of these limits alone makes it fit"
    if explanation.combined is not None:
        return f"{text}."
    policy = request.policy
    choices = {
        "--accelerator": bool(policy.accelerators),
        "--exclude": bool(policy.exclude),
        "--condition": policy.conditions != Policy().conditions,
        "--power-cap": policy.power_cap != "auto",
    }
    kept = [flag for flag, given in choices.items() if given]
    held = f" All of this keeps to {' and '.join(kept)}; without, more may fit." if kept else ""
    return f"{text}, nor do those that were tried together.{held}"


def refuted(explanation: Explanation) -> list[str]:
    """What does not suffice alone, each with how far it was tried."""
    found = (
        value_name(r.path) + ("" if r.tried is None else f" ({_tried(r)})")
        for r in explanation.refuted
    )
    return list(dict.fromkeys(found))  # two kinds of circuits read alike


def _tried(value: Refuted) -> str:
    tried = value.tried
    if isinstance(tried, tuple):
        return "4 bits" if "int4" in tried else ", ".join(map(clean, tried))
    if isinstance(tried, bool):
        return "yes" if tried else "none"
    if isinstance(tried, int | float):
        way = "down" if value.path.rpartition(".")[2] in LESS else "up"
        return f"{way} to {tried:,.12g}"
    return clean(tried)


def _refuted(explanation: Explanation, style: Style) -> list[str]:
    """What does not suffice alone, so that nobody need try it."""
    found = refuted(explanation)
    if not found:
        return []
    lead = "Not enough alone, as far as tried: " if explanation.repairs else "Tried alone: "
    return wrap(f"{lead}{', '.join(found)}.", style.width)


def _combined(explanation: Explanation, style: Style) -> list[str]:
    """What most people would change first, where it is more than one of the changes above."""
    combined = explanation.combined
    if combined is None:
        return []
    proof = "" if combined.proven else " (the best found in time)"
    if len(combined.changes) == 1 and explanation.repairs:
        if len(explanation.repairs) == 1:
            return []
        text = f"Least to give up, by our judgement: {paste(combined.changes[0])}{proof}"
        return wrap(text, style.width)
    title = f"Least to give up, by our judgement: these together{proof}"
    lines = [style.title(title)]
    flags = [paste(change) for change in combined.changes]
    lines += [
        "  " + style.paint(line, "accent") for line in wrap("  ".join(flags), style.width - 2)
    ]
    return [*lines, *("    " + line for line in wrap(_outcome(combined.build), style.width - 4))]


def change_lines(change: Changed, text: str, style: Style) -> list[str]:
    """What to paste, and what comes of it: on one line where there is room, else on two."""
    flag = paste(change)
    width = max(PASTE, width_of(flag))
    room = style.width - width - 4
    if room >= OUTCOME:
        lead = "  " + style.paint(left(flag, width), "accent") + "  "
        first, *more = wrap(text, room)
        return [lead + first, *(" " * (width + 4) + line for line in more)]
    return [
        *("  " + style.paint(line, "accent") for line in wrap(flag, style.width - 2)),
        *("    " + line for line in wrap(text, style.width - 4)),
    ]


def paste(change: Changed) -> str:
    """The flag, or where a file says it."""
    if change.flag is not None:
        return clean(change.flag)
    value = change.after
    if isinstance(value, bool):
        return f"{clean(change.path)}: {str(value).lower()}"
    text = f"{value:.12g}" if isinstance(value, int | float) else clean(value)
    return f"{clean(change.path)}: {text}"


def _outcome(build: RepairBuild | None) -> str:
    """Price and speed first, for the name of the card may be cut short."""
    if build is None:
        return NOT_SOLVED
    return f"{q.usd(build.capex_usd)}, {q.three(build.output_tok_s)} tok/s: {_cards(build)}"


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
