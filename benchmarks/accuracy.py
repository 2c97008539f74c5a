"""Hold the speed model against published measurements: how wrong is it, and where?

    python benchmarks/accuracy.py FILE.csv [--json] [--rate]

The file has one measurement per row, with the columns that docs/predict.md lists. Constants are
those of the catalog, so rows that they were fitted on look better than new ones; the held-out
errors stand in the calibration and in docs/accuracy.md. ``--rate`` also times the predictions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from optimizer.catalog.catalog import load_catalog
from optimizer.catalog.importers.files import read_content
from optimizer.studies.measurements import TIMES, read_measurements
from optimizer.studies.predict import Prediction
from optimizer.studies.predict_csv import Predicted, predict_rows

UNKNOWN = ("LLM not in the catalog", "accelerator not in the catalog")


def summary(made: Sequence[Prediction]) -> dict[str, float]:
    """Errors of some predictions, in per cent; the ratio is measured over predicted speed."""
    errors, ratios, inside = [], [], []
    for p in made:
        value = p.job.case.value or 0.0
        errors.append(abs(p.value / value - 1))
        slow = p.job.case.metric in TIMES
        ratios.append(p.value / value if slow else value / p.value)
        inside.append(p.low <= value <= p.high)
    return {
        "rows": len(made),
        "median_pct": round(100 * statistics.median(errors), 1),
        "p90_pct": round(100 * sorted(errors)[int(0.9 * (len(errors) - 1))], 1),
        "speed_ratio": round(statistics.median(ratios), 3),
        "in_band_pct": round(100 * statistics.fmean(inside), 1),
    }


VIEWS: dict[str, Callable[[Predicted, Prediction], str]] = {
    "metric": lambda row, p: row.row.get("metric"),
    "load, metric": lambda row, p: f"{p.job.case.load}, {p.job.case.metric}",
    "band": lambda row, p: p.job.measure,
    "class": lambda row, p: "experts" if p.job.subject.serving.shape.experts else "dense",
    "engine": lambda row, p: p.job.subject.family,
    "accelerator": lambda row, p: p.job.subject.card.id,
    "LLM": lambda row, p: p.job.subject.llm.id,
}
QUEUED = ("first token under load", "loose first token")
"""Left out of the last views: a queue says little about an engine."""


def report(found: Sequence[Predicted]) -> dict[str, Any]:
    """Coverage, and errors from several sides."""
    refused = Counter(row.reason for row in found if row.reason)
    unknown = sum(n for why, n in refused.items() if why.startswith(UNKNOWN))
    measured = [
        (row, row.prediction)
        for row in found
        if row.prediction is not None and row.case is not None and row.case.value
    ]
    views: dict[str, dict[str, dict[str, float]]] = {}
    for view, key in VIEWS.items():
        groups: dict[str, list[Prediction]] = defaultdict(list)
        for row, p in measured:
            if view in ("metric", "load, metric", "band") or p.job.measure not in QUEUED:
                groups[key(row, p)].append(p)
        views[view] = {name: summary(groups[name]) for name in sorted(groups)}
    return {
        "rows": len(found),
        "known_llm_and_accelerator": len(found) - unknown,
        "refused_of_known": sum(refused.values()) - unknown,
        "refused": dict(refused.most_common()),
        **views,
    }


def render(found: dict[str, Any]) -> str:
    """The report as tables."""
    known, refused = found["known_llm_and_accelerator"], found["refused_of_known"]
    lines = [f"{found['rows']} rows; of {known} with a known LLM and accelerator {refused} refused"]
    head = f"{'':36}{'rows':>6}{'median':>8}{'p90':>8}{'speed':>8}{'in band':>9}"
    for view in VIEWS:
        lines += ["", view + head[len(view) :]]
        for name, s in found[view].items():
            lines.append(
                f"  {name:34}{s['rows']:6}{s['median_pct']:7}%{s['p90_pct']:7}%"
                f"{s['speed_ratio']:8}{s['in_band_pct']:8}%"
            )
    lines += ["", "refused"]
    lines += [f"  {count:5}  {why}" for why, count in found["refused"].items()]
    return "\n".join(lines)


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("measurements", type=Path, metavar="FILE.csv")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rate", action="store_true", help="time the predictions")
    flags = parser.parse_args()
    rows = read_measurements(read_content(flags.measurements))
    catalog = load_catalog()
    began = time.perf_counter()
    predicted = predict_rows(catalog, rows)
    seconds = time.perf_counter() - began
    found = report(predicted)
    if flags.rate:
        found["rows_per_s"] = round(len(rows) / seconds)
    print(json.dumps(found, indent=2) if flags.json else render(found))
    if flags.rate and not flags.json:
        print(f"\n{found['rows_per_s']} rows a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
