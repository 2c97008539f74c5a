"""The same instances through other ways to the optimum, beside the search that answers use.

    python benchmarks/versus.py [--scales 1 10 100] [--questions small free binding] [--nodes 1 2]
        [--objectives throughput tco capex] [--limit 60] [--runs 3] [--output FILE.json]

Each case of the questions below is solved five ways, in one thread each:

- search: bounds, chunks of layouts best bound first, the best value so far as a cut;
- model: one CP-SAT model over every layout, as docs/formulation.md has it;
- highs: HiGHS on that same model as a MILP;
- naive: the formulation of benchmarks/naive.py, which shares no line with ours;
- enumeration: every choice, one by one (optimizer/verify/enumerate.py).

All get the same parts and layouts. Every run is a process of its own that is ended at the limit, so
that a slow one cannot block; then it has no proof. Equal optima are asserted among all that end
with one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import catalogs, naive
from benchmarks.machine import described
from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance
from optimizer.model.build import build_model
from optimizer.model.linear import LinearModel
from optimizer.scenario.request import build_request
from optimizer.solve.clock import Clock
from optimizer.solve.engine import EngineOptions, run
from optimizer.solve.lexicographic import linear_goal, optimise
from optimizer.verify.enumerate import best

QUESTIONS: dict[str, dict[str, Any]] = {
    "small": {
        "model": "llama-405b",
        "budget": "150000",
        "site": "colocation",
        "accelerators": ["a100-sxm4-80gb"],
    },
    "free": {"model": "llama-405b", "budget": "150000", "site": "colocation"},
    "binding": {"model": "qwen3-32b", "budget": "15000", "site": "home-15a"},
}
"""One card, so that enumeration ends; a site that hardly limits; one whose circuit, heat and noise
decide."""
PROOF = ("optimal", "infeasible")
GRACE_S = 20.0
"""Seconds beyond the limit after which a process that does not end is ended."""

Result = dict[str, Any]
Way = Callable[[Instance, str, float], Result]


def by_search(instance: Instance, objective: str, limit_s: float) -> Result:
    """What answers use, without tie-breaks."""
    began = time.process_time()
    goal, clock = linear_goal(objective), Clock(limit_s, 1, 0)
    found = optimise(lambda _best: [instance], goal, clock, ties=())
    return ended(found.status, found.value, 0.0, time.process_time() - began)


def by_model(instance: Instance, objective: str, limit_s: float) -> Result:
    """Everything in one CP-SAT model."""
    model, build_s = one_model(instance, objective)
    began = time.process_time()
    found = run(model, EngineOptions(limit_s, 1, 0))
    return ended(found.status, found.objective, build_s, time.process_time() - began)


def by_highs(instance: Instance, objective: str, limit_s: float) -> Result:
    """Everything in one MILP."""
    import highspy  # noqa: PLC0415

    model, build_s = one_model(instance, objective)
    began = time.process_time()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", limit_s)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    solver.setOptionValue("threads", 1)
    for index, (low, high) in enumerate(zip(model.lows, model.highs, strict=True)):
        solver.addVar(low, high)
        solver.changeColCost(index, model.objective.terms.get(index, 0))
        solver.changeColIntegrality(index, highspy.HighsVarType.kInteger)
    for row in model.constraints:
        low = -highspy.kHighsInf if row.low is None else row.low
        high = highspy.kHighsInf if row.high is None else row.high
        terms = row.terms
        solver.addRow(low, high, len(terms), list(terms.keys()), list(terms.values()))
    loaded = time.process_time()
    solver.run()
    build_s, solve_s = build_s + loaded - began, time.process_time() - loaded
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return ended("infeasible", None, build_s, solve_s)
    if status != highspy.HighsModelStatus.kOptimal:
        return ended("unknown", None, build_s, solve_s)
    values = [round(v) for v in solver.getSolution().col_value]
    return ended("optimal", model.objective.value(values), build_s, solve_s)


def by_naive(instance: Instance, objective: str, limit_s: float) -> Result:
    """The formulation of a straightforward modeller."""
    began = time.process_time()
    model = naive.build([instance], objective)
    built = time.process_time()
    status, value = naive.solve(model, limit_s)
    return ended(status, value, built - began, time.process_time() - built)


def by_enumeration(instance: Instance, objective: str, _limit_s: float) -> Result:
    """Every choice, one by one."""
    began = time.process_time()
    status, rank, _ = best(instance, objective)
    value = None if rank is None else int(rank[0])
    return ended(status, value, 0.0, time.process_time() - began)


WAYS: dict[str, Way] = {
    "search": by_search,
    "model": by_model,
    "highs": by_highs,
    "naive": by_naive,
    "enumeration": by_enumeration,
}


def one_model(instance: Instance, objective: str) -> tuple[LinearModel, float]:
    """The model of every layout at once, and the CPU seconds that it took to build."""
    began = time.process_time()
    formulation = build_model(instance)
    formulation.model.minimize(linear_goal(objective).expression(formulation.plan))
    return formulation.model, time.process_time() - began


def ended(status: str, value: int | None, build_s: float, solve_s: float) -> Result:
    """How one run ended; CPU seconds."""
    proven = value if status == "optimal" else None
    return {"status": status, "value": proven, "build_s": build_s, "solve_s": solve_s}


def limited(way: Way, instance: Instance, objective: str, limit_s: float) -> Result:
    """One run in a process of its own, ended when it does not end."""
    here, there = multiprocessing.Pipe(duplex=False)

    def work() -> None:
        there.send(way(instance, objective, limit_s))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    there.close()
    patience = limit_s if way is by_enumeration else limit_s + GRACE_S
    try:
        found: Result = here.recv() if here.poll(patience) else ended("unknown", None, 0, limit_s)
    except EOFError:
        raise SystemExit(f"{way.__name__} failed") from None
    if process.is_alive():
        process.kill()
    process.join()
    return found


def compare(
    instance: Instance, objective: str, options: argparse.Namespace, hopeless: set[str]
) -> dict[str, Any]:
    """One case, every way: medians of CPU seconds, None where there was no proof in the limit.

    ``hopeless`` are ways not to try again on this case: enumeration takes as long for any goal.
    """
    row: dict[str, Any] = {}
    proven = set()
    for name, way in WAYS.items():
        if name in hopeless:
            row[f"{name}_build_s"] = row[f"{name}_solve_s"] = None
            continue
        runs = [limited(way, instance, objective, options.limit)]
        if runs[0]["solve_s"] < options.limit / 10:
            runs += [
                limited(way, instance, objective, options.limit) for _ in range(options.runs - 1)
            ]
        first = runs[0]
        if first["status"] in PROOF:
            proven.add((first["status"], first["value"]))
            for key in ("build_s", "solve_s"):
                row[f"{name}_{key}"] = round(statistics.median(r[key] for r in runs), 4)
        else:
            row[f"{name}_build_s"] = row[f"{name}_solve_s"] = None
            if way is by_enumeration:
                hopeless.add(name)
    if len(proven) > 1:
        raise SystemExit(f"optima differ: {sorted(proven, key=str)}")
    status, value = next(iter(proven), ("no proof", None))
    return {"objective": objective, "status": status, "value": value, **row}


def measure(catalog: Catalog, scale: int, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Every question, case and objective over one catalog."""
    rows = []
    for name in options.questions:
        compiler = Compiler(build_request(QUESTIONS[name], catalog), catalog)
        seen: set[int] = set()
        for case in compiler.cases():
            if case.nodes not in options.nodes or case.nodes in seen:
                continue
            seen.add(case.nodes)
            instance = compiler.whole(case)
            if not instance.deployments:
                continue
            about = {
                "scale": scale,
                "question": name,
                "nodes": case.nodes,
                "layouts": len(instance.deployments),
                "parts": len(instance.items),
                "limit_s": options.limit,
            }
            hopeless: set[str] = set()
            for objective in options.objectives:
                rows.append({**about, **compare(instance, objective, options, hopeless)})
                sys.stderr.write(f"{json.dumps(rows[-1])}\n")
    return rows


def main() -> int:
    """Compare and print; the exit status is 0 when all optima agree."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=list(QUESTIONS))
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--objectives", nargs="+", default=["throughput", "tco", "capex"])
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of one run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as held:
        for scale in options.scales:
            folder = Path(held) / f"x{scale}"
            catalogs.write(folder, scale)
            rows += measure(load_catalog([folder], builtin=False), scale, options)
    text = json.dumps({**described(), "rows": rows}, indent=1) + "\n"
    if options.output is not None:
        options.output.write_text(text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
