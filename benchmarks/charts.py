"""Draw docs/performance.svg from the results that are kept.

python benchmarks/charts.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
STAGES = (
    ("load_s", "read the catalog"),
    ("prices_facts_s", "prices and facts"),
    ("dominance_s", "dominance"),
    ("bounds_s", "bounds of cost"),
    ("reach_s", "bounds of speed"),
    ("deployments_s", "score layouts"),
    ("build_s", "build models"),
    ("solver_s", "CP-SAT"),
)


def main() -> int:
    """Draw; the exit status is 0."""
    mpl.rcParams["svg.hashsalt"] = "performance"
    scale: dict[str, Any] = json.loads((RESULTS / "2026-11-25-scale.json").read_text())
    rows = [r for r in scale["rows"] if r["objective"] == "throughput" and r["site"] == "free"]
    versus = [
        *json.loads((RESULTS / "2026-11-25-versus.json").read_text()),
        *json.loads((RESULTS / "2026-11-25-versus-x10.json").read_text()),
    ]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    names = [f"x{r['scale']}" for r in rows]
    bottom = [0.0] * len(rows)
    for key, label in STAGES:
        heights = [r.get(key, 0.0) for r in rows]
        left.bar(names, heights, bottom=bottom, label=label)
        bottom = [b + h for b, h in zip(bottom, heights, strict=True)]
    left.set(title="Stages of one answer, CPU seconds", xlabel="size of the catalog")
    left.legend(fontsize=7)
    kinds = [f"{r['objective']}\n{r['layouts']} layouts" for r in versus]
    for at, (key, label) in enumerate(
        (("search_s", "search"), ("one_cp_sat_model_s", "one model"), ("highs_s", "HiGHS"))
    ):
        heights = [r[key] if r[key] is not None else r["limit_s"] for r in versus]
        places = [n + (at - 1) * 0.27 for n in range(len(versus))]
        right.bar(places, heights, width=0.25, label=label)
    right.set_xticks(range(len(versus)), kinds, fontsize=7)
    right.set(title="One case, to proof (CPU seconds, log)", yscale="log")
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(HERE.parent / "docs" / "performance.svg", metadata={"Date": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
