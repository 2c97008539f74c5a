"""The small catalog of the command line's tests, with cloud rates and what a test adds."""

from __future__ import annotations

from pathlib import Path
from shutil import copy
from typing import Any

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.solve.run import SolveOptions, solve

ROOT = Path(__file__).resolve().parent.parent.parent
RATES = """
cloud_rates:
  - {id: a, provider: North, accelerator: card-24gb, usd_per_gpu_hour: 0.4, term: on-demand,
     date: "2026-03-01", source: bench, confidence: high}
  - {id: b, provider: North, accelerator: card-24gb, usd_per_gpu_hour: 0.5, term: on-demand,
     date: "2026-05-01", source: bench, confidence: high}
  - {id: c, provider: South, accelerator: card-24gb, usd_per_gpu_hour: 0.1, term: spot,
     date: "2026-05-01", source: bench, confidence: high}
  - {id: d, provider: South, accelerator: card-24gb, usd_per_gpu_hour: 0.3, term: 1-year commit,
     date: "2026-05-01", source: bench, confidence: high}
  - {id: e, provider: East, accelerator: card-24gb, usd_per_gpu_hour: 0.2, term: on-demand,
     date: "2025-06", source: bench, confidence: high}
  - {id: f, provider: East, accelerator: card-80gb, usd_per_gpu_hour: 1.5, term: on-demand,
     date: "2025-09", source: bench, confidence: high}
"""


def small_catalog(folder: Path, extra: str = RATES) -> Catalog:
    """Two cards and a tower, with the shipped constants of the speed model."""
    folder.mkdir(exist_ok=True)
    copy(ROOT / "tests" / "cli" / "catalog" / "small.yaml", folder)
    for name in ("calibrations/serving.yaml", "sources/calibrations.yaml"):
        copy(ROOT / "catalog" / name, folder / name.replace("/", "-"))
    (folder / "extra.yaml").write_text(extra, encoding="utf-8")
    return load_catalog([folder], builtin=False)


def ask(catalog: Catalog, **plain: Any) -> Request:
    """A request for the small LLM."""
    return build_request({"model": "small", **plain}, catalog)


def answer(request: Request, catalog: Catalog) -> Result:
    """Solved, with nothing explained."""
    return solve(request, catalog, SolveOptions(explain=False))
