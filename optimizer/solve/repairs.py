"""The smallest change of one value that makes an infeasible request feasible, exactly.

A value that is one side of a linear limit is solved for: its limit is taken away, and what it
limits is minimised to proof. Any other value is bisected between one that is proven to suffice and
one that is proven not to: every repair is feasible as it stands and infeasible one step before.
What could not be proven in time is left out, and ``complete`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from optimizer.catalog.catalog import Catalog
from optimizer.instance.admitted import Admitted
from optimizer.instance.compile import Compiler
from optimizer.instance.deployments import Scorer
from optimizer.instance.items import Instance
from optimizer.model.rules import RULES
from optimizer.schema.build import Build, Repair, RepairBuild, Value
from optimizer.schema.request import Request
from optimizer.solve import knobs
from optimizer.solve.clock import Clock
from optimizer.solve.conflict import Case, feasible
from optimizer.solve.knobs import flag_of, value_at, with_value
from optimizer.solve.lexicographic import BestSoFar, Progress, optimise
from optimizer.solve.needs import NEEDS, Need
from optimizer.solve.precision import with_four_bits

MORE_CIRCUITS = 8
MORE_PARTS = 8
MORE_NODES = 2
MAX_NODES = 64
MEMORY_STEPS = 100
"""Ratios of memory are told in hundredths."""
RATE_STEPS = 1000
"""Rates are told in thousandths of a token per second."""
ONE = range(1)

Solve = Callable[[Request, Compiler], Build | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A path with the values that could be put there, the smallest change first.

    Each value allows all that the one before it allows.
    """

    rule: str
    path: str
    values: Sequence[int]
    scale: int = 1
    """Steps in one unit of the request."""
    choice: Value = None
    """The one value there is, where there are no steps; then ``values`` counts it."""

    def at(self, index: int) -> Value:
        """A value as the request holds it."""
        if self.choice is not None:
            return self.choice
        step = self.values[index]
        return step if self.scale == 1 else step / self.scale


@dataclass(slots=True)
class Repairs:
    """Searches for repairs of one request.

    ``solve`` gives the answer to a changed one, compiled with what the searches share.
    """

    request: Request
    catalog: Catalog
    admitted: Admitted
    clock: Clock
    solve: Solve
    progress: Progress | None = None
    complete: bool = True
    """Whether every repair that exists was found and proven."""
    _scorer: Scorer | None = None
    _tried: set[str] = field(default_factory=set)

    def of(self, rules: Iterable[str]) -> tuple[Repair, ...]:
        """Repairs of these rules, in their order."""
        found = []
        for rule in rules:
            if self.clock.over:
                self.complete = False
                break
            if self.progress is not None:
                self.progress(f"looking for the smallest change of {rule}")
            for path, value in self._values(rule):
                changed = with_value(self.request, path, value)
                build = self.solve(changed, self._compiler(changed, path))
                if build is None:
                    self.complete = False
                    continue
                found.append(self._repair(rule, path, changed, build))
        return tuple(found)

    def _values(self, rule: str) -> Iterator[tuple[str, Value]]:
        for need in NEEDS:
            if need.rule == rule and need.applies(self.request):
                value = self._least(need)
                if value is not None:
                    yield need.path, value
        for change in changes(self.request, rule, self.catalog):
            if change.path in self._tried:
                continue
            self._tried.add(change.path)
            value = self._first(change)
            if value is not None:
                yield change.path, value

    def _repair(self, rule: str, path: str, changed: Request, build: Build) -> Repair:
        return Repair(
            rule=rule,
            path=path,
            before=value_at(self.request, path),
            after=value_at(changed, path),
            unit=knobs.unit_of(path),
            flag=flag_of(changed, path),
            build=brief(build),
        )

    def _compiler(self, request: Request, path: str) -> Compiler:
        compiler = Compiler(request, self.catalog, progress=self.progress)
        if not path.startswith(knobs.PARTS_DEPEND):
            compiler.__dict__["admitted"] = self.admitted
        if path.startswith(knobs.SPEEDS_STAND):
            if self._scorer is None:
                self._scorer = compiler.scorer
            compiler.__dict__["scorer"] = self._scorer
        return compiler

    def _instances(self, request: Request, path: str) -> Iterator[Instance]:
        compiler = self._compiler(request, path)
        for case in compiler.cases():
            # Every host that the limits leave open: nothing is left out for being dear.
            yield from compiler.stages(compiler.skeleton(case), "speed", lambda: None)

    def _least(self, need: Need) -> Value:
        """The value that just meets the need with its own limit away; None if nothing does."""
        free = with_value(self.request, need.path, need.free)

        def instances(_best: BestSoFar) -> Iterator[Instance]:
            return self._instances(free, need.path)

        outcome = optimise(instances, need.goal, self.clock, ties=())
        if outcome.status == "infeasible":
            return None
        if outcome.status != "optimal" or outcome.value is None:
            self.complete = False
            return None
        return need.value(outcome.value, self.request)

    def _first(self, change: Change) -> Value:
        """The first value that suffices, by bisection; None if even the last does not."""
        low, high = -1, len(change.values) - 1
        if high < 0:
            return None
        verdict = self._possible(change.path, change.at(high))
        if verdict is False:
            return None
        while verdict is not None and high - low > 1:
            middle = (low + high) // 2
            verdict = self._possible(change.path, change.at(middle))
            low, high = (low, middle) if verdict else (middle, high)
        if verdict is None:
            self.complete = False
            return None
        return change.at(high)

    def _possible(self, path: str, value: Value) -> bool | None:
        """Whether anything fits with one value changed; None when time ran out undecided."""
        request, undecided = with_value(self.request, path, value), False
        for instance in self._instances(request, path):
            if self.clock.over:
                return None
            verdict = feasible([Case(instance)], RULES, self.clock)
            if verdict:
                return True
            undecided = undecided or verdict is None
        return None if undecided or self.clock.over else False


