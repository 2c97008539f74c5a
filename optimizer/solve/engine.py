"""The one place that talks to CP-SAT.

It uses ``cp_model_helper``, the compiled half of ortools' Python module, because the public
``cp_model`` imports pandas and costs four times the start-up (decision 0002). The messages are the
same; the module is semi-private, so ortools is pinned to one minor version.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import Any

from ortools.sat.python import cp_model_helper as cmh

from optimizer.model.linear import LinearModel

INFINITY = 2**62


@dataclass(frozen=True, slots=True)
class EngineResult:
    """``status`` is optimal | feasible | infeasible | unknown; never anything else."""

    status: str
    values: list[int] | None
    objective: int | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Limits of one solve. ``light``: less preparation, which pays where a solve takes little."""

    time_limit_s: float
    workers: int
    seed: int
    log: Callable[[str], None] | None = None
    """Hears the solver's own log, line by line."""
    light: bool = False


def to_proto(model: LinearModel, hint: list[int] | None) -> Any:
    """The CP-SAT message of a linear model."""
    proto = cmh.CpModelProto()
    for low, high in zip(model.lows, model.highs, strict=True):
        proto.variables.add().domain.extend([low, high])
    for constraint in model.constraints:
        linear = proto.constraints.add().linear
        linear.vars.extend(constraint.terms.keys())
        linear.coeffs.extend(constraint.terms.values())
        low = -INFINITY if constraint.low is None else constraint.low
        high = INFINITY if constraint.high is None else constraint.high
        hole = [] if constraint.hole is None else [constraint.hole - 1, constraint.hole + 1]
        linear.domain.extend([low, *hole, high])
    terms = {v: c for v, c in model.objective.terms.items() if c}
    if terms:
        proto.objective.vars.extend(terms.keys())
        proto.objective.coeffs.extend(terms.values())
    if hint is not None:
        proto.solution_hint.vars.extend(range(len(hint)))
        proto.solution_hint.values.extend(hint)
    return proto


def run(
    model: LinearModel,
    options: EngineOptions,
    *,
    hint: list[int] | None = None,
    stop: threading.Event | None = None,
) -> EngineResult:
    """Solve; the objective value and bound are exact integers (recomputed from the values)."""
    proto = to_proto(model, hint)
    parameters = cmh.SatParameters()
    parameters.max_time_in_seconds = max(options.time_limit_s, 1e-3)
    parameters.num_workers = options.workers
    parameters.random_seed = options.seed
    if options.light:
        parameters.cp_model_presolve = False
        parameters.cut_level = 0
        parameters.symmetry_level = 0
        parameters.linearization_level = 1
    parameters.catch_sigint_signal = False  # ours asks the solve to stop and keeps the incumbent
    wrapper = cmh.SolveWrapper()
    if options.log is not None:
        parameters.log_search_progress = True
        parameters.log_to_stdout = False
        wrapper.add_log_callback(options.log)
    wrapper.set_parameters(parameters)
    if stop is not None and stop.is_set():
        return EngineResult("unknown", None, None, None)
    response = _solve_interruptibly(wrapper, proto, stop)
    return _read(model, response)


def _solve_interruptibly(wrapper: Any, proto: Any, stop: threading.Event | None) -> Any:
    """Run the solver in a thread, so that Ctrl-C reaches Python while it works."""
    if stop is None:
        return wrapper.solve(proto)
    box: list[Any] = []
    worker = threading.Thread(target=lambda: box.append(wrapper.solve(proto)), daemon=True)
    worker.start()
    while worker.is_alive():
        try:
            worker.join(0.05)
        except KeyboardInterrupt:
            stop.set()
        if stop.is_set():
            wrapper.stop_search()
    return box[0]


def _read(model: LinearModel, response: Any) -> EngineResult:
    status = cmh.CpSolverStatus
    if response.status == status.INFEASIBLE:
        return EngineResult("infeasible", None, None, None)
    if response.status not in (status.OPTIMAL, status.FEASIBLE):
        if response.status == status.MODEL_INVALID:
            raise ValueError("the solver refused the model")
        return EngineResult("unknown", None, None, None)
    values = list(response.solution)
    objective = model.objective.value(values)
    if response.status == status.OPTIMAL:
        return EngineResult("optimal", values, objective, objective)
    bound = _integer_bound(response, model)
    return EngineResult("feasible", values, objective, min(bound, objective))


def _integer_bound(response: Any, model: LinearModel) -> int:
    """The proven lower bound; the solver reports it as a double without the constant."""
    bound: float = response.best_objective_bound
    return floor(bound) + model.objective.constant
