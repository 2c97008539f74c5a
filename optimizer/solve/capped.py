"""What a power limit buys: the answer beside the one at full power."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.schema.build import Build
from optimizer.schema.request import ObjectiveName, Request

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
VALUES: dict[ObjectiveName, str] = {
    "throughput": "the best build gives {} tok/s instead of {}",
    "speed": "the best build gives {} tok/s per user instead of {}",
    "tco": "the lowest TCO is ${} instead of ${}",
    "capex": "the lowest purchase is ${} instead of ${}",
    "cost-per-token": "a million tokens cost ${} instead of ${}",
}


def at_full_power(request: Request, build: Build) -> Request | None:
    """The same request without power limits; None where the answer sets none by its own choice."""
    if build.deployment.speed_kept >= 1 or request.policy.power_cap != "auto":
        return None
    return request.replace(policy=request.policy.replace(power_cap="off"))


def cap_note(
    objective: ObjectiveName,
    build: Build,
    value: float | None,
    full: Build | None,
    full_value: float | None,
    saves: Sequence[str] = (),
) -> str:
    """The limit, what it costs of the speed and saves, and the best build without one."""
    used = build.deployment
    lead = (
        f"capped to {used.power_cap_w:,} of {used.full_power_w:,} W per accelerator:"
        f" {MINUS}{1 - used.speed_kept:.0%} tok/s"
    ).replace("%", " %")
    if objective != "throughput":
        lead += f" ({build.performance.output_tok_s:,.0f} left)"
    if saves:
        *first, last = saves
        lead += f", saves {', '.join(first)} and {last}" if first else f", saves {last}"
    if full is None or value is None or full_value is None:
        return f"{lead}: at full power nothing fits"
    text = VALUES[objective].format(*(_figure(objective, v) for v in (full_value, value)))
    other = full.deployment
    names = {line.id: line.name for line in full.bill_of_materials}
    cards = other.accelerators_per_node * other.nodes
    what = f"{cards} {TIMES} {names.get(other.accelerator, other.accelerator)}"
    if objective != "throughput":
        what += f", {full.performance.output_tok_s:,.0f} tok/s"
    if objective != "capex":
        what += f", a purchase of ${full.costs.capex_usd:,.0f}"
    return f"{lead}; at full power {text}: {what} (--power-cap off)"


def _figure(objective: ObjectiveName, value: float) -> str:
    if objective == "cost-per-token":
        return f"{value:,.2f}"
    return f"{value:,.0f}" if value >= 100 or objective in ("tco", "capex") else f"{value:.3g}"