def changes(request: Request, rule: str, catalog: Catalog) -> Iterator[Change]:
    """What can be changed about a rule that is not one side of a linear limit."""
    site, policy, work = request.site, request.policy, request.workloads[0]
    if rule == "vram":
        # The mean prompt and answer must still fit in it.
        least = work.input_tokens + work.output_tokens
        yield Change(rule, knobs.CONTEXT, range(work.context - 1, least - 1, -1))
        yield Change(rule, knobs.CONCURRENCY, range(work.concurrency - 1, 0, -1))
        if with_four_bits(request, catalog.llms[work.llm]) is not None:
            yield Change(rule, knobs.WEIGHTS, ONE, choice=knobs.FOUR_BITS_OR_BETTER)
    if rule in ("vram", "targets"):
        most = min(MAX_NODES, policy.max_nodes + MORE_NODES)
        yield Change(rule, knobs.MAX_NODES, range(policy.max_nodes + 1, most + 1))
    if rule == "targets":
        yield from _slower(request)
    if rule == "circuits":
        for index, circuit in enumerate(site.circuits):
            counts = range(circuit.count + 1, min(64, circuit.count + MORE_CIRCUITS) + 1)
            yield Change(rule, knobs.circuit_count(index), counts)
    if rule == "cooling" and not site.extra_cooling_allowed:
        yield Change(rule, knobs.EXTRA_COOLING, ONE, choice=True)
    if rule == "memory":
        first = ceil(round(policy.memory_per_vram * MEMORY_STEPS, 6)) - 1
        yield Change(rule, knobs.MEMORY, range(first, -1, -1), MEMORY_STEPS)
    if rule == "rack":
        yield Change(rule, knobs.RACK_DEPTH, _depths(request, catalog))
    if rule == "ups" and policy.ups:
        yield Change(rule, knobs.UPS, ONE, choice=False)
    if rule == "stock":
        for index, part in enumerate(policy.owned):
            counts = range(part.quantity + 1, part.quantity + MORE_PARTS + 1)
            yield Change(rule, knobs.owned_quantity(index), counts)


def _slower(request: Request) -> Iterator[Change]:
    """Each user's rate, where the rate of the whole build is asked for too.

    The one sets how many are served at once, and so the other: no linear limit.
    """
    targets = request.workloads[0].targets
    if targets.min_tok_s is None:
        return
    most = ceil(round(targets.min_tok_s_per_user * RATE_STEPS, 6)) - 1
    yield Change("targets", knobs.MIN_USER, range(most, 0, -1), RATE_STEPS)


def _depths(request: Request, catalog: Catalog) -> list[int]:
    """Depths of the rack at which one more part of the catalog fits."""
    rack, clearance = request.site.rack, ceil(request.site.cable_clearance_mm)
    depths = {
        ceil(depth) + clearance
        for part in catalog.components.values()
        if (depth := getattr(part, "depth_mm", None)) is not None
    }
    return sorted(d for d in depths if d > rack.depth_mm)


def brief(build: Build) -> RepairBuild:
    """A build in a few figures."""
    used = build.deployment
    names = {line.id: line.name for line in build.bill_of_materials}
    return RepairBuild(
        accelerator=used.accelerator,
        accelerator_name=names.get(used.accelerator, used.accelerator),
        accelerators=used.accelerators_per_node * build.nodes,
        nodes=build.nodes,
        platform=build.platform,
        weight_format=used.weight_format,
        capex_usd=build.costs.capex_usd,
        tco_usd=build.costs.tco_usd,
        output_tok_s=build.performance.output_tok_s,
        tok_s_per_user=build.performance.tok_s_per_user,
    )
