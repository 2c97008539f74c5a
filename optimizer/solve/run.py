"""From a request and a catalog to the one result document."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.finance.tco import cents_per_million_tokens
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance
from optimizer.model.objective import TIE_BREAKS, UNITS
from optimizer.schema.build import Build, Excluded, ObjectiveValue, Result, Timings
from optimizer.schema.request import Request
from optimizer.solve.bench import Bench
from optimizer.solve.binding import Limits, Solved
from optimizer.solve.clock import Clock
from optimizer.solve.document import build_document
from optimizer.solve.explain import Explainer
from optimizer.solve.knobs import WEIGHTS
from optimizer.solve.launch import Launch
from optimizer.solve.lexicographic import (
    BestSoFar,
    Candidate,
    Outcome,
    Progress,
    linear_goal,
    optimise,
)
from optimizer.solve.precision import Told, four_bit_note, with_four_bits
from optimizer.solve.provenance import provenance_of, warnings_of
from optimizer.solve.ratio import Ratio, optimise_ratio
from optimizer.verify.verify import verify

DEFAULT_TIME_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How to solve. ``workers`` None: one worker first, a portfolio when it does not finish."""

    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    workers: int | None = None
    seed: int = 0
    explain: bool = True
    """Whether a proof that nothing fits comes with its conflict and the smallest repairs."""
    binding: bool = False
    """Whether an answer comes with what each of its limits costs."""
    notes: bool = True
    """Whether an answer says what another choice of precision would change."""
    log: Callable[[str], None] | None = None
    """Hears the log of CP-SAT, line by line; from the solver's thread."""


def solve(
    request: Request,
    catalog: Catalog,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
) -> Result:
    """The best build for a request, proven, or why there is none.

    The status is ``optimal`` only with a proof, ``feasible`` with bound and gap when time ran out
    or the user interrupted, ``infeasible`` only with a proof, else ``unknown``. Every build passed
    every check of ``verify``. Raises InputError for a request that cannot be solved as it stands.
    """
    options = options or SolveOptions()
    clock = Clock(options.time_limit_s, options.workers, options.seed, log=options.log)
    with interruptible(clock):
        return _solve(request, catalog, options, clock, progress)


@dataclass(slots=True)
class Answer:
    """One request solved: the outcome, what it was compiled from, and its document."""

    request: Request
    compiler: Compiler
    outcome: Outcome
    ratio: Ratio | None
    build: Build | None
    candidates: int
    cases: int

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


def _answer(
    request: Request,
    catalog: Catalog,
    clock: Clock,
    progress: Progress | None,
    before: Answer | None = None,
    least: int = 0,
    compiler: Compiler | None = None,
) -> Answer:
    """Solve one request.

    ``before`` is the answer to a request that differs in its weight formats alone, whose work is
    used again; of the new answer only value and cost matter, so ties end with the TCO. With
    ``least``, only throughputs of so many milli-tokens/s count.
    """
    held: list[BestSoFar] = []

    def least_output() -> int:
        """What a layout must reach: where throughput is maximised, the best value so far."""
        best = held[0]() if held and request.objective == "throughput" else None
        return max(least, 0 if best is None else -best)

    if before is not None:
        compiler = before.compiler.changed(request, least_output=least_output)
    elif compiler is None:
        compiler = Compiler(
            request, catalog, progress=progress, least_output=least_output, pause=clock.check
        )
    sizes: list[int] = []

    def instances(best: BestSoFar) -> Iterator[Instance]:
        held.append(best)
        for case in compiler.cases():
            sizes.append(compiler.size(case))
            yield from compiler.stages(case, request.objective, best)

    ratio: Ratio | None = None
    if request.objective == "cost-per-token":
        outcome, ratio = optimise_ratio(instances(lambda: None), clock, progress=progress)
    else:
        goal = linear_goal(request.objective)
        ties = TIE_BREAKS if before is None else TIE_BREAKS[:1]
        outcome = optimise(instances, goal, clock, progress=progress, ties=ties)
    build = build_of(outcome.winner, catalog)
    return Answer(request, compiler, outcome, ratio, build, sum(sizes), len(sizes))


