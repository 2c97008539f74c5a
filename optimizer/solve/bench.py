"""One question, asked again and again with a value or a rule changed; what stands is shared.

Scoring layouts takes most of the time of an answer, and most changes leave speeds alone: prices,
facts, hosts and speeds are computed once and serve every variant of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from optimizer.instance.bounds import share_bounds
from optimizer.instance.caps import Caps, Mode
from optimizer.instance.compile import Compiler
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case, Instance, Limits
from optimizer.instance.money import money_of
from optimizer.instance.narrow import narrow
from optimizer.instance.parts_key import parts_key
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.request import Request
from optimizer.solve.answer import as_it_is
from optimizer.solve.clock import Clock
from optimizer.solve.lexicographic import Expression, Goal, Outcome, Progress, optimise, start
from optimizer.solve.pool import EVERY_RULE, Pool

FIRST_WAYS = 24
FIRST_CHUNK = 64
GROWTH = 6

Loosen = Callable[[Limits], Limits]
Stages = Callable[[frozenset[str], Loosen], Iterator[Instance]]
"""Rules that hold, and a change of the limits -> the instances to search."""


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
    _scorers: dict[Hashable, Compiler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        request = self.compiler.request
        self.compiler.pause = self.clock.check
        self._held[request.model_dump_json(), False] = self.compiler
        self._parts[parts_key(request).model_dump_json()] = self.compiler
        self._scorers[_speeds_key(request, False)] = self.compiler

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
            key = _speeds_key(request, unfit)
            if key in self._scorers:
                made.__dict__["scorer"] = self._scorers[key].scorer
            else:
                self._scorers[key] = made
            self._held[text, unfit] = made
        return self._held[text, unfit]

    def stages(
        self,
        request: Request,
        names: frozenset[str] = EVERY_RULE,
        loosen: Loosen = as_asked,
        every_cap: bool = False,
    ) -> Iterator[Instance]:
        """Every layout that the rules named leave open, in instalments: cheap hosts first.

        Where the targets stand as asked, only the lowest power cap that meets them is built: every
        other limit is the looser for it. Where they give way, every cap up to that one is; with
        ``every_cap`` all, where speed itself is what is looked for.
        """
        self.clock.check()
        compiler, without = self.of(request, "vram" not in names), EVERY_RULE - names
        for case in compiler.cases():
            self.clock.check()
            limits = loosen(compiler.limits)
            held = "targets" in names and _same_targets(limits, compiler)
            lean: Mode = "least" if held else "lean"
            caps = compiler.caps(case, "all" if every_cap else lean)
            ways = compiler.ways(case, limits, without)
            ways.sort(key=lambda o: (o.capex, o.way))
            done, size = 0, FIRST_WAYS
            while done < len(ways):
                chunk = tuple(o.way for o in ways[done : done + size])
                yield self._scored(compiler, case, limits, chunk, caps)
                done, size = done + size, size * GROWTH

    def _scored(
        self,
        compiler: Compiler,
        case: Case,
        limits: Limits,
        ways: tuple[HostKey, ...],
        caps: Caps | None,
    ) -> Instance:
        """The layouts on some ways of a case, which many variants share."""
        key = (id(compiler.scorer), id(compiler.admitted), case, ways, caps)
        if key not in self._instances:
            self._instances[key] = compiler.scored(case, ways, caps=caps)
        held, money = self._instances[key], money_of(compiler.request)
        same = replace(held, request=compiler.request, limits=limits, money=money)
        share_bounds(held, same)
        return self.only(same)

    def view(self, request: Request | None = None, every_cap: bool = False) -> Stages:
        """The stages of one variant."""
        asked = self.request if request is None else request
        return lambda names, loosen: self.stages(asked, names, loosen, every_cap)


def _same_targets(limits: Limits, compiler: Compiler) -> bool:
    """Whether loosened limits hold the service targets as they were asked."""
    asked = compiler.limits
    return (limits.min_output_milli, limits.min_user_milli, limits.max_ttft_us) == (
        asked.min_output_milli,
        asked.min_user_milli,
        asked.max_ttft_us,
    )


def _speeds_key(request: Request, unfit: bool) -> Hashable:
    """What decides which layouts there are and how fast: variants alike in it share them."""
    work, policy = request.workloads[0], request.policy
    targets = work.targets.replace(min_tok_s=None, max_ttft_s=None)
    needs = (policy.memory_per_vram, policy.storage_per_weights, policy.storage_base_gb)
    return (work.replace(targets=targets), needs, policy.power_cap, unfit)


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
            candidate = start(narrow(instance, layouts[done : done + size]), rules)
            done, size = done + size, size * GROWTH
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
    return optimise(
        lambda _best: stages(names, loosen),
        goal,
        clock,
        ties=ties,
        rules=rules_of(names, extra),
        below=below,
    )
