"""What a change weighs, in points: what most people give up first weighs least.

A judgement, written down so that it can be argued with (``docs/explanations.md``).
"""

from __future__ import annotations

from optimizer.air import air_watts
from optimizer.instance.cases import footprint_m2
from optimizer.instance.items import Limits
from optimizer.schema.explanation import Value
from optimizer.schema.request import Request
from optimizer.solve import knobs

PER_CHANGE = 10
"""Points for each value that is changed at all, beside those for how much."""
PER_PERCENT = {
    knobs.MEMORY: 0.2,
    knobs.NOISE: 0.3,
    knobs.UPS_MINUTES: 0.3,
    knobs.CONTEXT: 0.5,
    knobs.MAX_TTFT: 0.5,
    knobs.BUDGET: 1.0,
    knobs.MAX_TCO: 1.0,
    knobs.CONCURRENCY: 1.0,
    knobs.MIN_TOK_S: 1.0,
    knobs.MIN_USER: 1.0,
    knobs.RACK_UNITS: 1.0,
    knobs.HEAT: 2.0,
    knobs.LIQUID: 2.0,
    knobs.AIRFLOW: 2.0,
    knobs.INLET: 2.0,
    knobs.RACK_LOAD: 2.0,
    knobs.FLOOR: 3.0,
    knobs.RACK_DEPTH: 3.0,
}
"""Points for a hundredth of the number asked for; of noise, of its sound energy."""
PER_STEP = {
    knobs.MAX_NODES: 10.0,
    knobs.WEIGHTS: 15.0,
    knobs.EXTRA_COOLING: 20.0,
    knobs.NEW_CIRCUITS: 20.0,
    knobs.OWNED: 20.0,
    knobs.UPS: 30.0,
    knobs.CIRCUITS: 30.0,
}
"""Points for each step of what comes whole."""
LEAST_ASKED = {
    knobs.BUDGET: 1000,
    knobs.MAX_TCO: 1000,
    knobs.HEAT: 1000,
    knobs.LIQUID: 1000,
    knobs.AIRFLOW: 100,
    knobs.INLET: 10,
    knobs.FLOOR: 10,
    knobs.RACK_UNITS: 1,
    knobs.RACK_DEPTH: 100,
    knobs.RACK_LOAD: 10,
    knobs.MIN_TOK_S: 1,
    knobs.MIN_USER: 1,
    knobs.MAX_TTFT: 0.001,
}
"""Path -> the least number that a hundredth is taken of: limits may be zero."""

UNITS_OF_LIMIT = {
    "budget_cents": 100,
    "max_tco_cents": 100,
    "heat_removal_w": 1,
    "liquid_removal_w": 1,
    "inlet_tenths": 10,
    "rack_tenths": 10,
    "depth_mm": 1,
    "load_hg": 10,
    "min_output_milli": 1000,
    "min_user_milli": 1000,
    "max_ttft_us": 10**6,
}
"""Field of the limits -> its units in one unit of the request."""
LEAST_NOISE = 10**5
"""Sound energy that a hundredth is taken of at least."""


def units_in_asked(path: str, field: str, request: Request, limits: Limits) -> float:
    """Units of a limit that a change by all that was asked for amounts to.

    A limit may hold more than the number asked for (the depth of a rack less its cables): what a
    change weighs goes by the number alone, as :func:`points_of` counts it.
    """
    if path == knobs.NOISE:
        return max(limits.noise or 0, LEAST_NOISE)
    base: float = max(abs(knobs.value_at(request, path)), LEAST_ASKED.get(path, 1))
    if path == knobs.FLOOR:
        return base * float(footprint_m2(request.site)) * 10
    if path == knobs.AIRFLOW:
        site = request.site
        return float(air_watts(base, site.air_rise_c, site.altitude_m))
    return base * UNITS_OF_LIMIT[field]


def kind_of(path: str) -> str:
    """The path without the number of an entry in a list."""
    for kind in (knobs.CIRCUITS, knobs.OWNED):
        if path.startswith(kind):
            return kind
    return path


def points_of(path: str, before: Value, after: Value) -> float:
    """Points of one value changed."""
    kind = kind_of(path)
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return PER_CHANGE + PER_STEP[kind]
    if kind in PER_STEP:
        return PER_CHANGE + PER_STEP[kind] * (
            1 if isinstance(before, bool) else abs(after - before)
        )
    share = abs(after - before) / max(abs(before), LEAST_ASKED.get(path, 1))
    if path == knobs.NOISE:
        share = 10 ** (abs(after - before) / 10) - 1
    return PER_CHANGE + PER_PERCENT[kind] * 100 * share