def _solve(
    request: Request,
    catalog: Catalog,
    options: SolveOptions,
    clock: Clock,
    progress: Progress | None,
) -> Result:
    began = time.perf_counter()
    answer = _answer(request, catalog, clock, progress)
    outcome, build = answer.outcome, answer.build

    def solve_again(changed: Request) -> Solved | None:
        """The proven answer to a relaxed request, which is no worse than this one."""
        least = -(outcome.value or 0) if request.objective == "throughput" else 0
        other = _answer(changed, catalog, clock, progress, least=least)
        if other.build is None or other.outcome.status != "optimal":
            return None
        return Solved(other.objective, other.build)

    explanation, conflict_s = None, None
    if outcome.status == "infeasible" and options.explain:
        explainer = _explainer(answer, catalog, clock, progress)
        explanation = explainer.explanation()
        conflict_s = explainer.first_s
    binding = None
    if outcome.status == "optimal" and build is not None and options.binding:
        binding = Limits(request, answer.objective, build, clock, progress, solve_again).binding()
    notes = _launch_notes(answer, catalog)
    if options.notes and (
        explanation is None or all(r.path != WEIGHTS for r in explanation.repairs)
    ):
        notes += _notes(answer, catalog, clock, progress)
    ended = time.perf_counter()
    return Result(
        status=outcome.status,
        interrupted=clock.stop.is_set(),
        objective=answer.objective,
        request=request,
        build=build,
        explanation=explanation,
        binding=binding,
        warnings=tuple(warnings_of(request, catalog, build, outcome)),
        notes=tuple(notes),
        excluded=tuple(
            Excluded(component=i, reason=why) for i, why in sorted(answer.compiler.excluded.items())
        ),
        provenance=provenance_of(request, catalog, build),
        timings=Timings(
            total_s=round(ended - began, 4),
            conflict_s=None if conflict_s is None else round(conflict_s - began, 4),
            deployments=answer.compiler.deployments_scored,
            candidates=answer.candidates,
            cases=answer.cases,
            workers=options.workers or 0,
            seed=options.seed,
            time_limit_s=options.time_limit_s,
        ),
    )


def _launch_notes(answer: Answer, catalog: Catalog) -> list[str]:
    """What must be done before the engine starts."""
    winner = answer.outcome.winner
    if winner is None or winner.values is None:
        return []
    choice = winner.formulation.plan.extract(winner.values)
    deployment = winner.instance.deployments[choice.deployment]
    engine, workload = catalog.engines[deployment.engine], answer.request.workloads[0]
    return Launch(deployment, answer.compiler.llm, engine, workload, winner.case.nodes).notes


def _notes(answer: Answer, catalog: Catalog, clock: Clock, progress: Progress | None) -> list[str]:
    """What another choice of precision would change, where the answer is final."""
    relaxed = with_four_bits(answer.request, answer.compiler.llm)
    decided = answer.outcome.status in ("optimal", "infeasible")
    if relaxed is None or not decided or clock.over:
        return []
    if progress is not None:
        progress("what would 4-bit weights change?")
    least = 0
    if relaxed.objective == "throughput" and answer.outcome.value is not None:
        least = 1 - answer.outcome.value
    other = _answer(relaxed, catalog, clock, progress, answer, least)
    if other.outcome.status not in ("optimal", "infeasible"):
        return []
    note = four_bit_note(answer.request.objective, answer.told, other.told)
    return [] if note is None else [note]


def build_of(winner: Candidate | None, catalog: Catalog) -> Build | None:
    """The document of the winner. Raises InternalViolation if it broke a rule."""
    if winner is None or winner.values is None:
        return None
    choice = winner.formulation.plan.extract(winner.values)
    uses = verify(choice, winner.instance)
    return build_document(choice, winner.instance, uses, catalog)


def _explainer(
    answer: Answer, catalog: Catalog, clock: Clock, progress: Progress | None
) -> Explainer:
    """What explains an infeasible answer, from what it was compiled from."""

    def solve_changed(changed: Request, compiler: Compiler) -> Build | None:
        return _answer(changed, catalog, clock, progress, compiler=compiler).build

    return Explainer(Bench(answer.compiler, clock, progress), catalog, solve_changed)


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


@contextmanager
def interruptible(clock: Clock) -> Iterator[None]:
    """Ctrl-C asks the solve to stop and keep what it has; a second one stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        if clock.stop.is_set():
            raise KeyboardInterrupt
        clock.stop.set()

    previous: Any = before if before is not None else signal.SIG_DFL
    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
