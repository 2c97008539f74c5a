"""One `optimize` command in this process, with what each of its stages took, as JSON.

    python benchmarks/stages.py FLAGS ...       the flags of `optimize`
    python benchmarks/stages.py --read DIR      only read a catalog

Times are CPU seconds of the stage itself, stages inside it apart, so that they add up; ``whole``
has those with everything inside. ``peak_mib`` is the most memory that the process had needed when
the stage last ended.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

WATCHED = (
    ("optimizer.catalog.catalog", "load_catalog", "load"),
    ("optimizer.instance.admitted", "Admitted.purchases.func", "prices"),
    ("optimizer.instance.admitted", "Admitted.items", "facts"),
    ("optimizer.instance.admitted", "carriers", "carriers"),
    ("optimizer.instance.prune", "undominated", "dominance"),
    ("optimizer.instance.compile", "Compiler.ground", "bounds of cost"),
    ("optimizer.instance.compile", "Compiler.affordable", "bounds of cost"),
    ("optimizer.instance.ranking", "Ranking.at", "bounds of speed"),
    ("optimizer.instance.compile", "Compiler.scored", "deployments"),
    ("optimizer.solve.lexicographic", "build_model", "build"),
    ("optimizer.solve.lexicographic", "break_ties", "ties"),
    ("optimizer.solve.run", "_notes", "notes"),
)
"""Module, function, stage. What CP-SAT does is watched apart: see :func:`watch_solver`."""


class Stages:
    """What was spent, by stage."""

    def __init__(self) -> None:
        self.own: dict[str, float] = {}
        self.whole: dict[str, float] = {}
        self.peak_mib: dict[str, int] = {}
        self._inside: list[float] = [0.0]

    def watch(self, module: str, name: str, stage: Callable[[Any], str]) -> None:
        """Count a function of a module, or a method; ``stage`` names its stage by its result."""
        owner: Any = import_module(module)
        *path, last = name.split(".")
        for part in path:
            owner = getattr(owner, part)
        inner: Callable[..., Any] = getattr(owner, last)

        def timed(*given: Any, **named: Any) -> Any:
            began, result = time.process_time(), None
            self._inside.append(0.0)
            try:
                result = inner(*given, **named)
                return result
            finally:
                self._count(stage(result), time.process_time() - began)

        setattr(owner, last, timed)

    def _count(self, stage: str, spent: float) -> None:
        own = spent - self._inside.pop()
        self._inside[-1] += spent
        self.own[stage] = self.own.get(stage, 0.0) + own
        self.whole[stage] = self.whole.get(stage, 0.0) + spent
        self.peak_mib[stage] = peak_mib()

    def document(self) -> dict[str, Any]:
        """Everything, rounded."""
        return {
            "stages": {k: round(v, 4) for k, v in self.own.items()},
            "whole": {k: round(v, 4) for k, v in self.whole.items()},
            "stage_peak_mib": self.peak_mib,
            "peak_mib": peak_mib(),
        }


def peak_mib() -> int:
    """The most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def watch_all(stages: Stages) -> list[str]:
    """Watch what there is; returns the stages whose function is not there any more."""
    missing = []
    for module, name, stage in WATCHED:
        try:
            stages.watch(module, name, lambda _result, stage=stage: stage)
        except (ImportError, AttributeError):
            missing.append(stage)
    # CP-SAT: "solve" where it found a build, "proof" where it showed that there is none better.
    stages.watch(
        "optimizer.solve.clock",
        "run",
        lambda result: "solve" if result is not None and result.values else "proof",
    )
    return missing


def main() -> int:
    """Answer, and print what each stage took; the exit status is that of the command."""
    main_of_cli = import_module("optimizer.cli.main")
    if sys.argv[1] == "--read":
        load = import_module("optimizer.catalog.catalog").load_catalog
        began = time.process_time()
        load([Path(sys.argv[2])], builtin=False)
        spent = round(time.process_time() - began, 3)
        sys.stdout.write(json.dumps({"load_s": spent, "peak_mib": peak_mib()}))
        return 0
    stages = Stages()
    missing = watch_all(stages)
    printed = io.StringIO()
    sys.argv = ["optimize", *sys.argv[1:], "--json"]
    status: Any = 0
    with redirect_stdout(printed):
        try:
            main_of_cli.main()
        except SystemExit as end:
            status = end.code
    answer = json.loads(printed.getvalue() or "{}")
    document = {
        "exit": status,
        "status": answer.get("status"),
        "objective": answer.get("objective"),
        **{k: answer.get("timings", {}).get(k) for k in ("deployments", "candidates", "cases")},
        **stages.document(),
        "not_watched": missing,
    }
    sys.stdout.write(json.dumps(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
