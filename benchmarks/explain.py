"""Time explanations of questions that nothing fits: cold processes, the shipped catalog.

    python benchmarks/explain.py [--runs 3] [--limit 60] [--output FILE.json]

Medians of wall and CPU seconds of the whole command, seconds until the first conflict was known,
and whether everything was proven within the limit. The last questions are hard on purpose: several
conflicts, and many ways to wire the room.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import described, timed
from benchmarks.scale import median

INFEASIBLE = 3
"""Exit status of a proof that nothing fits."""
COMMAND = [sys.executable, "-c", "from optimizer.cli.main import main; main()"]
QUESTIONS = (
    "--model llama-405b --site home-15a",
    "--model llama-405b --budget 50k",
    "--model deepseek-r1 --budget 15k",
    "--model llama-70b --budget 25k --min-tok-s 3000",
    "--model llama-70b --budget 25k --max-ttft 0.001",
    "--model llama-70b --site office-closet --concurrency 64 --budget 20k",
    "--model qwen3-32b --noise-limit 35 --min-tok-s 200",
    "--model deepseek-v3 --site office-closet --min-tok-s 2000",
)


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


def main() -> int:
    """Run and print; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of one answer")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    about = described()
    rows = [measure(question, options.runs, options.limit) for question in QUESTIONS]
    text = json.dumps({**about, "rows": rows}, indent=1) + "\n"
    if options.output is not None:
        options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
