"""With ``--explain``: what each limit costs, and what a little more of it would buy."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.report import quantity as q
from optimizer.report.infeasible import build_text, change_lines, in_place
from optimizer.report.limit_names import value_name
from optimizer.report.style import MINUS, Style, clean, join_wrapped, wrap
from optimizer.schema.build import Result
from optimizer.schema.explanation import Binding, Relaxed

GOALS = {
    "throughput": "tok/s",
    "speed": "tok/s per user",
    "tco": "TCO",
    "capex": "purchase price",
    "cost-per-token": "cost per token",
}
BUDGET = "policy.budget_usd"
STEPS = (1_000, 10_000)
"""Dollars more that are told apart."""
NO_GAIN = "Giving way on one of these alone would gain nothing"
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
            for line in change_lines(relaxed, gain_text(relaxed, goal), style)
        ]
        note = in_place(relaxed for limit in binding for relaxed in limit.relaxed)
        lines += ["  " + line for line in wrap(note, style.width - 2)] if note else []
    slack = slacks(result.binding)
    if slack:
        lines.append(style.title(NO_GAIN))
        lines += ["  " + line for line in join_wrapped(slack, " · ", style.width - 2)]
    money = next_dollars(result)
    if money:
        lines += ["  " + line for line in wrap(money, style.width - 2)]
    if not result.binding:
        text = "Time ran out before any limit could be relaxed; --time-limit gives it longer."
        lines += [style.paint(line, "warn") for line in wrap(text, style.width)]
    return lines


def next_dollars(result: Result) -> str:
    """What the next $1,000 and $10,000 of the budget buy; empty where there is no budget."""
    for limit in result.binding or ():
        if limit.path != BUDGET:
            continue
        if not limit.binds:
            return "More money buys nothing: neither the next $1,000 nor the next $10,000."
        told = []
        for step in STEPS:
            found = next((r for r in limit.relaxed if _step(r) == step), None)
            # The greatest change is tried first: where one gains nothing, none below it does.
            buys = "nothing" if found is None else _bought(found, step, result.objective.name)
            told.append(f"the next {q.usd(step)} buys {buys}")
        text = "; ".join(told)
        return f"{text[0].upper()}{text[1:]}."
    return ""


def _bought(relaxed: Relaxed, step: int, goal: str) -> str:
    """``+38 % tok/s for $8,569``; what exceeds the step was in the budget, and not spent."""
    if relaxed.objective_gain <= 0:
        return "nothing"
    sign, spent = MINUS if goal in FALLS else "+", relaxed.extra_capex_usd
    cost = f" for {q.usd(spent)}" if spent >= 0.005 else " at no higher price"
    if spent - step >= 0.005:
        cost += f" ({q.usd(spent - step)} of it unspent before)"
    return f"{sign}{q.percent(relaxed.objective_gain)} {GOALS[goal]}{cost}"


def gain_text(relaxed: Relaxed, goal: str) -> str:
    """What a change gains, and the build that it leads to."""
    gain = _gain(relaxed, goal)
    return gain if relaxed.objective_gain <= 0 else f"{gain}: {build_text(relaxed.build)}"


def _step(relaxed: Relaxed) -> float | None:
    """Dollars more."""
    before, after = relaxed.before, relaxed.after
    if isinstance(before, int | float) and isinstance(after, int | float):
        return round(after - before, 2)
    return None


def _gain(relaxed: Relaxed, goal: str) -> str:
    """``+38 % tok/s, +$31,000 to buy``."""
    if relaxed.objective_gain <= 0:
        return "gains nothing"
    sign = MINUS if goal in FALLS else "+"
    gain = f"{sign}{q.percent(relaxed.objective_gain)} {GOALS[goal]}"
    extra = relaxed.extra_capex_usd
    cost = f"+{q.usd(extra)} to buy" if extra >= 0.005 else f"{q.usd(extra)} to buy"
    return f"{gain}, {cost}" if abs(extra) >= 0.005 else f"{gain}, at the same price"


def slacks(limits: Iterable[Binding]) -> list[str]:
    """Limits that do not bind; two kinds of circuits read alike, and stand once."""
    return list(dict.fromkeys(slack_text(limit) for limit in limits if not limit.binds))


def slack_text(binding: Binding) -> str:
    """A limit with the change tried, with how much of it is left, or what is had of a target."""
    name = value_name(binding.path)
    if binding.used is None or not binding.available:
        value = binding.relaxed[-1].after
        return f"{name} ({value:g} tried)" if isinstance(value, int | float) else name
    if binding.rule == "targets":
        asked, had, unit = binding.used, binding.available, ""
        if binding.unit == "s":  # a time is used and allowed, where rates are asked and reached
            asked, had, unit = had, asked, " s"
        return f"{name} ({q.three(had)}{unit} had, {q.three(asked)}{unit} asked for)"
    free = max(0.0, binding.available - binding.used)
    if binding.unit == "USD":
        return f"{name} ({q.usd(free)} of {q.usd(binding.available)} left)"
    return f"{name} ({q.three(free)} of {q.three(binding.available)} {clean(binding.unit)} left)"
