"""What a scenario file expects of its answer: a file tests itself."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from optimizer.schema.base import NonNegative, Record, Slug, Slugs, Usd
from optimizer.schema.build import Result, Status


def _listed(value: Any) -> Any:
    """A single name as a list of one."""
    return [value] if isinstance(value, str) else value


OneOf = Annotated[tuple[Slug, ...], BeforeValidator(_listed), Field(strict=False, max_length=40)]
"""One name, or a list of names that are all right; empty: not checked."""


class Expect(Record):
    """Bounds and names that the answer must meet; what is not given is not checked."""

    status: Status | None = None
    accelerator: OneOf = ()
    platform: OneOf = ()
    engine: OneOf = ()
    weights: OneOf = ()
    fabric: OneOf = ()
    """What joins the accelerators of a node: pcie, bridge, mesh, nvswitch, ..."""
    parts: Slugs = ()
    """Components that must stand on the bill of materials, bought or inside a platform."""
    nodes: Annotated[int, Field(ge=1, le=64)] | None = None
    min_accelerators: Annotated[int, Field(ge=1)] | None = None
    max_accelerators: Annotated[int, Field(ge=1)] | None = None
    min_tok_s: NonNegative | None = None
    max_tok_s: NonNegative | None = None
    min_tok_s_per_user: NonNegative | None = None
    max_tok_s_per_user: NonNegative | None = None
    max_ttft_s: NonNegative | None = None
    min_capex_usd: Usd | None = None
    max_capex_usd: Usd | None = None
    min_tco_usd: NonNegative | None = None
    max_tco_usd: NonNegative | None = None
    min_peak_wall_w: NonNegative | None = None
    max_peak_wall_w: NonNegative | None = None
    min_power_cap_w: NonNegative | None = None
    max_power_cap_w: NonNegative | None = None
    """Power limit of each accelerator."""
    conflict: Slugs = ()
    """Rules that must take part in the conflict of an infeasible request."""


def unmet(expect: Expect, result: Result) -> list[str]:
    """What the answer fails to meet, each in one line; empty when all holds."""
    found = []
    if expect.status is not None and result.status != expect.status:
        found.append(f"status is {result.status}, expected {expect.status}")
    conflict = {c.rule for c in result.explanation.conflict} if result.explanation else set()
    found += [f"{r} is not in the conflict" for r in expect.conflict if r not in conflict]
    if result.build is None:
        needs_build = expect.replace(status=None, conflict=()) != Expect()
        return found + (["there is no build to check"] if needs_build else [])
    return found + _names(expect, result) + _bounds(expect, result)


def _names(expect: Expect, result: Result) -> list[str]:
    assert result.build is not None
    used = result.build.deployment
    pairs: list[tuple[str, str, tuple[str, ...]]] = [
        ("accelerator", used.accelerator, expect.accelerator),
        ("platform", result.build.platform, expect.platform),
        ("engine", used.engine, expect.engine),
        ("weights", used.weight_format, expect.weights),
        ("fabric", used.fabric, expect.fabric),
    ]
    found = [
        f"{what} is {got}, expected {' or '.join(allowed)}"
        for what, got, allowed in pairs
        if allowed and got not in allowed
    ]
    if expect.nodes is not None and result.build.nodes != expect.nodes:
        found.append(f"nodes is {result.build.nodes}, expected {expect.nodes}")
    bill = {line.id for line in result.build.bill_of_materials}
    return found + [f"{part} is not on the bill" for part in expect.parts if part not in bill]


def _bounds(expect: Expect, result: Result) -> list[str]:
    assert result.build is not None
    build = result.build
    cards = build.deployment.accelerators_per_node * build.nodes
    costs, speed, power = build.costs, build.performance, build.power
    user, cap = speed.tok_s_per_user, build.deployment.power_cap_w
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("accelerators", cards, expect.min_accelerators, expect.max_accelerators),
        ("tok_s", speed.output_tok_s, expect.min_tok_s, expect.max_tok_s),
        ("tok_s_per_user", user, expect.min_tok_s_per_user, expect.max_tok_s_per_user),
        ("ttft_s", speed.ttft_s, None, expect.max_ttft_s),
        ("capex_usd", costs.capex_usd, expect.min_capex_usd, expect.max_capex_usd),
        ("tco_usd", costs.tco_usd, expect.min_tco_usd, expect.max_tco_usd),
        ("peak_wall_w", power.peak_wall_w, expect.min_peak_wall_w, expect.max_peak_wall_w),
        ("power_cap_w", cap, expect.min_power_cap_w, expect.max_power_cap_w),
    ]
    found = []
    for what, got, low, high in rows:
        if low is not None and got < low:
            found.append(f"{what} is {got:,.10g}, expected at least {low:,.10g}")
        if high is not None and got > high:
            found.append(f"{what} is {got:,.10g}, expected at most {high:,.10g}")
    return found
