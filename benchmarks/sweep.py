"""Time a sweep over the shipped catalog on one and on two processes, through the command itself.

    python benchmarks/sweep.py [--requests 2000] [--nodes 1] [--jobs 1 2] [--kills 3]
        [--output FILE.json]

LLMs, contexts, rooms, prices and budgets vary; the cache of solved requests is not used. Every run
is a process of its own, start of the workers included. Rows of all runs must be the same. With
``--kills`` one more run is killed that many times, workers and all, and started again: its rows
must be the same too, and no batch that was kept is solved again. Without --output the result goes
to benchmarks/results/, under the day's date.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from math import prod
from pathlib import Path
from typing import Any

from pyarrow import parquet

HERE = Path(__file__).resolve().parent
AXES = {
    "model": ["llama-70b", "qwen3-32b", "gpt-oss-120b", "llama-405b", "qwen3-235b-a22b"],
    "context": ["4K", "8K", "16K", "32K"],
    "site": ["server-room", "colocation", "datacenter", "eu-32a-3ph", "home-15a"],
    "price_point": ["low", "typical"],
}
BUDGETS, FEWEST_BUDGETS = ("8k", "120k"), 10
PER_BUDGET = prod(map(len, AXES.values()))
VOLATILE = ("how", "solve_ms")


def axes(requests: int, nodes: int) -> list[str]:
    """``--over`` of a grid of at most so many requests, and close to it."""
    taken = {name: len(values) for name, values in AXES.items()}
    budgets = max(FEWEST_BUDGETS, requests // PER_BUDGET)
    while budgets * prod(taken.values()) > requests and max(taken.values()) > 1:
        taken[max(taken, key=lambda name: taken[name])] -= 1
    over = [f"{name}={','.join(AXES[name][:count])}" for name, count in taken.items()]
    return [*over, f"budget={BUDGETS[0]}..{BUDGETS[1]}/{budgets}log", f"max_nodes={nodes}"]


def command(over: list[str], jobs: int, file: Path) -> list[str]:
    """What is typed."""
    words = ["-m", "optimizer.cli.main", "sweep", "--no-cache", "--quiet", "--json"]
    flags = [word for axis in over for word in ("--over", axis)]
    return [sys.executable, *words, "--jobs", str(jobs), "--output", str(file), *flags]


def spent_s() -> float:
    """CPU seconds of all children so far, and of theirs that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The table of a sweep."""
    found: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
    return found


def lasting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what depends on the run."""
    return [{k: v for k, v in row.items() if k not in VOLATILE} for row in rows]


def measured(over: list[str], jobs: int, folder: Path) -> tuple[dict[str, Any], list[Any]]:
    """One run from start to end, and its rows."""
    file = folder / f"jobs-{jobs}.parquet"
    cpu, began = spent_s(), time.perf_counter()
    subprocess.run(command(over, jobs, file), check=True, cwd=HERE.parent, capture_output=True)
    wall, cpu = time.perf_counter() - began, spent_s() - cpu
    rows = rows_of(file)
    took = sorted(row["solve_ms"] for row in rows if row["how"] == "solved")
    how = [row["how"] for row in rows]
    return {
        "jobs": jobs,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "busy": round(cpu / wall / jobs, 3),
        "solved": how.count("solved"),
        "implied": how.count("implied"),
        "refused": how.count("refused"),
        "median_ms_per_solve": round(statistics.median(took), 2),
        "p90_ms_per_solve": round(took[int(0.9 * len(took))], 2),
        "mean_ms_per_request": round(1000 * cpu / len(rows), 2),
    }, rows


def killed(over: list[str], jobs: int, kills: int, folder: Path) -> tuple[int, list[Any]]:
    """A run killed ``kills`` times: how many parts outlasted the kills, and the rows at the end.

    Raises RuntimeError when a part that was kept is written again.
    """
    file = folder / "killed.parquet"
    parts, stamps = folder / f"{file.name}.parts", {}
    for stop in range(1, kills + 1):
        process = subprocess.Popen(
            command(over, jobs, file),
            cwd=HERE.parent,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        while len(list(parts.glob("part-*"))) < 8 * stop and process.poll() is None:
            time.sleep(0.02)
        if process.poll() is not None:
            raise RuntimeError("it was through before the kill: ask for more requests")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for part in parts.glob("part-*"):
            stamp = part.stat().st_mtime_ns
            if stamps.setdefault(part.name, stamp) != stamp:
                raise RuntimeError(f"{part.name} was solved again")
    subprocess.run(command(over, jobs, file), check=True, cwd=HERE.parent, capture_output=True)
    return len(stamps), rows_of(file)


def main() -> int:
    """Measure and print; the exit status is 1 when rows of two runs differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--nodes", type=int, default=1, help="how many a build may have at most")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    today = date.today().isoformat()
    target = options.output or HERE / "results" / f"{today}-sweep.json"
    over = axes(options.requests, options.nodes)
    document: dict[str, Any] = {
        "date": today,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_before": [round(n, 2) for n in os.getloadavg()],
        "axes": over,
    }
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        runs, tables = zip(*(measured(over, jobs, folder) for jobs in options.jobs), strict=True)
        document |= {"requests": len(tables[0]), "runs": list(runs)}
        document["ratio"] = round(runs[0]["wall_s"] / runs[-1]["wall_s"], 3)
        if options.kills:
            kept, rows = killed(over, options.jobs[-1], options.kills, folder)
            document["kills"] = {"kills": options.kills, "parts_kept": kept}
            tables = (*tables, rows)
        document["rows_are_the_same"] = all(lasting(t) == lasting(tables[0]) for t in tables)
    text = json.dumps(document, indent=1) + "\n"
    target.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0 if document["rows_are_the_same"] else 1


if __name__ == "__main__":
    sys.exit(main())
