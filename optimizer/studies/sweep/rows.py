"""One row per point: what was asked, how it ended, and the build in brief."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from optimizer.catalog.location import PACKAGE
from optimizer.schema.build import Result
from optimizer.schema.request import Request

Row = dict[str, Any]
NUMBERS = (
    "value", "bound", "gap", "capex_usd", "tco_usd", "usd_per_million_output_tokens",
    "output_tok_s", "tok_s_per_user", "ttft_s", "solve_ms",
)  # fmt: skip
COUNTS = (
    "point", "accelerators", "nodes", "tensor_parallel", "pipeline_parallel", "replicas",
    "peak_wall_w",
)  # fmt: skip
COLUMNS = (
    "status", "goal", "value", "unit", "bound", "gap", "accelerators", "accelerator", "nodes",
    "platform", "bought", "engine", "weight_format", "tensor_parallel", "pipeline_parallel",
    "replicas", "capex_usd", "tco_usd", "usd_per_million_output_tokens", "output_tok_s",
    "tok_s_per_user", "ttft_s", "peak_wall_w", "error", "fingerprint", "how", "solve_ms",
)  # fmt: skip
"""Beside ``point`` and the axes. ``how``: solved, implied by a looser point, or repeated."""
VOLATILE = ("how", "solve_ms")
"""What depends on the run, not on the question."""


def fingerprint(request: Request, catalog_sha256: str, settings: str) -> str:
    """What an answer depends on, in one word: request, catalog, versions, solver settings."""
    text = "\n".join((catalog_sha256, versions(), settings, request.model_dump_json()))
    return sha256(text.encode()).hexdigest()[:32]


@cache
def versions() -> str:
    """Releases that an answer may depend on."""
    found = []
    for name in ("llm-build-optimizer", "ortools"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} unknown")
    return ", ".join([*found, f"source {_source()}"])


def _source() -> str:
    """This state of the program, by the content of its files."""
    digest = sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def row_of(result: Result) -> Row:
    """The columns that an answer fills; the rest is left out."""
    goal = result.objective
    row: Row = {
        "status": result.status,
        "goal": goal.name,
        "value": goal.value,
        "unit": goal.unit,
        "bound": goal.bound,
        "gap": goal.gap,
    }
    build = result.build
    if build is None:
        return row
    used, made, costs = build.deployment, build.performance, build.costs
    main = {b.condition for b in build.bill_of_materials if b.kind in ("accelerator", "platform")}
    return row | {
        "accelerators": used.accelerators_per_node * build.nodes,
        "accelerator": used.accelerator,
        "nodes": build.nodes,
        "platform": build.platform,
        "bought": "+".join(sorted(main)),
        "engine": used.engine,
        "weight_format": used.weight_format,
        "tensor_parallel": used.tensor_parallel,
        "pipeline_parallel": used.pipeline_parallel,
        "replicas": used.replicas,
        "capex_usd": costs.capex_usd,
        "tco_usd": costs.tco_usd,
        "usd_per_million_output_tokens": costs.usd_per_million_output_tokens,
        "output_tok_s": made.output_tok_s,
        "tok_s_per_user": made.tok_s_per_user,
        "ttft_s": made.ttft_s,
        "peak_wall_w": build.power.peak_wall_w,
    }


def lasting(row: Mapping[str, Any]) -> Row:
    """The row without what depends on the run."""
    return {key: value for key, value in row.items() if key not in VOLATILE}
