"""The same linear models through CP-SAT and HiGHS, beside the search that answers use.

    python benchmarks/versus.py [--nodes 1 2] [--objectives throughput tco] [--limit 60]
        [--catalog DIR] [--output FILE]

Each case of the flagship question is solved three ways: the search (bounds, chunks, the best value
so far as a cut), one CP-SAT model over every layout, and HiGHS on that same model as a MILP. Equal
optima are asserted wherever two of them end with a proof.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from optimizer.catalog.catalog import load_catalog
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance
from optimizer.model.build import build_model
from optimizer.model.linear import LinearModel
from optimizer.scenario.request import build_request
from optimizer.solve.clock import Clock
from optimizer.solve.engine import EngineOptions, run
from optimizer.solve.lexicographic import linear_goal, optimise

QUESTION = {"model": "llama-405b", "budget": "150000"}


def model_of(instance: Instance, objective: str) -> LinearModel:
    """Everything in one model."""
    formulation = build_model(instance)
    formulation.model.minimize(linear_goal(objective).expression(formulation.plan))
    return formulation.model


def by_highs(model: LinearModel, limit_s: float) -> tuple[str, int | None]:
    """Status and optimum of the model as a MILP."""
    import highspy  # noqa: PLC0415

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", limit_s)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    solver.setOptionValue("threads", 1)
    costs = [model.objective.terms.get(v, 0) for v in range(len(model.lows))]
    for low, high in zip(model.lows, model.highs, strict=True):
        solver.addVar(low, high)
    for index, cost in enumerate(costs):
        solver.changeColCost(index, cost)
        solver.changeColIntegrality(index, highspy.HighsVarType.kInteger)
    for row in model.constraints:
        low = -highspy.kHighsInf if row.low is None else row.low
        high = highspy.kHighsInf if row.high is None else row.high
        terms = row.terms
        solver.addRow(low, high, len(terms), list(terms.keys()), list(terms.values()))
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return "infeasible", None
    if status != highspy.HighsModelStatus.kOptimal:
        return "unknown", None
    values = [round(v) for v in solver.getSolution().col_value]
    return "optimal", model.objective.value(values)


def timed(work: Any) -> tuple[Any, float]:
    """The result, and CPU seconds."""
    began = time.process_time()
    return work(), round(time.process_time() - began, 4)


def compare(instance: Instance, objective: str, limit_s: float) -> dict[str, Any]:
    """One case, three ways."""
    goal = linear_goal(objective)
    found, search_s = timed(lambda: optimise(lambda _b: [instance], goal, Clock(limit_s), ties=()))
    model, build_s = timed(lambda: model_of(instance, objective))
    whole, whole_s = timed(lambda: run(model, EngineOptions(limit_s, 1, 0)))
    (status, optimum), highs_s = timed(lambda: by_highs(model, limit_s))
    proven = [
        (s, v)
        for s, v in (
            (found.status, found.value),
            (whole.status, whole.objective),
            (status, optimum),
        )
        if s in ("optimal", "infeasible")
    ]
    if len(set(proven)) > 1:
        raise SystemExit(f"optima differ: {proven}")
    return {
        "objective": objective,
        "nodes": instance.case.nodes,
        "layouts": len(instance.deployments),
        "variables": len(model.lows),
        "value": found.value,
        "search_s": search_s,
        "model_s": build_s,
        "one_cp_sat_model_s": whole_s if whole.status in ("optimal", "infeasible") else None,
        "highs_s": highs_s if status in ("optimal", "infeasible") else None,
        "limit_s": limit_s,
    }


def main() -> int:
    """Compare and print; the exit status is 0 when all optima agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1])
    parser.add_argument("--objectives", nargs="+", default=["throughput", "tco"])
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--catalog", type=Path)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    overlays = [] if options.catalog is None else [options.catalog]
    catalog = load_catalog(overlays, builtin=options.catalog is None)
    compiler = Compiler(build_request(QUESTION, catalog), catalog)
    seen: set[int] = set()
    rows = []
    for case in compiler.cases():
        if case.nodes not in options.nodes or case.nodes in seen:
            continue
        seen.add(case.nodes)
        instance = compiler.whole(case)
        for objective in options.objectives:
            rows.append(compare(instance, objective, options.limit))
            sys.stderr.write(f"{json.dumps(rows[-1])}\n")
    text = json.dumps(rows, indent=1) + "\n"
    if options.output is not None:
        options.output.write_text(text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
