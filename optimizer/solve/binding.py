"""What binds an answer: each limit of the user's relaxed by itself, and the question solved again.

The figures are exact differences of two proven optima, not shadow prices: parts come whole, so a
little more of a limit often changes nothing and a little more again a lot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.schema.build import Build, ObjectiveValue
from optimizer.schema.explanation import Binding, Relaxed, Value
from optimizer.schema.request import Request
from optimizer.solve import knobs
from optimizer.solve.clock import Clock
from optimizer.solve.document import brief
from optimizer.solve.knobs import flag_of, value_at, with_value
from optimizer.solve.lexicographic import Progress

MORE_IS_BETTER = ("throughput", "speed")
TENTH = 0.1
STEPS_USD = (1_000, 10_000)
"""What the next so many dollars buy."""
STEP_W = 500
STEP_DBA = 3
STEP_MM = 50
STEP_KG = 50
MAX_CIRCUITS = 64
MAX_NODES = 64
NOISE_MAX_DBA = 140


@dataclass(frozen=True, slots=True)
class Solved:
    """A proven answer."""

    objective: ObjectiveValue
    build: Build


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: its rule and path, the values to try (the least change first), its use."""

    rule: str
    path: str
    values: tuple[Value, ...]
    scope: str = ""
    """The scope of the limit in the document; empty for what is no sum."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one answer. ``solve`` gives the proven answer to a changed request."""

    request: Request
    objective: ObjectiveValue
    build: Build
    clock: Clock
    progress: Progress | None
    solve: Callable[[Request], Solved | None]

    def binding(self) -> tuple[Binding, ...]:
        """Every limit, those that bind first; what time did not suffice for is left out."""
        found = [b for limit in limits_of(self.request) if (b := self._binding(limit)) is not None]
        return tuple(sorted(found, key=lambda b: not b.binds))

    def _binding(self, limit: Limit) -> Binding | None:
        """One limit; the greatest change is tried first, for if that gains nothing, none does."""
        relaxed: list[Relaxed] = []
        for value in reversed(limit.values):
            result = self._relaxed(limit, value)
            if result is None:
                return None
            relaxed.insert(0, result)
            if result.objective_gain <= 0:
                break
        used, available = self._use(limit)
        return Binding(
            rule=limit.rule,
            path=limit.path,
            binds=relaxed[-1].objective_gain > 0,
            used=used,
            available=available,
            unit=knobs.unit_of(limit.path),
            relaxed=tuple(relaxed),
        )

    def _relaxed(self, limit: Limit, value: Value) -> Relaxed | None:
        if self.clock.over:
            return None
        if self.progress is not None:
            self.progress(f"what does {limit.path} cost?")
        changed = with_value(self.request, limit.path, value)
        other = self.solve(changed)
        if other is None or other.objective.value is None:
            return None
        before, after = self.build.costs, other.build.costs
        return Relaxed(
            rule=limit.rule,
            path=limit.path,
            before=value_at(self.request, limit.path),
            after=value,
            unit=knobs.unit_of(limit.path),
            flag=flag_of(changed, limit.path),
            objective=other.objective.value,
            objective_gain=gain(self.objective, other.objective.value),
            extra_capex_usd=round(after.capex_usd - before.capex_usd, 2),
            extra_tco_usd=round(after.tco_usd - before.tco_usd, 2),
            build=brief(other.build),
        )

    def _use(self, limit: Limit) -> tuple[float | None, float | None]:
        """Used and available; of a target, what is asked and what is reached."""
        for use in self.build.limits:
            if use.rule != limit.rule or not limit.scope or use.scope != limit.scope:
                continue
            return use.used, use.available
        return None, None


def gain(objective: ObjectiveValue, value: float) -> float:
    """The improvement of a value over that of an answer, as a share of it."""
    held = objective.value
    assert held is not None, "an answer without a value"
    sign = 1 if objective.name in MORE_IS_BETTER else -1
    return round(sign * (value - held) / max(abs(held), 1e-9), 6) + 0.0


def limits_of(request: Request) -> Iterator[Limit]:
    """Every limit that the request sets, with what to try: one natural unit, and a tenth.

    Of a target, which has no unit of its own, a tenth.
    """
    yield from _money(request)
    yield from _room(request)
    yield from _targets(request)


def _money(request: Request) -> Iterator[Limit]:
    policy = request.policy
    for rule, path, scope, held in (
        ("budget", knobs.BUDGET, "capex", policy.budget_usd),
        ("lifetime-cost", knobs.MAX_TCO, "TCO", policy.max_tco_usd),
    ):
        if held is not None:
            values = {*(held + step for step in STEPS_USD), round(held * (1 + TENTH), 2)}
            yield Limit(rule, path, tuple(sorted(values)), scope)


def _room(request: Request) -> Iterator[Limit]:
    site, policy = request.site, request.policy
    for index, circuit in enumerate(site.circuits):
        if circuit.count < MAX_CIRCUITS:
            yield Limit("circuits", knobs.circuit_count(index), (circuit.count + 1,))
    if policy.max_nodes < MAX_NODES:
        yield Limit("network", knobs.MAX_NODES, (policy.max_nodes + 1,))
    heat = site.heat_removal_w
    yield Limit("cooling", knobs.HEAT, _more(heat, STEP_W), "heat to the room's air")
    if site.liquid_removal_w:
        liquid = site.liquid_removal_w
        yield Limit("cooling", knobs.LIQUID, _more(liquid, STEP_W), "heat to liquid")
    noise = site.noise_limit_dba
    if noise is not None and noise + STEP_DBA <= NOISE_MAX_DBA:
        yield Limit("noise", knobs.NOISE, (noise + STEP_DBA,), "noise at 1 m")
    rack = site.rack
    units = tuple(sorted({rack.units + 1, round(rack.units * (1 + TENTH), 1)}))
    yield Limit("rack", knobs.RACK_UNITS, units, "rack units")
    yield Limit("rack", knobs.RACK_DEPTH, _more(rack.depth_mm, STEP_MM), "depth")
    yield Limit("rack", knobs.RACK_LOAD, _more(rack.load_kg, STEP_KG), "weight")


def _more(held: float, step: int) -> tuple[Value, ...]:
    """One step more, and a tenth more, of a limit in whole units."""
    whole = type(held)
    return tuple(sorted({whole(held + step), whole(round(held * (1 + TENTH)))}))


def _targets(request: Request) -> Iterator[Limit]:
    targets = request.workloads[0].targets
    for path, scope, held, share in (
        (knobs.MIN_TOK_S, "tok/s asked", targets.min_tok_s, 1 - TENTH),
        (knobs.MIN_USER, "tok/s per user asked", targets.min_tok_s_per_user, 1 - TENTH),
        (knobs.MAX_TTFT, "time to first token", targets.max_ttft_s, 1 + TENTH),
    ):
        if held is not None:
            yield Limit("targets", path, (round(held * share, 6),), scope)
