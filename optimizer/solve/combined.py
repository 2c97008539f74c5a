"""The cheapest combined repair: several limits changed together, by what people give up first.

Every change has a weight in points. Limits that are one number become elastic, all at once, in one
model, and the points are minimised to proof. What is no number (another format, one more circuit)
is tried in the order of its points, at most two at once, until those alone outweigh the best found;
a long way, such as that of the context, at its quarters. At the end each change is made as small as
the others allow, in the steps of its flag: none can be smaller by one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, product
from math import inf, prod

from optimizer.instance.cases import limits_of
from optimizer.schema.explanation import CombinedRepair, Repair, Value
from optimizer.schema.request import Request
from optimizer.solve import knobs
from optimizer.solve.bench import least
from optimizer.solve.clock import OutOfTime
from optimizer.solve.document import brief
from optimizer.solve.elastic import SCALE, Elastic, costs_of
from optimizer.solve.knobs import value_at, with_value
from optimizer.solve.needs import Need
from optimizer.solve.points import points_of
from optimizer.solve.pool import EVERY_RULE
from optimizer.solve.repairs import Change, Repairs, changes, repair

QUARTERS = (0.25, 0.5, 0.75, 1.0)
NOT_NEEDED: Value = "not needed"
LEAST_CHANGES = 2
MOST_STEPS = 2
"""So many changes of what is no number at once."""
MOST_UNITS = 2**50
"""Solver units that any way may cost; far more points than anybody gives."""
MANY = 3
"""So many combinations of the same values are worth to be asked about at once."""
FEW = 8
"""So many values are all tried; of more, the quarters of the way."""


@dataclass(frozen=True, slots=True)
class Step:
    """One value of a change that is no number, with its points."""

    change: Change
    index: int
    points: float

    @property
    def value(self) -> Value:
        """The value as the request holds it."""
        return self.change.at(self.index)


@dataclass(frozen=True, slots=True)
class Way:
    """Steps, and limits stretched by the solver to so many units, with their points."""

    points: float
    steps: tuple[Step, ...]
    stretched: tuple[tuple[Need, int], ...]


@dataclass(slots=True)
class Combined:
    """Searches for the combined repair of one request.

    ``rules`` are those in conflict. Where nothing weighs less, it is the best of ``singles``, the
    repairs of one value.
    """

    repairs: Repairs
    rules: Sequence[str]
    singles: Sequence[Repair]
    proven: bool = True
    _best: float | None = None
    """The fewest points so far."""
    _floors: dict[tuple[str, ...], float] = field(default_factory=dict)
    """Changed together -> points that limits must be stretched by beside, whatever the values."""

    def find(self) -> CombinedRepair | None:
        """The repair; None where no combination makes it fit, or time ran out before any."""
        best: Way | None = None
        try:
            for way in self._better_ways():
                best = way
        except OutOfTime:
            self.proven = False
        if best is None or self._is_single(best):
            return self._best_single()
        return self._told(best)

    def _is_single(self, way: Way) -> bool:
        """Whether a way changes one value that has a repair: they differ by a step's rounding."""
        paths = {repair.path for repair in self.singles}
        changed = [need.path for need, _ in way.stretched] + [s.change.path for s in way.steps]
        return len(changed) == 1 and changed[0] in paths

    def _best_single(self) -> CombinedRepair | None:
        if not self.singles:
            return None
        best = min(self.singles, key=lambda r: self._points(r.path, r.after))
        points = round(self._points(best.path, best.after), 3)
        one = best.replace(build=None)
        return CombinedRepair(changes=(one,), weight=points, proven=self.proven, build=best.build)

    def _better_ways(self) -> Iterator[Way]:
        """Ways of fewer points than any repair of one value, each better than the one before."""
        self._best = min((self._points(r.path, r.after) for r in self.singles), default=None)
        for steps in self._combinations():
            self.repairs.bench.clock.check()
            way = self._stretch(steps, self._best)
            if way is not None:
                self._best = way.points
                yield way

    def _combinations(self) -> Iterator[tuple[Step, ...]]:
        """Steps to take together, those of the fewest points first, until they outweigh the best.

        Lighter weights come before all, with as much as can be of something else where they do not
        suffice: most often that helps, and the rest is quickly told then.
        """
        options, number = self._options(), count()
        lighter = [(s,) for steps in options for s in steps if s.change.path == knobs.WEIGHTS]
        yield from lighter
        for one, other in product((s for s, *_ in lighter), (held[-1] for held in options)):
            if self._best is None and one is not other:
                yield (one, other)
        queue: list[tuple[float, int, tuple[Step, ...], int]] = [(0.0, next(number), (), 0)]
        while queue:
            points, _, steps, first = heappop(queue)
            if self._best is not None and points >= self._best:
                return
            if steps not in lighter and not self._hopeless(points, steps, options):
                yield steps
            for at in range(first, len(options)) if len(steps) < MOST_STEPS else ():
                for step in options[at]:
                    heappush(queue, (points + step.points, next(number), (*steps, step), at + 1))

    def _hopeless(
        self, points: float, steps: tuple[Step, ...], options: Sequence[Sequence[Step]]
    ) -> bool:
        """Whether even the furthest values of what these steps change need too many points.

        Told for all values at once, for each allows all that the one before it allows.
        """
        paths = tuple(step.change.path for step in steps)
        alike = [held for held in options if held[0].change.path in paths]
        if self._best is None or prod(len(held) for held in alike) < MANY:
            return False
        if paths not in self._floors:
            furthest = tuple(held[-1] for held in alike)
            beyond = sum(step.points for step in furthest) - points
            way = self._stretch(furthest, self._best + beyond)
            self._floors[paths] = inf if way is None else way.points - beyond - points
        return points + self._floors[paths] >= self._best

    def _options(self) -> list[list[Step]]:
        """Every change of a conflict's rule that is no elastic number, with the values tried.

        Lighter weights are always among them: they make most limits the easier to keep.
        """
        request = self.repairs.bench.request
        found: dict[str, list[Step]] = {}
        for rule in dict.fromkeys((*self.rules, "vram")):
            for change in changes(request, rule, self.repairs.bench.compiler.llm):
                if rule not in self.rules and change.path != knobs.WEIGHTS:
                    continue
                if len(change.values) and change.path not in (*found, knobs.MIN_USER):
                    before = value_at(request, change.path)
                    found[change.path] = [
                        Step(change, at, points_of(change.path, before, change.at(at)))
                        for at in _tried(change.values)
                    ]
        return list(found.values())

    def _stretch(self, steps: tuple[Step, ...], most: float | None) -> Way | None:
        """The least points with these steps taken; None where nothing fits with less than most."""
        bench, points = self.repairs.bench, sum(step.points for step in steps)
        below = None if most is None else min(round((most - points) * SCALE), MOST_UNITS)
        if below is not None and below <= 0:
            return None
        asked = bench.request
        for step in steps:
            asked = with_value(asked, step.change.path, step.value)
        names = " and ".join(step.change.path for step in steps) or "limits alone"
        bench.say(f"looking for the cheapest combined change: {names}")
        # One change alone would be a repair of its own: at least two are made.
        limits, changes = limits_of(asked), max(0, LEAST_CHANGES - len(steps))
        elastic = Elastic(limits, costs_of(bench.request, limits), below, changes)
        outcome = least(
            bench.view(asked), elastic.goal(), EVERY_RULE, bench.clock, elastic.loosen, below=below
        )
        if outcome.status in ("feasible", "unknown"):
            self.proven = False
        winner = outcome.winner
        if winner is None or winner.values is None or outcome.value is None:
            return None
        stretched = []
        for need, slack in elastic.slacks[id(winner.formulation.plan)]:
            beyond, limit = slack.value(winner.values), need.limit(elastic.limits)
            if beyond > 0 and limit is not None:
                stretched.append((need, limit + beyond))
        return Way(points + outcome.value / SCALE, steps, tuple(stretched))

    def _told(self, way: Way) -> CombinedRepair | None:
        """The way in the steps of its flags, each as small as the others allow."""
        bench, values = self.repairs.bench, self._values(way)
        if values is None:
            return None
        bench.say("making the combined change as small as can be")
        rules = {step.change.path: step.change.rule for step in way.steps}
        rules |= {need.path: need.rule for need, _ in way.stretched}
        for path in list(values):
            value = self._least(way, path, _with(bench.request, values, path))
            if value is NOT_NEEDED:
                del values[path]
            elif value is None:
                self.proven = False
            else:
                values[path] = value
        changed = _with(bench.request, values)
        build = self.repairs.solve(changed, bench.of(changed))
        return CombinedRepair(
            changes=tuple(
                repair(bench.request, changed, rules[path], path, None) for path in values
            ),
            weight=round(sum(self._points(path, value) for path, value in values.items()), 3),
            proven=self.proven,
            build=None if build is None else brief(build),  # time ran out: something fits
        )

    def _values(self, way: Way) -> dict[str, Value] | None:
        """Path -> the value that surely suffices."""
        request, values = self.repairs.bench.request, {}
        for step in way.steps:
            values[step.change.path] = step.value
        for need, used in way.stretched:
            value = need.value(used, request)
            if value is None:
                self.proven = False
                return None
            values[need.path] = value
        return values

    def _least(self, way: Way, path: str, rest: Request) -> Value:
        """The least change of one value, the others as they are; None where time ran out.

        NOT_NEEDED where the others suffice: each was rounded up to a step of its flag.
        """
        asked = value_at(rest, path)
        for step in way.steps:
            if step.change.path == path:
                if self.repairs.possible(rest):
                    return NOT_NEEDED
                return self.repairs.first(rest, step.change)
        need = next(need for need, _ in way.stretched if need.path == path)
        if not need.applies(rest):
            return self.repairs.first(rest, self._change(rest, need))
        value = self.repairs.least(rest, need)
        if isinstance(value, int | float) and (value >= asked if need.floor else value <= asked):
            return NOT_NEEDED
        return value

    def _change(self, rest: Request, need: Need) -> Change:
        """The steps of a limit that others depend on."""
        llm = self.repairs.bench.compiler.llm
        return next(c for c in changes(rest, need.rule, llm) if c.path == need.path)

    def _points(self, path: str, value: Value) -> float:
        return points_of(path, value_at(self.repairs.bench.request, path), value)


def _tried(values: Sequence[int]) -> list[int]:
    """All values where they are few, else those at the quarters of the way."""
    if len(values) <= FEW:
        return list(range(len(values)))
    return sorted({round(share * (len(values) - 1)) for share in QUARTERS})


def _with(request: Request, values: dict[str, Value], but: str | None = None) -> Request:
    """The request with these values, ``but`` one as it was asked."""
    for path, value in values.items():
        if path != but:
            request = with_value(request, path, value)
    return request
