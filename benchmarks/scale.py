"""Time whole answers over catalogs of growing size: cold processes, stage by stage.

    python benchmarks/scale.py [--scales 1 10 100] [--runs 3] [--objectives throughput tco]
        [--binding] [--output benchmarks/results/FILE.json]

Every run is a process of its own with the catalog read before, as in daily use; the first reading
is timed apart. The import of ``ortools.sat.python.cp_model``, timed in the same run, is the unit
that ratios count in. CPU seconds are given beside wall seconds, for machines that others use too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

MODEL, BUDGET = "llama-405b", 150_000
SITES = {"free": "colocation", "binding": "home-15a"}
"""Site that hardly limits, and one whose circuit, heat and noise decide."""
MODELS = {"free": MODEL, "binding": "qwen3-32b"}
BUDGETS = {"free": BUDGET, "binding": 15_000}
LIMIT_S = 300
CHILD = HERE / "stages.py"


def child(arguments: list[str]) -> dict[str, Any]:
    """One cold process: its stages, with wall and CPU seconds and peak memory of the whole."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE.parent,
        env=environment,
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return {**found, "wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}


def median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of numbers; of the rest the first."""
    return {
        key: round(statistics.median(r[key] for r in rows), 4)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value
        for key, value in rows[0].items()
    }


def measure(options: argparse.Namespace, scale: int, folder: Path) -> list[dict[str, Any]]:
    """Every question on one catalog."""
    made = child([str(HERE / "catalogs.py"), str(folder), "--scale", str(scale), "--json"])
    components = made["components"]
    first = child([str(CHILD), str(folder), "read"])
    found = []
    sites = ["free", *(["binding"] if options.binding else [])]
    for site in sites:
        for objective in options.objectives:
            question = [MODELS[site], str(BUDGETS[site]), SITES[site], objective, str(LIMIT_S)]
            rows = [child([str(CHILD), str(folder), *question]) for _ in range(options.runs)]
            row = {"scale": scale, "components": components, "site": site, **median(rows)}
            row["first_reading_s"] = first["cpu_s"]
            found.append(row)
            sys.stderr.write(f"{json.dumps(row)}\n")
    return found


def main() -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--objectives", nargs="+", default=["throughput"])
    parser.add_argument("--binding", action="store_true", help="with a site that limits, too")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    floors = [child(["-c", "import ortools.sat.python.cp_model"]) for _ in range(7)]
    rows = []
    with tempfile.TemporaryDirectory() as held:
        for scale in options.scales:
            rows += measure(options, scale, Path(held) / f"x{scale}")
    document = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load": [round(n, 2) for n in os.getloadavg()],
        "import_cp_model": median(floors),
        "rows": rows,
    }
    text = json.dumps(document, indent=1) + "\n"
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
