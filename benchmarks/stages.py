"""One answer in this process, with CPU seconds of each stage as JSON (see scale.py)."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from importlib import import_module

CLOCK = time.process_time
SPENT: dict[str, float] = {}


def watch(module: str, name: str, stage: str) -> None:
    """Add up the time that a function of a module, or a method, takes."""
    owner: Any = import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    inner: Callable[..., Any] = getattr(owner, last)

    def timed(*given: Any, **named: Any) -> Any:
        began = CLOCK()
        try:
            return inner(*given, **named)
        finally:
            SPENT[stage] = SPENT.get(stage, 0.0) + CLOCK() - began

    setattr(owner, last, timed)


WATCHED = (
    ("optimizer.instance.admitted", "Admitted.items", "prices_facts_s"),
    ("optimizer.instance.admitted", "carriers", "carriers_s"),
    ("optimizer.instance.compile", "prune_items", "dominance_s"),
    ("optimizer.instance.compile", "Compiler.ways", "bounds_s"),
    ("optimizer.instance.stages", "Instalments._best_first", "reach_s"),
    ("optimizer.instance.compile", "Compiler.scored", "deployments_s"),
    ("optimizer.solve.lexicographic", "build_model", "build_s"),
    ("optimizer.solve.clock", "run", "solver_s"),
    ("optimizer.solve.lexicographic", "break_ties", "ties_s"),
    ("optimizer.solve.run", "_notes", "four_bit_note_s"),
)


def main() -> int:
    """Answer, and print what each stage took; the exit status is 0."""
    folder, model, *rest = sys.argv[1:]
    load_catalog = import_module("optimizer.catalog.catalog").load_catalog
    began = CLOCK()
    catalog = load_catalog([Path(folder)], builtin=False)
    loaded = CLOCK()
    if model == "read":
        sys.stdout.write(json.dumps({"load_s": loaded - began}))
        return 0
    budget, site, objective, limit = rest
    run = import_module("optimizer.solve.run")
    build_request = import_module("optimizer.scenario.request").build_request
    for module, name, stage in WATCHED:
        watch(module, name, stage)
    plain = {"model": model, "budget": budget, "site": site, "objective": objective}
    request = build_request(plain, catalog)
    before = CLOCK()
    answer = run.solve(request, catalog, run.SolveOptions(time_limit_s=float(limit)))
    after = CLOCK()
    sys.stdout.write(
        json.dumps(
            {
                "objective": objective,
                "status": answer.status,
                "value": answer.objective.value,
                "load_s": round(loaded - began, 4),
                "solve_s": round(after - before, 4),
                **{stage: round(seconds, 4) for stage, seconds in SPENT.items()},
                "deployments": answer.timings.deployments,
                "cases": answer.timings.cases,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
