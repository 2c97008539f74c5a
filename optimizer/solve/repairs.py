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

from optimizer.instance.compile import Compiler
from optimizer.schema.build import Build
from optimizer.schema.explanation import Refuted, Repair, Value
from optimizer.schema.llm import Llm
from optimizer.schema.request import Request
from optimizer.schema.site import Site
from optimizer.solve import knobs
from optimizer.solve.bench import Bench, feasible
from optimizer.solve.clock import OutOfTime
from optimizer.solve.document import brief
from optimizer.solve.knobs import flag_of, value_at, with_value
from optimizer.solve.needs import NEEDS, Need
from optimizer.solve.pool import EVERY_RULE
from optimizer.solve.precision import with_four_bits

MORE_CIRCUITS = 8
MOST_NEW_CIRCUITS = 2
"""Circuits to buy that a repair proposes; ways to place more are many, and to try them slow."""
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
    """Searches for repairs of one request; ``solve`` gives the best build of a variant."""

    bench: Bench
    solve: Solve
    complete: bool = True
    """Whether every repair that exists was found and proven."""
    refuted: list[Refuted] = field(default_factory=list)
    """Values that do not suffice alone, proven."""
    _tried: set[str] = field(default_factory=set)

    def of(self, rules: Iterable[str]) -> Iterator[Repair]:
        """Repairs of these rules, in their order, each as soon as it is found."""
        for rule in rules:
            if self.bench.clock.over:
                self.complete = False
                return
            self.bench.say(f"looking for the smallest change of {rule}")
            for path, value in self._values(rule):
                changed = with_value(self.bench.request, path, value)
                build = self.solve(changed, self.bench.of(changed))
                if build is None:
                    self.complete = False
                else:
                    yield repair(self.bench.request, changed, rule, path, build)

    def _values(self, rule: str) -> Iterator[tuple[str, Value]]:
        request = self.bench.request
        for need in NEEDS:
            if need.rule == rule and need.applies(request):
                value = self.least(request, need)
                if value is not None:
                    yield need.path, value
        for change in changes(request, rule, self.bench.compiler.llm):
            if change.path in self._tried:
                continue
            self._tried.add(change.path)
            value = self.first(request, change)
            if value is not None:
                yield change.path, value

    def least(self, request: Request, need: Need) -> Value:
        """The value that just meets the need with its own limit away; None if nothing does."""
        outcome = self.bench.just_meeting(request, need)
        if outcome.status == "infeasible":
            self._refute(need.rule, need.path, None)
            return None
        if outcome.status != "optimal" or outcome.value is None:
            self.complete = False
            return None
        return need.value(outcome.value, request)

    def first(self, request: Request, change: Change) -> Value:
        """The first value that suffices, by bisection; None if even the last does not."""
        low, high = -1, len(change.values) - 1
        if high < 0:
            return None
        verdict = self.possible(with_value(request, change.path, change.at(high)))
        if verdict is False:
            self._refute(change.rule, change.path, change.at(high))
            return None
        while verdict is not None and high - low > 1:
            middle = (low + high) // 2
            verdict = self.possible(with_value(request, change.path, change.at(middle)))
            low, high = (low, middle) if verdict else (middle, high)
        if verdict is None:
            self.complete = False
            return None
        return change.at(high)

    def _refute(self, rule: str, path: str, tried: Value) -> None:
        self.refuted.append(Refuted(rule=rule, path=path, tried=tried, unit=knobs.unit_of(path)))

    def possible(self, request: Request) -> bool | None:
        """Whether anything fits a variant; None when time ran out undecided."""
        try:
            return feasible(self.bench.view(request), EVERY_RULE, self.bench.clock)
        except OutOfTime:
            return None


def repair(asked: Request, changed: Request, rule: str, path: str, build: Build | None) -> Repair:
    """The change of one value as people read it."""
    return Repair(
        rule=rule,
        path=path,
        before=value_at(asked, path),
        after=value_at(changed, path),
        unit=knobs.unit_of(path),
        flag=flag_of(changed, path),
        build=None if build is None else brief(build),
    )


def changes(request: Request, rule: str, llm: Llm) -> Iterator[Change]:
    """What can be changed about a rule that is not one side of a linear limit."""
    site, policy, work = request.site, request.policy, request.workloads[0]
    if rule == "vram":
        # The mean prompt and answer must still fit in it.
        least = work.input_tokens + work.output_tokens
        yield Change(rule, knobs.CONTEXT, range(work.context - 1, least - 1, -1))
    if rule in ("vram", "targets"):
        # Fewer users are each served faster, and lighter weights are read faster.
        yield Change(rule, knobs.CONCURRENCY, range(work.concurrency - 1, 0, -1))
        if with_four_bits(request, llm) is not None:
            yield Change(rule, knobs.WEIGHTS, ONE, choice=knobs.FOUR_BITS_OR_BETTER)
        most = min(MAX_NODES, policy.max_nodes + MORE_NODES)
        yield Change(rule, knobs.MAX_NODES, range(policy.max_nodes + 1, most + 1))
    if rule == "targets":
        yield from _slower(request)
    yield from _wired(site, rule)
    if rule == "cooling" and not site.extra_cooling_allowed:
        yield Change(rule, knobs.EXTRA_COOLING, ONE, choice=True)
    if rule == "memory":
        first = ceil(round(policy.memory_per_vram * MEMORY_STEPS, 6)) - 1
        yield Change(rule, knobs.MEMORY, range(first, -1, -1), MEMORY_STEPS)
    if rule == "ups" and policy.ups_minutes:
        yield Change(rule, knobs.UPS_MINUTES, range(ceil(policy.ups_minutes) - 1, 0, -1))
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


def _wired(site: Site, rule: str) -> Iterator[Change]:
    """More circuits: at a higher voltage supplies deliver more, too."""
    if rule in ("circuits", "outlets"):
        for index, circuit in enumerate(site.circuits):
            counts = range(circuit.count + 1, min(64, circuit.count + MORE_CIRCUITS) + 1)
            yield Change(rule, knobs.circuit_count(index), counts)
    if rule in ("circuits", "outlets", "psu"):
        added = range(site.new_circuits + 1, MOST_NEW_CIRCUITS + 1)
        yield Change(rule, knobs.NEW_CIRCUITS, added)
