"""Hold the speed model against published measurements: how wrong is it, and where?

    python benchmarks/accuracy.py --measurements FILE.csv [--json]

The file has one measurement per row: source, date, engine, model, gpu, n_gpu, tp, pp, dp, ep,
weight_prec, kv_prec, isl, osl, concurrency, conc_kind, metric, value, unit, note. Constants are
those of the catalog, so rows that they were fitted on look better than new ones; the held-out
errors stand in the calibration and in docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measurements import Refused, read
from benchmarks.predict import Predictor, Subject
from optimizer.catalog.catalog import load_catalog
from optimizer.physics.throughput import error_band

UNDER_LOAD = "closed-loop TTFT"
"""Reported by itself: it measures a queue as much as an engine."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A measurement beside its prediction. ``ratio`` is measured speed over predicted speed."""

    subject: Subject
    predicted: float
    ratio: float
    in_band: bool

    @property
    def error(self) -> float:
        """Absolute error as a share of what was measured."""
        return abs(self.predicted / self.subject.case.value - 1)


def compare(predictor: Predictor, path: Path) -> tuple[list[Compared], Counter[str]]:
    """Every usable row with its prediction, and why the others were refused."""
    done: list[Compared] = []
    refused: Counter[str] = Counter()
    for _, case in read(path):
        try:
            if isinstance(case, Refused):
                raise case
            subject = predictor.subject(case)
        except Refused as why:
            refused[str(why)] += 1
            continue
        predicted = predictor.predict(subject)
        ratio = case.value / predicted
        if case.measure.endswith(("TPOT", "TTFT")):
            ratio = 1 / ratio
        _, low, high = error_band(subject.serving, predictor.calibration)
        done.append(Compared(subject, predicted, ratio, 1 - low <= ratio <= 1 + high))
    return done, refused


def summary(rows: list[Compared]) -> dict[str, float]:
    """Errors of some rows, in per cent."""
    errors = [row.error for row in rows]
    return {
        "rows": len(rows),
        "mape_pct": round(100 * statistics.fmean(errors), 1),
        "median_pct": round(100 * statistics.median(errors), 1),
        "p90_pct": round(100 * sorted(errors)[int(0.9 * (len(errors) - 1))], 1),
        "speed_ratio": round(statistics.median(row.ratio for row in rows), 3),
        "in_band_pct": round(100 * statistics.fmean(row.in_band for row in rows), 1),
    }


VIEWS: dict[str, Callable[[Subject], str]] = {
    "measure": lambda s: s.case.measure,
    "class": lambda s: "mixture of experts" if s.serving.shape.experts else "dense",
    "engine": lambda s: s.case.engine,
    "generation": lambda s: f"{s.accelerator.generation}, {s.serving.memory_class}",
    "LLM": lambda s: s.llm.id,
}


def report(rows: list[Compared], refused: Counter[str]) -> dict[str, Any]:
    """Coverage, and errors by measure, class, engine, generation and LLM."""
    steady = [r for r in rows if r.subject.case.measure != UNDER_LOAD]
    views: dict[str, dict[str, dict[str, float]]] = {}
    for view, key in VIEWS.items():
        groups: dict[str, list[Compared]] = defaultdict(list)
        for row in rows if view == "measure" else steady:
            groups[key(row.subject)].append(row)
        views[view] = {name: summary(groups[name]) for name in sorted(groups)}
    total = len(rows) + sum(refused.values())
    return {
        "coverage": {"used": len(rows), "rows": total, "refused": dict(refused.most_common())},
        "all": {
            f"all but {UNDER_LOAD}": summary(steady) if steady else {},
        },
        **views,
    }


def render(found: dict[str, Any]) -> str:
    """The report as tables."""
    coverage = found["coverage"]
    lines = [f"{coverage['used']} of {coverage['rows']} rows used", ""]
    head = f"{'':36}{'rows':>6}{'MAPE':>8}{'median':>8}{'p90':>8}{'speed':>8}{'in band':>9}"
    for view, groups in found.items():
        if view == "coverage" or not groups:
            continue
        lines.append(view + head[len(view) :])
        for name, s in groups.items():
            if s:
                lines.append(
                    f"  {name:34}{s['rows']:6}{s['mape_pct']:7}%{s['median_pct']:7}%"
                    f"{s['p90_pct']:7}%{s['speed_ratio']:8}{s['in_band_pct']:8}%"
                )
        lines.append("")
    lines.append("refused")
    lines += [f"  {count:5}  {why}" for why, count in coverage["refused"].items()]
    return "\n".join(lines)


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--measurements", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    flags = parser.parse_args()
    catalog = load_catalog()
    rows, refused = compare(Predictor(catalog, catalog.calibration()), flags.measurements)
    found = report(rows, refused)
    print(json.dumps(found, indent=2) if flags.json else render(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
