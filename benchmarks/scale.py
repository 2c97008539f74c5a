"""Time whole answers over catalogs of growing size: cold processes, stage by stage.

    python benchmarks/scale.py [--scales 1 10 100 1000] [--sites free binding] [--runs 3]
        [--objectives throughput speed tco capex cost-per-token] [--limit 120] [--output FILE.json]

Every run is a process of its own, the `optimize` command with the catalog read before, as in daily
use; the first reading is timed apart. The import of ``ortools.sat.python.cp_model``, timed in the
same run, is the unit that ratios count in. CPU seconds are given beside wall seconds, for machines
that others use too. A question that is not answered within the limit has no times but the limit;
one that is answered without a proof says so in ``status``.

`--catalogs DIR` keeps the generated catalogs, for another run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import catalogs
from benchmarks.machine import described, timed

HERE = Path(__file__).resolve().parent
OBJECTIVES = ("throughput", "speed", "tco", "capex", "cost-per-token")
QUESTIONS: dict[str, list[str]] = {
    "free": ["--model", "llama-405b", "--budget", "150000", "--site", "colocation"],
    "binding": ["--model", "qwen3-32b", "--budget", "15000", "--site", "home-15a"],
}
"""Site that hardly limits, and one whose circuit, heat and noise decide."""
START_S = 60
"""Seconds for what is not under the limit: start, load and report."""
READ_S = 600
CHILD = HERE / "stages.py"


def child(arguments: list[str], cache: Path, limit_s: float) -> dict[str, Any] | None:
    """One cold process: its stages, and the seconds of the whole; None after the limit."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["XDG_CACHE_HOME"] = str(cache)
    found = timed(
        [sys.executable, str(CHILD), *arguments], limit_s, cwd=HERE.parent, env=environment
    )
    output = found.pop("output")
    return None if output is None else {**found, **json.loads(output)}


def median(rows: list[Any]) -> Any:
    """Medians of numbers, however deep; of the rest the first."""
    first = rows[0]
    if isinstance(first, dict):
        return {key: median([row[key] for row in rows if key in row]) for key in first}
    if isinstance(first, bool) or not isinstance(first, int | float):
        return first
    return round(statistics.median(rows), 4)


def measure(options: argparse.Namespace, scale: int, folder: Path, cache: Path) -> list[Any]:
    """Every question on one catalog."""
    if not folder.exists():
        catalogs.write(folder, scale)
    first = child(["--read", str(folder)], cache, READ_S)
    if first is None:
        raise SystemExit(f"x{scale}: not read within {READ_S} s")
    about = {
        "scale": scale,
        "components": 394 * scale,
        "first_reading_s": first["load_s"],
        "first_reading_peak_mib": first["peak_mib"],
    }
    found = []
    asked = ["--catalog", str(folder), "--no-builtin-catalog", "--quiet"]
    asked += ["--time-limit", str(options.limit)]
    for site in options.sites:
        for objective in options.objectives:
            question = [*QUESTIONS[site], "--objective", objective, *asked]
            rows: list[dict[str, Any]] = []
            while len(rows) < options.runs:
                row = child(question, cache, options.limit + START_S)
                if row is None or row["wall_s"] > options.limit:
                    rows = [row or {"status": f"no answer in {options.limit + START_S:g} s"}]
                    break
                rows.append(row)
            held = {**about, "site": site, "asked": objective, "runs": len(rows), **median(rows)}
            found.append(held)
            sys.stderr.write(f"{json.dumps(held)}\n")
    return found


def main() -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--sites", nargs="+", choices=QUESTIONS, default=list(QUESTIONS))
    parser.add_argument("--objectives", nargs="+", choices=OBJECTIVES, default=list(OBJECTIVES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds of one answer")
    parser.add_argument("--catalogs", type=Path)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as held:
        folder = options.catalogs or Path(held)
        for scale in options.scales:
            rows += measure(options, scale, folder / f"x{scale}", Path(held) / "cache")
    text = json.dumps({**described(), "rows": rows}, indent=1) + "\n"
    if options.output is not None:
        options.output.write_text(text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
