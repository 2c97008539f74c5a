"""What costs how much: builds that nothing dominates, as one document.

Two kinds of frontier. Speed against cost or watts is a Pareto set of builds of one request. Users
or context against cost goes over requests: more of either never costs less, so bisection finds
every step of the cost, exactly, without solving every value between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.schema.build import Build
from optimizer.schema.request import Request, Workload
from optimizer.solve.clock import Clock, interruptible
from optimizer.solve.document import brief
from optimizer.solve.frontier import COSTS, GAINS, frontier
from optimizer.solve.lexicographic import Progress
from optimizer.solve.run import SolveOptions, solve

LOADS = ("users", "context")
MONEY = ("tco", "capex")
UNITS = {
    "tco": "USD",
    "capex": "USD",
    "watts": "W",
    "throughput": "tok/s",
    "speed": "tok/s per user",
    "users": "users",
    "context": "tokens",
}
DEFAULT_USERS = 64
CONTEXT_STEP = 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What a frontier is about. ``points`` None: every non-dominated point."""

    request: Request
    x: str
    y: str
    points: int | None = None
    up_to: int | None = None


def trace_frontier(
    asked: Asked, catalog: Catalog, clock: Clock, progress: Progress | None = None
) -> dict[str, Any]:
    """The document of a frontier: points from the cheapest, each with its build, each proven.

    ``complete`` is false when time ran out or the user interrupted: more points may exist. Raises
    InputError for axes that do not go together.
    """
    if asked.x not in COSTS or asked.y not in (*GAINS, *LOADS):
        raise InputError(f"no frontier of {asked.y} against {asked.x}")
    with interruptible(clock):
        if asked.y in LOADS:
            rows, complete = _over_loads(asked, catalog, clock, progress)
        else:
            found = frontier(
                asked.request,
                catalog,
                asked.x,
                asked.y,
                clock,
                points=asked.points,
                progress=progress,
            )
            scale = 1 if asked.x == "watts" else 100
            rows = [(x / scale, y / 1000, build) for x, y, build in found.points]
            complete = found.complete
    return {
        "schema_version": "1",
        "x": {"name": asked.x, "unit": UNITS[asked.x]},
        "y": {"name": asked.y, "unit": UNITS[asked.y]},
        "complete": complete,
        "interrupted": clock.stop.is_set(),
        "spread": asked.points,
        "points": [_point(x, y, build) for x, y, build in rows],
        "request": asked.request.model_dump(mode="json"),
        "catalog_sha256": catalog.sha256,
    }


def _point(x: float, y: float, build: Build) -> dict[str, Any]:
    """One point: where it lies, and the build in brief."""
    short = brief(build).model_dump(mode="json")
    layout = build.deployment
    parallel = [layout.tensor_parallel, layout.pipeline_parallel, layout.replicas]
    return {
        "x": x,
        "y": y,
        **short,
        "layout": parallel,
        "peak_wall_w": build.power.peak_wall_w,
        "power_cap_w": layout.power_cap_w if layout.speed_kept < 1 else None,
        "proven": True,
    }


@dataclass(slots=True)
class Steps:
    """The steps of a cost that never falls along ``values``; each value is solved at most once."""

    values: Sequence[int]
    solved: Callable[[int], Build | None]
    cents: Callable[[Build], float]
    _held: dict[int, Build | None] = field(default_factory=dict)

    def build(self, index: int) -> Build | None:
        """The best build at a value; None where nothing fits."""
        if index not in self._held:
            self._held[index] = self.solved(self.values[index])
        return self._held[index]

    def cost(self, index: int) -> float:
        """What it costs; infinite where nothing fits."""
        build = self.build(index)
        return float("inf") if build is None else self.cents(build)

    def ends(self) -> list[int]:
        """The last index of every step at which something fits, cheapest first."""
        last = len(self.values) - 1
        found = self._between(0, last)
        if self.cost(last) != float("inf"):
            found.append(last)
        return found

    def _between(self, low: int, high: int) -> list[int]:
        """Indices in [low, high) after which the cost rises."""
        if low == high or self.cost(low) == self.cost(high):
            return []
        if high - low == 1:
            return [low]
        middle = (low + high) // 2
        return self._between(low, middle) + self._between(middle, high)


class _Undecided(Exception):
    """Time ran out before a value was decided."""


def _over_loads(
    asked: Asked, catalog: Catalog, clock: Clock, progress: Progress | None
) -> tuple[list[tuple[float, float, Build]], bool]:
    """Every step of the cost over users or context, or those among a few values."""
    if asked.x not in MONEY:
        raise InputError(f"{asked.y} goes against tco or capex", "Leave --x out, or name one")
    request, values = asked.request, _values(asked, catalog)

    def solved(value: int) -> Build | None:
        if progress is not None:
            progress(f"{asked.y} {value:,}")
        if clock.over:
            raise _Undecided
        changed = _with_load(request, asked.y, value, asked.x)
        options = SolveOptions(clock.left(), clock.workers, clock.seed, explain=False, notes=False)
        result = solve(changed, catalog, options)
        if result.interrupted:
            clock.stop.set()
        if result.status not in ("optimal", "infeasible"):
            raise _Undecided
        return result.build

    def usd(build: Build) -> float:
        return build.costs.tco_usd if asked.x == "tco" else build.costs.capex_usd

    steps = Steps(values, solved, usd)
    try:
        ends = steps.ends()
        complete = True
    except _Undecided:
        known = [i for i, build in steps._held.items() if build is not None]
        ends, complete = sorted(known), False
    rows = []
    for end in ends:
        build = steps.build(end)
        assert build is not None
        rows.append((usd(build), float(values[end]), build))
    return rows, complete


def _values(asked: Asked, catalog: Catalog) -> list[int]:
    """The values on the way up: all, or a few spread by a constant factor."""
    load = asked.request.workloads[0]
    if asked.y == "users":
        most = asked.up_to or max(DEFAULT_USERS, load.concurrency)
        every = list(range(1, most + 1))
    else:
        most = asked.up_to or catalog.llms[load.llm].max_context
        least = load.input_tokens + load.output_tokens
        first = -(-least // CONTEXT_STEP) * CONTEXT_STEP
        every = [*range(first, most, CONTEXT_STEP), most]
    if most > (100_000 if asked.y == "users" else catalog.llms[load.llm].max_context):
        raise InputError(f"{asked.y} up to {most:,} is more than there can be")
    if most < every[0]:
        raise InputError(f"{asked.y} up to {most:,} is less than the least, {every[0]:,}")
    if asked.points is None or asked.points >= len(every):
        return every
    ratio = every[-1] / every[0]
    wanted = [every[0] * ratio ** (i / (asked.points - 1)) for i in range(asked.points)]
    nearest = [min(every, key=lambda v, w=target: abs(v - w)) for target in wanted]  # type: ignore[misc]
    return sorted(set(nearest))


def _with_load(request: Request, y: str, value: int, objective: str) -> Request:
    """The request at one value, its mean lengths held."""
    load: Workload = request.workloads[0]
    changed = load.replace(**{"concurrency" if y == "users" else "context": value})
    return request.replace(workloads=(changed,), objective=objective)
