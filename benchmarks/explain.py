"""Time explanations of questions that nothing fits: cold processes, the shipped catalog.

    python benchmarks/explain.py [--runs 3] [--limit 60] [--output FILE.json]

Medians of wall and CPU seconds of the whole command, seconds until the first conflict was known,
and whether everything was proven within the limit; of all questions, how many kept to the times
aimed at. They come from people of all kinds, with small rooms and large, and some are hard on
purpose: several conflicts, many ways to wire the room, many nodes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import described, timed
from benchmarks.scale import median

INFEASIBLE = 3
"""Exit status of a proof that nothing fits."""
AIM_S, FIRST_AIM_S = 10.0, 2.0
"""Seconds that a whole explanation should take on two cores, and its first conflict."""
COMMAND = [sys.executable, "-c", "from optimizer.cli.main import main; main()"]
QUESTIONS = Path(__file__).resolve().parent / "infeasible.txt"
"""One question a line, as flags."""


def measure(question: str, runs: int, limit_s: float) -> dict[str, Any]:
    """One question; ``complete`` says whether every conflict and repair was proven."""
    asked = [*COMMAND, *question.split(), "--time-limit", str(limit_s), "--json"]
    found = [timed(asked, ends=(INFEASIBLE,)) for _ in range(runs)]
    answers = [json.loads(one.pop("output")) for one in found]
    for one, answer in zip(found, answers, strict=True):
        one["first_conflict_s"] = answer["timings"]["conflict_s"]
    told = answers[0]["explanation"]
    return {
        "question": question,
        **median(found),
        "conflicts": len(told["conflicts"]),
        "repairs": len(told["repairs"]),
        "complete": told["complete"],
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All questions together: medians, the worst, and how many kept to the times aimed at."""
    walls = sorted(row["wall_s"] for row in rows)
    firsts = sorted(row["first_conflict_s"] for row in rows)
    return {
        "questions": len(rows),
        "wall_s": {"median": statistics.median(walls), "worst": walls[-1]},
        "first_conflict_s": {"median": statistics.median(firsts), "worst": firsts[-1]},
        "within_aim": sum(wall <= AIM_S for wall in walls),
        "first_within_aim": sum(first <= FIRST_AIM_S for first in firsts),
        "complete": sum(row["complete"] for row in rows),
    }


def main() -> int:
    """Run and print; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of one answer")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    about = described()
    questions = QUESTIONS.read_text(encoding="utf-8").splitlines()
    rows = [measure(question, options.runs, options.limit) for question in questions]
    text = json.dumps({**about, **summary(rows), "rows": rows}, indent=1) + "\n"
    if options.output is not None:
        options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
