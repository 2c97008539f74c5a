"""From a request and a catalog to the one result document."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.instance.compile import Compiler
from optimizer.schema.build import Build, Excluded, Result, Timings
from optimizer.schema.request import Request
from optimizer.solve.answer import Answer, Start, answer_of
from optimizer.solve.bench import Bench
from optimizer.solve.binding import Limits, Solved
from optimizer.solve.candidate import Candidate
from optimizer.solve.capped import at_full_power, cap_note
from optimizer.solve.clock import Clock, interruptible
from optimizer.solve.explain import Explainer
from optimizer.solve.knobs import WEIGHTS
from optimizer.solve.launch import Launch
from optimizer.solve.lexicographic import Progress
from optimizer.solve.precision import four_bit_note, with_four_bits
from optimizer.solve.provenance import provenance_of, warnings_of
from optimizer.solve.spared import spared
from optimizer.solve.why import Whys, left_out

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
    why: tuple[str, ...] = ()
    """Parts about which to say why they are in the answer, or are not."""
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
    return solve_from(None, request, catalog, options, progress)[0]


def solve_from(
    start: Start | None,
    request: Request,
    catalog: Catalog,
    options: SolveOptions | None = None,
    progress: Progress | None = None,
) -> tuple[Result, Candidate | None]:
    """As :func:`solve`, with what is known before; and the winner as the solver holds it."""
    options = options or SolveOptions()
    clock = Clock(options.time_limit_s, options.workers, options.seed, log=options.log)
    with interruptible(clock):
        return _solve(request, catalog, options, clock, progress, start)


def _solve(
    request: Request,
    catalog: Catalog,
    options: SolveOptions,
    clock: Clock,
    progress: Progress | None,
    start: Start | None,
) -> tuple[Result, Candidate | None]:
    began = time.perf_counter()
    answer = answer_of(request, catalog, clock, progress, start=start)
    outcome, build = answer.outcome, answer.build

    def solve_again(changed: Request) -> Solved | None:
        """The proven answer to a relaxed request, which is no worse than this one."""
        least = -(outcome.value or 0) if request.objective == "throughput" else 0
        compiler = answer.compiler.changed(changed, least_output=lambda: least)
        other = answer_of(changed, catalog, clock, progress, compiler=compiler)
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
    why = Whys(answer, catalog, clock, progress).of(options.why)
    notes = _launch_notes(answer, catalog)
    if options.notes:
        notes += _cap_notes(answer, catalog, clock, progress)
    if options.notes and (
        explanation is None or all(r.path != WEIGHTS for r in explanation.repairs)
    ):
        notes += _notes(answer, catalog, clock, progress)
    ended = time.perf_counter()
    result = Result(
        status=outcome.status,
        interrupted=clock.stop.is_set(),
        objective=answer.objective,
        request=request,
        build=build,
        explanation=explanation,
        binding=binding,
        why=why,
        warnings=tuple(warnings_of(request, catalog, build, outcome)),
        notes=tuple(notes),
        excluded=tuple(
            Excluded(component=i, reason=reason)
            for i, reason in sorted(left_out(answer.compiler, catalog).items())
        ),
        provenance=provenance_of(request, catalog, build),
        timings=Timings(
            total_s=round(ended - began, 4),
            conflict_s=None if conflict_s is None else round(conflict_s - began, 4),
            deployments=answer.compiler.deployments,
            scored=answer.compiler.deployments_scored,
            candidates=answer.compiler.candidates,
            cases=len(answer.compiler.cases()),
            workers=options.workers or 0,
            seed=options.seed,
            time_limit_s=options.time_limit_s,
        ),
    )
    return result, outcome.winner


def _launch_notes(answer: Answer, catalog: Catalog) -> list[str]:
    """What must be done before the engine starts."""
    winner = answer.outcome.winner
    if winner is None or winner.values is None:
        return []
    choice = winner.formulation.plan.extract(winner.values)
    deployment = winner.instance.deployments[choice.deployment]
    engine, workload = catalog.engines[deployment.engine], answer.request.workloads[0]
    return Launch(deployment, answer.compiler.llm, engine, workload, winner.case.nodes).notes


def _cap_notes(
    answer: Answer, catalog: Catalog, clock: Clock, progress: Progress | None
) -> list[str]:
    """What the power limit of an answer buys, by the answer at full power."""
    build, outcome = answer.build, answer.outcome
    if build is None or outcome.status != "optimal" or clock.over:
        return []
    changed = at_full_power(answer.request, build)
    if changed is None:
        return []
    if progress is not None:
        progress("what would full power give?")
    # Pruned for whatever limit of power, the parts will do for none.
    compiler = answer.compiler.changed(changed, same_parts=True)
    other = answer_of(changed, catalog, clock, progress, compiler=compiler)
    if other.outcome.status not in ("optimal", "infeasible"):
        return []
    value, full = answer.objective.value, other.objective.value
    winner = outcome.winner
    saves = []
    if winner is not None and winner.values is not None:
        saves = spared(winner.instance, winner.formulation.plan.extract(winner.values))
    return [cap_note(answer.request.objective, build, value, other.build, full, saves)]


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
    other = answer_of(relaxed, catalog, clock, progress, answer, least)
    if other.outcome.status not in ("optimal", "infeasible"):
        return []
    note = four_bit_note(answer.request.objective, answer.told, other.told)
    return [] if note is None else [note]


def _explainer(
    answer: Answer, catalog: Catalog, clock: Clock, progress: Progress | None
) -> Explainer:
    """What explains an infeasible answer, from what it was compiled from."""

    def solve_changed(changed: Request, compiler: Compiler) -> Build | None:
        return answer_of(changed, catalog, clock, progress, compiler=compiler).build

    return Explainer(Bench(answer.compiler, clock, progress), catalog, solve_changed)
