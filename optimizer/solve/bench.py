"""One question, asked again and again with a value or a rule changed; what stands is shared.

Scoring layouts takes most of the time of an answer, and most changes leave speeds alone: prices,
facts, hosts and speeds are computed once and serve every variant of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from optimizer.instance.bounds import share_bounds
from optimizer.instance.caps import Caps, Figures, Mode
from optimizer.instance.compile import Compiler
from optimizer.instance.filters import Open
from optimizer.instance.ground import FREE
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case, Deployment, Instance, Limits
from optimizer.instance.money import money_of
from optimizer.instance.narrow import narrow
from optimizer.instance.parts_key import parts_key
from optimizer.instance.ranking import Ranking
from optimizer.instance.speeds_key import speeds_key
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.request import Request
from optimizer.solve.answer import as_it_is
from optimizer.solve.candidate import Expression, start
from optimizer.solve.clock import Clock
from optimizer.solve.hunt import NOTHING, Hunt
from optimizer.solve.lexicographic import BestSoFar, Goal, Outcome, Progress, optimise
from optimizer.solve.needs import Need
from optimizer.solve.pool import EVERY_RULE, Pool, in_parts
from optimizer.solve.standing import WIRED, Family, Scope, standing, within
from optimizer.solve.ways import Setting, WayBounds, least_capex, may_serve

FIRST_CHUNK = 64
GROWTH = 6

Loosen = Callable[[Limits], Limits]
Sought = Callable[[Figures], bool]
"""Whether a layout whose figures are no better than these may be of interest."""


class Stages(Protocol):
    """Rules that hold, a change of the limits, what is sought -> the instances to search."""

    def __call__(
        self, names: frozenset[str], loosen: Loosen, seek: Seek | None = None, /
    ) -> Iterator[Instance]:
        """The instances, made as they are asked for."""
        ...


@dataclass(slots=True)
class Rankings:
    """Ways of cases by their bounds, kept for the question asked last: circuits play no part."""

    _asked: object = None
    _found: dict[Family, Ranking] = field(default_factory=dict)

    def of(self, question: object) -> dict[Family, Ranking]:
        """What was worked out for a question; nothing, where another was asked meanwhile."""
        if self._asked != question:
            self._asked, self._found = question, {}
        return self._found


@dataclass(frozen=True, slots=True)
class Seek:
    """The least of a goal is sought, and values up to ``level`` are of interest."""

    goal: Goal
    level: BestSoFar
    relaxed: Callable[[Stages, frozenset[str]], Outcome]
    """The least over other instances, with other rules, as far as it is of interest."""
    with_ties: bool

    def sought(self, figures: Figures) -> bool:
        """Whether a layout whose figures are no better than these may be of interest."""
        level = self.level()
        return self.goal.figures is None or level is None or self.goal.figures(figures) <= level


def as_asked(limits: Limits) -> Limits:
    """Limits as they are."""
    return limits


@dataclass(slots=True)
class Bench:
    """Variants of one request. ``compiler`` must know every layout: none left out as hopeless."""

    compiler: Compiler
    clock: Clock
    progress: Progress | None = None
    only: Callable[[Instance], Instance] = as_it_is
    """Leaves layouts out of every instance."""
    extra: tuple[Rule, ...] = ()
    """Rules that hold beside those of the register."""
    _held: dict[tuple[str, bool], Compiler] = field(default_factory=dict)
    _instances: dict[Hashable, Instance] = field(default_factory=dict)
    _parts: dict[str, Compiler] = field(default_factory=dict)
    _rankings: Rankings = field(default_factory=Rankings)
    _met: dict[tuple[str, Need], Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        request = self.compiler.request
        self.compiler.pause = self.clock.check
        self._held[request.model_dump_json(), False] = self.compiler
        self._parts[parts_key(request).model_dump_json()] = self.compiler

    @property
    def request(self) -> Request:
        """The request as asked."""
        return self.compiler.request

    def say(self, text: str) -> None:
        """Tell how far it is."""
        if self.progress is not None:
            self.progress(text)

    def of(self, request: Request, unfit: bool = False) -> Compiler:
        """The compiler of a variant; ``unfit`` keeps layouts that overflow the memory."""
        text = request.model_dump_json()
        if (text, unfit) not in self._held:
            parts = parts_key(request).model_dump_json()
            made = self._parts.get(parts, self.compiler).changed(request, unfit=unfit)
            self._parts.setdefault(parts, made)
            self._held[text, unfit] = made
        return self._held[text, unfit]

    def stages(
        self,
        request: Request,
        names: frozenset[str] = EVERY_RULE,
        loosen: Loosen = as_asked,
        seek: Seek | None = None,
        scope: Scope | None = None,
    ) -> Iterator[Instance]:
        """Every layout that the rules named leave open, in instalments: promising hosts first.

        With ``scope``, cases of this one alone. Of power caps only the lowest that meets the
        targets is built, or the lowest of all where those do not hold: every other limit is the
        looser for it. Where the goal sought depends on speed itself, full power comes first, then
        all caps that may still be better; where more than what was asked is worth nothing, those
        up to the first that gives it.
        """
        self.clock.check()
        compiler, without = self.of(request, "vram" not in names), EVERY_RULE - names
        limits = loosen(compiler.limits)
        money = seek is not None and (seek.with_ties or seek.goal.counts_money)
        cases = within(compiler.cases(), scope)
        bounds = least_capex if seek is None else seek.goal.ways or least_capex
        at = partial(Setting, compiler, limits=limits, without=without)
        ranked = self._rankings.of((request, names - WIRED - {"network"}, limits, bounds))
        hunt = Hunt(
            standing(cases, without, limits, counts_money=money),
            lambda case: _ranked(at(case), bounds),
            lambda case: compiler.seated(case, limits, without),
            lambda case: _worth(at(case, sharp=True), bounds),
            lambda scope: self._relaxed(request, names, loosen, seek, scope),
            lambda: None if seek is None else seek.level(),
            in_order=seek is None or seek.goal.ways is None,
            ranked=ranked,
        )
        asked, sought = limits, None
        passes: tuple[Mode | None, ...] = ("least" if "targets" in names else "lowest",)
        if seek is not None and seek.goal.figures is not None:
            sought = seek.sought
            passes = (None, "all") if compiler.may_cap else (None,)
            if seek.goal.asked is not None:
                asked, passes = seek.goal.asked, ("enough",)
        for mode in passes:
            for case, ways in hunt.instalments():
                self.clock.check()
                caps = None if mode is None else compiler.caps(case, mode, limits=asked)
                yield self._scored(compiler, case, limits, ways, caps, sought)

    def _relaxed(
        self,
        request: Request,
        names: frozenset[str],
        loosen: Loosen,
        seek: Seek | None,
        scope: Scope,
    ) -> int | None:
        """What no build of a scope can beat, whatever its circuits are: see :class:`Hunt`."""
        fewer = names - WIRED - ({"network"} if isinstance(scope, Family) else set())
        if fewer == names:
            return None

        def view(
            names: frozenset[str], loosen: Loosen, seek: Seek | None = None
        ) -> Iterator[Instance]:
            return self.stages(request, names, loosen, seek, scope)

        if seek is None:
            verdict = feasible(view, fewer, self.clock, loosen, self.extra)
            return NOTHING if verdict is False else None
        outcome = seek.relaxed(view, fewer)
        if outcome.status == "infeasible":
            return NOTHING
        return outcome.value if outcome.status == "optimal" else None

    def _scored(
        self,
        compiler: Compiler,
        case: Case,
        limits: Limits,
        ways: tuple[HostKey, ...],
        caps: Caps | None,
        sought: Sought | None,
    ) -> Instance:
        """The layouts on some ways of a case; many variants share them, unless some are sought."""
        if sought is not None:
            held = _found(compiler, case, ways, caps, sought)
        else:
            key = (
                speeds_key(compiler.request, compiler.unfit),
                id(compiler.admitted),
                case,
                ways,
                caps,
            )
            if key not in self._instances:
                self._instances[key] = compiler.scored(case, ways, caps=caps)
            held = self._instances[key]
        money = money_of(compiler.request)
        same = replace(held, request=compiler.request, limits=limits, money=money)
        if case.nodes > 1 and case.switch is None:  # joined for nothing: no part need be as fast
            same = replace(same, case=replace(case, network_gbps=0))
        share_bounds(held, same)
        return self.only(same)

    def just_meeting(self, request: Request, need: Need) -> Outcome:
        """The least of one need over all builds that keep every other limit; asked once."""
        key = (request.model_dump_json(), need)
        if key not in self._met:
            view, clock, extra = self.view(request), self.clock, self.extra
            found = least(view, need.goal, EVERY_RULE, clock, need.loosen, extra=extra)
            if found.status not in ("optimal", "infeasible"):
                return found
            self._met[key] = found
        return self._met[key]

    def view(self, request: Request | None = None) -> Stages:
        """The stages of one variant."""
        asked = self.request if request is None else request
        return lambda names, loosen, seek=None: self.stages(asked, names, loosen, seek)


def _found(
    compiler: Compiler, case: Case, ways: tuple[HostKey, ...], caps: Caps | None, sought: Sought
) -> Instance:
    """Layouts on some ways that are sought: at full power, or under the caps below it."""

    def worth(_way: HostKey, d: Deployment) -> bool:
        return sought(Figures(d.output_milli, d.user_milli, d.ttft_us, d.power.average_w))

    below = None if caps is None else replace(caps, worth=sought)
    below_tdp = caps is not None and caps.mode != "enough"
    return compiler.scored(case, ways, worth, caps=below, below_tdp=below_tdp)


def _ranked(at: Setting, bounds: WayBounds) -> Ranking:
    """Ways that money leaves open, by their bounds; of those, where a layout fits and finds room.

    The latter is looked at as far as somebody asks, and once for all cases of a family.
    """
    compiler, bound, nodes = at.compiler, bounds(at), at.case.nodes
    affordable = [
        (bound(o), o)
        for o in compiler.ground(at.case).cheapest_first(FREE.intersection(at.without))
        if o.affordable(at.limits, at.without)
    ]
    fits, seats = compiler.reach.has_fit, compiler.standing(at.case, at.limits, at.without).of
    best_first = sorted(affordable, key=lambda pair: pair[0])
    return Ranking(pair for pair in best_first if fits(pair[1].way, nodes) and seats(pair[1]))


def _worth(at: Setting, bounds: WayBounds) -> Callable[[Open, int | None], bool]:
    """Whether a way may reach a level and serve as is asked."""
    bound, roughly, surely = bounds(at), may_serve(replace(at, sharp=False)), may_serve(at)

    def worth(way: Open, level: int | None) -> bool:
        return roughly(way) and surely(way) and (level is None or bound(way) <= level)

    return worth


def rules_of(names: frozenset[str], extra: tuple[Rule, ...] = ()) -> tuple[Rule, ...]:
    """The rules of these names, in their order, and those that always hold."""
    return (*(rule for rule in RULES if rule.name in names), *extra)


def feasible(
    stages: Stages,
    names: frozenset[str],
    clock: Clock,
    loosen: Loosen = as_asked,
    extra: tuple[Rule, ...] = (),
) -> bool | None:
    """Whether anything fits under the rules named, and ``extra``; None: time ran out undecided.

    The first build found ends the search. ``stages`` may raise OutOfTime.
    """
    rules, undecided = rules_of(names, extra), False
    for instance in stages(names, loosen):
        layouts, done, size = Pool(instance, names).cheapest_first(), 0, FIRST_CHUNK
        while done < len(layouts):
            chunk = narrow(instance, layouts[done : done + size])
            done, size = done + size, size * GROWTH
            for part in in_parts(chunk, names):
                candidate = start(part, rules)
                status = clock.solve(candidate.formulation).status if candidate else "infeasible"
                if status in ("optimal", "feasible"):
                    return True
                undecided = undecided or status == "unknown"
    return None if undecided else False


def least(
    stages: Stages,
    goal: Goal,
    names: frozenset[str],
    clock: Clock,
    loosen: Loosen = as_asked,
    ties: Sequence[Expression] = (),
    below: int | None = None,
    extra: tuple[Rule, ...] = (),
) -> Outcome:
    """The least value of a goal under the rules named; only values under ``below`` count."""

    def instances(best: BestSoFar) -> Iterator[Instance]:
        def level() -> int | None:
            value = best()
            return value if value is None or ties else value - 1

        def relaxed(stages: Stages, names: frozenset[str]) -> Outcome:
            most = level()
            under = None if most is None else most + 1
            return least(stages, goal, names, clock, loosen, (), under, extra)

        return stages(names, loosen, Seek(goal, level, relaxed, bool(ties)))

    return optimise(
        instances,
        goal,
        clock,
        ties=ties,
        rules=rules_of(names, extra),
        below=below,
    )
