"""One question, asked again and again with a value or a rule changed; what stands is shared.

Scoring layouts takes most of the time of an answer, and most changes leave speeds alone: prices,
facts, hosts and speeds are computed once and serve every variant of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from optimizer.instance.bounds import share_bounds
from optimizer.instance.caps import Caps, Figures, Mode
from optimizer.instance.compile import Compiler, speeds_key
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case, Deployment, Instance, Limits
from optimizer.instance.money import money_of
from optimizer.instance.narrow import narrow
from optimizer.instance.parts_key import parts_key
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.request import Request
from optimizer.solve.answer import as_it_is
from optimizer.solve.candidate import Expression, start
from optimizer.solve.clock import Clock
from optimizer.solve.lexicographic import BestSoFar, Goal, Outcome, Progress, optimise
from optimizer.solve.pool import EVERY_RULE, Pool, in_parts

FIRST_WAYS = 24
FIRST_CHUNK = 64
GROWTH = 6

WIRED = frozenset({"circuits", "outlets"})
"""Rules that ask which circuits there are, beside that of uninterruptible supplies."""
Loosen = Callable[[Limits], Limits]
Sought = Callable[[Figures], bool]
"""Whether a layout whose figures are no better than these may be of interest."""


class Stages(Protocol):
    """Rules that hold, a change of the limits, what is sought -> the instances to search."""

    def __call__(
        self, names: frozenset[str], loosen: Loosen, sought: Sought | None = None, /
    ) -> Iterator[Instance]:
        """The instances, made as they are asked for."""
        ...


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
        sought: Sought | None = None,
    ) -> Iterator[Instance]:
        """Every layout that the rules named leave open, in instalments: cheap hosts first.

        Of power caps only the lowest that meets the targets is built, or the lowest of all where
        those do not hold: every other limit is the looser for it. Where what is ``sought`` depends
        on speed itself, full power comes first, then all caps that may still be better.
        """
        self.clock.check()
        compiler, without = self.of(request, "vram" not in names), EVERY_RULE - names
        if sought is None or not compiler.may_cap:
            mode: Mode = "least" if "targets" in names else "lowest"
            yield from self._instalments(compiler, without, loosen, mode)
            return
        yield from self._instalments(compiler, without, loosen, None, sought)
        yield from self._instalments(compiler, without, loosen, "all", sought)

    def _instalments(
        self,
        compiler: Compiler,
        without: frozenset[str],
        loosen: Loosen,
        mode: Mode | None,
        sought: Sought | None = None,
    ) -> Iterator[Instance]:
        """The cases in their order; ``mode`` None leaves out power caps."""
        limits = loosen(compiler.limits)
        for case in standing(compiler.cases(), without, limits):
            self.clock.check()
            caps = None if mode is None else compiler.caps(case, mode, limits=limits)
            fits = compiler.reach.has_fit
            ways = [o.way for o in compiler.ways(case, limits, without) if fits(o.way, case.nodes)]
            done, size = 0, FIRST_WAYS
            while done < len(ways):
                chunk = tuple(ways[done : done + size])
                yield self._scored(compiler, case, limits, chunk, caps, sought)
                done, size = done + size, size * GROWTH

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
        share_bounds(held, same)
        return self.only(same)

    def view(self, request: Request | None = None) -> Stages:
        """The stages of one variant."""
        asked = self.request if request is None else request
        return lambda names, loosen, sought=None: self.stages(asked, names, loosen, sought)


def _found(
    compiler: Compiler, case: Case, ways: tuple[HostKey, ...], caps: Caps | None, sought: Sought
) -> Instance:
    """Layouts on some ways that are sought: at full power, or under the caps below it."""

    def worth(_way: HostKey, d: Deployment) -> bool:
        return sought(Figures(d.output_milli, d.user_milli, d.ttft_us, d.power.average_w))

    below = None if caps is None else replace(caps, worth=sought)
    return compiler.scored(case, ways, worth, caps=below, below_tdp=caps is not None)


def standing(cases: Sequence[Case], without: Collection[str], limits: Limits) -> list[Case]:
    """Cases that none of simpler wiring stands for, where rules ``without`` do not hold.

    Without the rule about circuits, one that gives none up to cooling allows all that those do
    that give some up; where no rule asks which circuits there are, one that adds none allows all
    that the others do. That is so for cases of one voltage, number of nodes and switch alone: at
    another voltage supplies deliver other watts.
    """
    if "circuits" not in without:
        return list(cases)
    wired = not (WIRED.issubset(without) and ("ups" in without or not limits.ups))
    whole = {_kind(c) for c in cases if not c.given_up}
    plain = {_kind(c) for c in cases if not c.given_up and not c.new_circuits}
    return [
        c
        for c in cases
        if not (c.given_up and _kind(c) in whole)
        and (wired or not c.new_circuits or _kind(c) not in plain)
    ]


def _kind(case: Case) -> tuple[int, int, str | None]:
    return (case.volts, case.nodes, case.switch)


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
    figures = goal.figures

    def instances(best: BestSoFar) -> Iterator[Instance]:
        if figures is None:
            return stages(names, loosen)
        return stages(names, loosen, lambda found: _may_reach(figures(found), best()))

    return optimise(
        instances,
        goal,
        clock,
        ties=ties,
        rules=rules_of(names, extra),
        below=below,
    )


def _may_reach(bound: int, level: int | None) -> bool:
    return level is None or bound <= level
