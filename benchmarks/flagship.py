"""Time the flagship question as a user feels it: cold processes, wall seconds, per stage.

    python benchmarks/flagship.py [--runs N] [optimize flags ...]

Prints the median of each stage. Compare runs on one machine only, as ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

QUESTION = ["--model", "llama-405b", "--budget", "150000"]
STAGES = """
import json, sys, time
began = time.perf_counter()
from optimizer.cli.main import main
from optimizer.catalog.catalog import load_catalog
imported = time.perf_counter()
load_catalog()
loaded = time.perf_counter()
import optimizer.solve.run
solver = time.perf_counter()
print(json.dumps({"import": imported - began, "catalog": loaded - imported,
                  "solver import": solver - loaded}))
"""


def cold(command: list[str]) -> tuple[float, str]:
    """Wall seconds of one process, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, done.stdout


def main() -> int:
    """Run and print; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    options, flags = parser.parse_known_args()
    code = "from optimizer.cli.main import main; main()"
    answer = [sys.executable, "-c", code, *(flags or QUESTION), "--json"]
    stages: dict[str, list[float]] = {}
    for _ in range(options.runs):
        wall, printed = cold(answer)
        document = json.loads(printed)
        stages.setdefault("whole answer, cold process", []).append(wall)
        stages.setdefault("of it compile, solve, verify", []).append(document["timings"]["total_s"])
        for name, seconds in json.loads(cold([sys.executable, "-c", STAGES])[1]).items():
            stages.setdefault(f"of it {name}", []).append(seconds)
    for name, seconds in stages.items():
        low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
        sys.stdout.write(f"{name:32} {middle:6.3f} s   ({low:.3f} to {high:.3f})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
