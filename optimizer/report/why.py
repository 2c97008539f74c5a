"""With ``--why`` and ``--why-not``: what it costs to leave a part out, or to have it in."""

from __future__ import annotations

from optimizer.report import quantity as q
from optimizer.report.binding import FALLS, GOALS
from optimizer.report.infeasible import build_text
from optimizer.report.style import MINUS, Style, clean, wrap
from optimizer.schema.build import Result
from optimizer.schema.explanation import Why


def render_why(result: Result, style: Style) -> list[str]:
    """A paragraph for each part that was asked about."""
    lines: list[str] = []
    for why in result.why:
        lines.append(style.title(why_title(why)))
        lines += ["  " + line for line in wrap(why_text(why, result), style.width - 2)]
    return lines


def why_title(why: Why) -> str:
    """``Why not NAME``."""
    return f"{'Why' if why.in_answer else 'Why not'} {clean(why.name)}"


def why_text(why: Why, result: Result) -> str:
    """What leaving the part out, or having it in, would come to."""
    if why.verdict == "excluded":
        return f"It was left out before solving: {clean(why.reason)}."
    if why.verdict == "needed":
        return f"Without it nothing fits. {clean(why.reason)}".rstrip()
    if why.verdict == "forbidden":
        return f"No build with it fits. {clean(why.reason)}"
    if why.verdict == "undecided" or why.build is None:
        return "Time ran out before this was known; --time-limit gives it longer."
    lead = "Without it the best is" if why.in_answer else "The best with it is"
    text = f"{lead} {build_text(why.build)}{_difference(why, result)}."
    # Where the cards are the same, what stands in its place is the whole difference.
    new = [clean(name) for name in why.instead if name != why.build.accelerator_name]
    return f"{text} In its place: {', '.join(new)}." if new else text


def _difference(why: Why, result: Result) -> str:
    """``: 12 % less tok/s, +$31,000 to buy, +$40,100 TCO``."""
    if why.objective_gain is None:
        return ""
    parts = [_worse(why.objective_gain, result.objective.name)]
    for extra, what in ((why.extra_capex_usd, "to buy"), (why.extra_tco_usd, "TCO")):
        if extra is not None and abs(extra) >= 1:
            parts.append(f"{'+' if extra > 0 else MINUS}{q.usd(abs(extra))} {what}")
    return f": {', '.join(parts)}"


def _worse(gain: float, goal: str) -> str:
    """The change of the objective, in its own direction."""
    if abs(gain) < 5e-7:
        return f"the same {GOALS[goal]}"
    more = (gain > 0) != (goal in FALLS)
    return f"{q.percent(abs(gain))} {'more' if more else 'less'} {GOALS[goal]}"
