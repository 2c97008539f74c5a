"""What a result was measured on, and the unit that ratios count in."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Collection
from datetime import date
from importlib.metadata import version
from typing import Any

FLOOR = "import ortools.sat.python.cp_model"
"""The least that any program on CP-SAT costs: ratios are to it, timed in the same run."""


def timed(
    command: list[str],
    limit_s: float | None = None,
    ends: Collection[int] = (0,),
    **options: Any,
) -> dict[str, Any]:
    """One process: wall and CPU seconds, and its output; None for those where time ran out.

    Raises SystemExit with what it said where its exit status is none of ``ends``.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=limit_s, **options
        )
        if done.returncode not in ends:
            raise SystemExit(done.stderr)
        output: str | None = done.stdout
    except subprocess.TimeoutExpired:
        output = None
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "output": output}


def floor(runs: int = 7) -> dict[str, float]:
    """Medians of importing CP-SAT's Python module in a cold process."""
    found = [timed([sys.executable, "-c", FLOOR]) for _ in range(runs)]
    return {k: round(statistics.median(f[k] for f in found), 3) for k in ("wall_s", "cpu_s")}


def described() -> dict[str, Any]:
    """Day, machine, versions, load, and the unit."""
    return {
        "date": date.today().isoformat(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "ortools": version("ortools"),
        "load": [round(n, 2) for n in os.getloadavg()],
        "import_cp_model": floor(),
    }
