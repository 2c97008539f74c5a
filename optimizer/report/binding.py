"""With ``--explain``: what each limit costs, and what a little more of it would buy."""

from __future__ import annotations

from optimizer.report import quantity as q
from optimizer.report.infeasible import change_lines
from optimizer.report.style import MINUS, Style, clean, join_wrapped, wrap
from optimizer.schema.build import Result
from optimizer.schema.explanation import Binding, Relaxed

WORDS = {
    "budget_usd": "budget",
    "max_tco_usd": "cap on TCO",
    "count": "circuits",
    "max_nodes": "number of nodes",
    "heat_removal_w": "heat to the air",
    "liquid_removal_w": "heat to liquid",
    "noise_limit_dba": "noise",
    "units": "rack units",
    "depth_mm": "rack depth",
    "load_kg": "rack load",
    "max_ttft_s": "time to first token",
    "min_tok_s": "tok/s asked",
    "min_tok_s_per_user": "tok/s per user",
}
"""Last key of a path -> how people call it."""
GOALS = {
    "throughput": "tok/s",
    "speed": "tok/s per user",
    "tco": "TCO",
    "capex": "purchase price",
    "cost-per-token": "cost per token",
}
BUDGET = "policy.budget_usd"
FALLS = ("tco", "capex", "cost-per-token")


def render_binding(result: Result, style: Style) -> list[str]:
    """Limits that bind, a line per change; then the others with what they leave free."""
    if result.binding is None:
        return []
    goal, lines = result.objective.name, []
    binding = [b for b in result.binding if b.binds]
    if binding:
        lines.append(style.title("What binds: each limit relaxed alone, and solved again"))
        lines += [
            line
            for limit in binding
            for relaxed in limit.relaxed
            for line in change_lines(relaxed, _gain(relaxed, goal), style)
        ]
    slack = [_slack(b) for b in result.binding if not b.binds]
    if slack:
        title = "More of these, each alone, would gain nothing"
        lines.append(style.title(title))
        lines += ["  " + line for line in join_wrapped(slack, " · ", style.width - 2)]
    if any(b.path == BUDGET and not b.binds for b in result.binding):
        text = "More money buys nothing: neither the next $1,000 nor the next $10,000."
        lines += ["  " + line for line in wrap(text, style.width - 2)]
    if not result.binding:
        text = "Time ran out before any limit could be relaxed; --time-limit gives it longer."
        lines += [style.paint(line, "warn") for line in wrap(text, style.width)]
    return lines


def _gain(relaxed: Relaxed, goal: str) -> str:
    """``+38 % tok/s, +$31,000 to buy``."""
    if relaxed.objective_gain <= 0:
        return "gains nothing"
    sign = MINUS if goal in FALLS else "+"
    gain = f"{sign}{q.percent(relaxed.objective_gain)} {GOALS[goal]}"
    extra = relaxed.extra_capex_usd
    cost = f"+{q.usd(extra)} to buy" if extra >= 0.005 else f"{q.usd(extra)} to buy"
    return f"{gain}, {cost}" if abs(extra) >= 0.005 else f"{gain}, at the same price"


def _slack(binding: Binding) -> str:
    """A limit with the change tried, or with how much of it is left."""
    key = binding.path.rpartition(".")[2]
    name = WORDS.get(key, clean(key).replace("_", " "))
    if binding.used is None or not binding.available:
        value = binding.relaxed[-1].after
        return f"{name} ({value:g})" if isinstance(value, int | float) else name
    free = max(0.0, binding.available - binding.used)
    if binding.unit == "USD":
        return f"{name} ({q.usd(free)} of {q.usd(binding.available)} left)"
    return f"{name} ({q.three(free)} of {q.three(binding.available)} {clean(binding.unit)} left)"
