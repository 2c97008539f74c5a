"""Time the flagship question as a user feels it: cold processes, against the import of CP-SAT.

    python benchmarks/flagship.py [--runs 7] [--output FILE.json] [optimize flags ...]

Without flags of its own: the question of the README, alone and with ``--explain``. Medians of wall
and CPU seconds, as ratios to ``import ortools.sat.python.cp_model`` in the same run, with what each
stage took (CPU seconds). Compare runs on one machine only, as ratios.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import described, timed
from benchmarks.scale import child, median

QUESTION = ["--model", "llama-405b", "--budget", "150000"]
COMMAND = [sys.executable, "-c", "from optimizer.cli.main import main; main()"]
LIMIT_S = 120.0


def measure(flags: list[str], runs: int, floor: dict[str, float]) -> dict[str, Any]:
    """The command itself, and once more with its stages."""
    found = [timed([*COMMAND, *flags, "--json"], LIMIT_S) for _ in range(runs)]
    for one in found:
        one.pop("output")
    times = median(found)
    with tempfile.TemporaryDirectory() as held:
        child(flags, Path(held), LIMIT_S)  # the catalog is read before
        stages = child(flags, Path(held), LIMIT_S) or {}
    ratios = {f"{key}_ratio": round(times[key] / floor[key], 2) for key in ("wall_s", "cpu_s")}
    return {
        "flags": " ".join(flags),
        **times,
        **ratios,
        **{key: stages.get(key) for key in ("status", "stages", "whole", "peak_mib")},
    }


def main() -> int:
    """Run and print; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--output", type=Path)
    options, flags = parser.parse_known_args()
    about = described()
    asked = [flags] if flags else [QUESTION, [*QUESTION, "--explain"]]
    rows = [measure(one, options.runs, about["import_cp_model"]) for one in asked]
    text = json.dumps({**about, "rows": rows}, indent=1) + "\n"
    if options.output is not None:
        options.output.write_text(text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
