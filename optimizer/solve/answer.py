"""The answer to one request: searched for, verified, and put in the unit people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.finance.tco import cents_per_million_tokens
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance
from optimizer.instance.stages import below_tdp_that_pays, stages
from optimizer.model.objective import TIE_BREAKS, UNITS
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.schema.build import Build, ObjectiveValue
from optimizer.schema.request import Request
from optimizer.solve.candidate import Candidate
from optimizer.solve.clock import Clock
from optimizer.solve.document import build_document
from optimizer.solve.lexicographic import BestSoFar, Outcome, Progress, linear_goal, optimise
from optimizer.solve.precision import Told
from optimizer.solve.ratio import Ratio, optimise_ratio
from optimizer.verify.verify import verify


def as_it_is(instance: Instance) -> Instance:
    """Nothing left out."""
    return instance


@dataclass(slots=True)
class Answer:
    """One request solved: the outcome, what it was compiled from, and its document."""

    request: Request
    compiler: Compiler
    outcome: Outcome
    ratio: Ratio | None
    build: Build | None

    @property
    def objective(self) -> ObjectiveValue:
        """Value, bound and gap in the unit people read."""
        return _objective(self.request, self.outcome, self.ratio, self.build)

    @property
    def told(self) -> Told:
        """The answer in brief."""
        if self.build is None:
            return Told(None, None, None)
        used, costs = self.build.deployment, self.build.costs
        return Told(self.objective.value, used.weight_format, costs.capex_usd)


@dataclass(frozen=True, slots=True)
class Start:
    """What is known before a solve: parts compiled, the value of a build that fits.

    ``proven`` says that no build has a better value.
    """

    compiler: Compiler
    best: int | None = None
    proven: bool = False

    @property
    def below(self) -> int | None:
        """Only values below this one count."""
        return None if self.best is None or self.proven else self.best + 1

    @property
    def known(self) -> int | None:
        """The best value, where it is proven."""
        return self.best if self.proven else None


def answer_of(
    request: Request,
    catalog: Catalog,
    clock: Clock,
    progress: Progress | None,
    before: Answer | None = None,
    least: int = 0,
    compiler: Compiler | None = None,
    rules: tuple[Rule, ...] = RULES,
    only: Callable[[Instance], Instance] = as_it_is,
    below: int | None = None,
    start: Start | None = None,
) -> Answer:
    """Solve one request, with what is known before (``start``).

    ``before`` is the answer to a request that differs in its weight formats alone, whose work is
    used again; of the new answer only value and cost matter, so ties end with the TCO. With
    ``least``, only throughputs of so many milli-tokens/s count; with ``below``, only values of a
    linear objective under it. ``rules`` may hold more than the register, and ``only`` leave out
    layouts of which none of them can want any.
    """
    held: list[BestSoFar] = []

    def least_output() -> int:
        """What a layout must reach: where throughput is maximised, the best value so far."""
        best = held[0]() if held else None
        return max(least, 0 if best is None else -best)

    dropping = least_output if request.objective == "throughput" else None
    if before is not None:
        compiler = before.compiler.changed(request, least_output=dropping)
    elif start is not None:
        compiler = start.compiler.changed(request, least_output=dropping)
        compiler.pause = clock.check
    elif compiler is None:
        compiler = Compiler(
            request, catalog, progress=progress, least_output=dropping, pause=clock.check
        )

    def instances(best: BestSoFar) -> Iterator[Instance]:
        held.append(best)
        yield from map(only, stages(compiler, request.objective, best))

    ratio: Ratio | None = None
    if request.objective == "cost-per-token":

        def more(reached: Ratio) -> Iterator[Instance]:
            for case in compiler.cases():
                found = below_tdp_that_pays(compiler, case, reached.cents, reached.milli)
                yield from () if found is None else (only(found),)

        outcome, ratio = optimise_ratio(
            instances(lambda: None), clock, progress=progress, rules=rules, more=more
        )
    else:
        goal = linear_goal(request.objective)
        ties = TIE_BREAKS if before is None else TIE_BREAKS[:1]
        known = None if start is None else start.known
        below = below if start is None else start.below
        if least and below is None:
            below = 1 - least
        outcome = optimise(
            instances,
            goal,
            clock,
            progress=progress,
            ties=ties,
            rules=rules,
            below=below,
            proven=known,
        )
    build = build_of(outcome.winner, catalog)
    return Answer(request, compiler, outcome, ratio, build)


def build_of(winner: Candidate | None, catalog: Catalog) -> Build | None:
    """The document of the winner. Raises InternalViolation if it broke a rule."""
    if winner is None or winner.values is None:
        return None
    choice = winner.formulation.plan.extract(winner.values)
    uses = verify(choice, winner.instance)
    return build_document(choice, winner.instance, uses, catalog)


def _objective(
    request: Request, outcome: Outcome, ratio: Ratio | None, build: Build | None
) -> ObjectiveValue:
    """Value and bound in the unit people read; money in dollars, speed in tok/s."""
    name = request.objective
    value: float | None = None
    bound: float | None = None
    if name == "cost-per-token":
        if build is not None and ratio is not None:
            value = round(_per_million(request, ratio), 6)
            bound = value if outcome.status == "optimal" else 0.0
    elif outcome.value is not None:
        scale = -1000 if name in ("throughput", "speed") else 100
        value = outcome.value / scale
        bound = None if outcome.bound is None else outcome.bound / scale
    gap = None
    if value is not None and bound is not None:
        gap = round(abs(value - bound) / max(abs(value), 1e-9), 9)
    return ObjectiveValue(name=name, value=value, unit=UNITS[name], bound=bound, gap=gap)


def _per_million(request: Request, ratio: Ratio) -> float:
    duty, years = request.workloads[0].duty, request.finance.horizon_years
    return cents_per_million_tokens(ratio.cents, ratio.milli, duty, years) / 100
