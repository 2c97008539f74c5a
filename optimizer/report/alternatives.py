"""Nearly as good builds, a paragraph each: what it is, in what it differs, what it trades."""

from __future__ import annotations

from optimizer.catalog.catalog import Catalog
from optimizer.report import quantity as q
from optimizer.report.binding import FALLS, GOALS
from optimizer.report.style import MINUS, TIMES, Style, clean, wrap
from optimizer.schema.alternatives import Alternative, Alternatives


def render_alternatives(found: Alternatives, catalog: Catalog, style: Style) -> str:
    """The best build and those that differ from it, the nearest first."""
    if not found.builds:
        return style.page([wrap(_nothing(found), style.width)])
    best, *others = found.builds
    parts = [[style.title("Best"), *_build(best, found, catalog, style)]]
    for number, one in enumerate(others, start=1):
        head = style.title(f"{number}. Another {_differs(one) or 'build'}")
        parts.append([head, *_build(one, found, catalog, style)])
    parts.append(wrap(_closing(found), style.width))
    return style.page(parts)


def _build(one: Alternative, found: Alternatives, catalog: Catalog, style: Style) -> list[str]:
    build, features = one.build, one.features
    used = build.deployment
    cards = used.accelerators_per_node * build.nodes
    name = clean(catalog.components[used.accelerator].name)
    platform = clean(catalog.components[build.platform].name)
    nodes = q.count(build.nodes, "node")
    text = (
        f"{cards} {TIMES} {name}, {' and '.join(features.condition) or 'owned'}, in {nodes}"
        f" ({platform}): {q.usd(build.costs.capex_usd)} to buy,"
        f" {q.usd(build.costs.tco_usd)} TCO, {q.three(build.performance.output_tok_s)} tok/s,"
        f" {q.watts(build.power.peak_wall_w)}"
    )
    lines = wrap(text, style.width - 2)
    if one.differs:
        lines += [style.paint(line, "accent") for line in wrap(_trade(one, found), style.width - 2)]
    return ["  " + line for line in lines]


def _trade(one: Alternative, found: Alternatives) -> str:
    """What it gives and takes against the best."""
    goal = found.objective.name
    parts = []
    if abs(one.objective_gain) >= 5e-7:
        more = (one.objective_gain > 0) != (goal in FALLS)
        sign = "+" if more else MINUS
        parts.append(f"{sign}{q.percent(abs(one.objective_gain))} {GOALS[goal]}")
    else:
        parts.append(f"the same {GOALS[goal]}")
    for value, what in ((one.extra_capex_usd, "to buy"), (one.extra_tco_usd, "TCO")):
        if abs(value) >= 1 and not (what == "TCO" and goal == "tco"):
            parts.append(f"{'+' if value > 0 else MINUS}{q.usd(abs(value))} {what}")
    if one.extra_peak_w:
        sign = "+" if one.extra_peak_w > 0 else MINUS
        parts.append(f"{sign}{q.watts(abs(one.extra_peak_w))} at peak")
    if abs(one.extra_tok_s_per_user) >= 0.05:
        sign = "+" if one.extra_tok_s_per_user > 0 else MINUS
        parts.append(f"{sign}{q.three(abs(one.extra_tok_s_per_user))} tok/s per user")
    return "Against the best: " + ", ".join(parts)


def _differs(one: Alternative) -> str:
    """``accelerator and kind of platform (barebone)``; empty for what differs in nothing."""
    if not one.differs:
        return ""
    kind = f"kind of platform ({clean(one.features.platform)})"
    shown = {"nodes": "number of nodes", "platform": kind}
    named = [shown.get(word, word) for word in one.differs]
    return ", ".join(named[:-1]) + (" and " if named[:-1] else "") + named[-1]


def _closing(found: Alternatives) -> str:
    share = q.percent(found.within)
    if not found.complete:
        return "Time ran out: there may be more, or nearer ones; --time-limit gives it longer."
    if len(found.builds) == 1:
        return (
            f"Proven: within {share} of it, nothing differs enough in accelerator, vendor,"
            " condition, kind of platform or number of nodes. A larger --within gives up more"
            + (
                "; a smaller --differ asks for less difference."
                if found.least_differences > 1
                else "."
            )
        )
    text = f"Each differs from all before it, and no build that does is better. Within {share}"
    return f"{text} of the best; --within and --differ set how near and how different."


def _nothing(found: Alternatives) -> str:
    if found.status == "infeasible":
        return "No build satisfies this request, proven; optimize with the same flags says why."
    return "No build was found in time; --time-limit gives it longer."
