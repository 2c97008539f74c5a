"""Draw docs/performance.svg from the newest results that are kept.

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
STAGES = {
    "load": "read the catalog",
    "prices": "prices",
    "facts": "facts",
    "carriers": "what fits what",
    "dominance": "dominance",
    "bounds of cost": "bounds of cost",
    "bounds of speed": "bounds of speed",
    "deployments": "score layouts",
    "build": "build models",
    "solve": "CP-SAT: finding",
    "proof": "CP-SAT: proof",
}
WAYS = {
    "search": "search",
    "model": "one model",
    "highs": "HiGHS",
    "naive": "naive",
    "enumeration": "enumeration",
}


def newest(kind: str) -> dict[str, Any]:
    """The newest result of a kind: its date is the first part of its name."""
    found = sorted(RESULTS.glob(f"*-{kind}.json"))
    held: dict[str, Any] = json.loads(found[-1].read_text())
    return held


def stages(axes: Any) -> None:
    """What each stage of an answer takes, by the size of the catalog."""
    rows = [r for r in newest("scale")["rows"] if r["site"] == "free" and "stages" in r]
    rows = [r for r in rows if r["asked"] == "throughput"]
    names, bottom = [f"x{r['scale']}" for r in rows], [0.0] * len(rows)
    for key, label in STAGES.items():
        heights = [r["stages"].get(key, 0.0) for r in rows]
        axes.bar(names, heights, bottom=bottom, label=label)
        bottom = [b + h for b, h in zip(bottom, heights, strict=True)]
    rest = [max(0.0, r["cpu_s"] - b) for r, b in zip(rows, bottom, strict=True)]
    axes.bar(names, rest, bottom=bottom, label="the rest", color="lightgrey")
    axes.set(title="Stages of one answer, CPU seconds", xlabel="size of the catalog")
    axes.legend(fontsize=7)


def growth(axes: Any) -> None:
    """Whole processes of every objective, by the size of the catalog."""
    document = newest("scale")
    for site, style in (("free", "-"), ("binding", "--")):
        for objective in sorted({r["asked"] for r in document["rows"]}):
            rows = [r for r in document["rows"] if (r["site"], r["asked"]) == (site, objective)]
            rows = [r for r in rows if "cpu_s" in r]
            points = [r["components"] for r in rows], [r["cpu_s"] for r in rows]
            axes.plot(*points, style, marker=".", label=f"{objective}, {site}")
    floor = document["import_cp_model"]["cpu_s"]
    axes.axhline(floor, color="grey", linewidth=0.8)
    axes.set(title="Whole process, CPU seconds", xlabel="components", xscale="log", yscale="log")
    axes.legend(fontsize=6)


def versus(axes: Any) -> None:
    """One case several ways, to proof; open bars ended at the limit without one."""
    rows = [r for r in newest("versus")["rows"] if r["objective"] == "tco" and r["nodes"] == 1]
    for at, (way, label) in enumerate(WAYS.items()):
        for place, row in enumerate(rows):
            solve, build = row[f"{way}_solve_s"], row[f"{way}_build_s"]
            height = row["limit_s"] if solve is None else solve + build
            axes.bar(
                place + (at - 2) * 0.17,
                height,
                width=0.15,
                color=f"C{at}" if solve is not None else "none",
                edgecolor=f"C{at}",
                label=label if not place else None,
            )
    names = [f"x{r['scale']}, {r['question']}\n{r['layouts']} layouts" for r in rows]
    axes.set_xticks(range(len(rows)), names, fontsize=6)
    axes.set(title="One case for the least TCO, to proof (CPU s, log)", yscale="log")
    axes.legend(fontsize=7)


def main() -> int:
    """Draw; the exit status is 0."""
    mpl.rcParams["svg.hashsalt"] = "performance"
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(16, 4.5))
    stages(left)
    growth(middle)
    versus(right)
    figure.tight_layout()
    figure.savefig(HERE.parent / "docs" / "performance.svg", metadata={"Date": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
