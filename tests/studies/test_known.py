"""A figure is called measured only where just that point was, and as its source printed it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.measured import Run, Spot, _rows, shipped_runs
from optimizer.studies.known import spread
from optimizer.studies.point import Point, Question, predict_point

ASKED = Question(
    llm="llama-3.1-70b-instruct",
    accelerator="h200-sxm-141gb",
    engine="tensorrt-llm",
    weights="fp8",
    kv="fp8",
    count=8,
    tensor=8,
    pipeline=1,
    inputs=1024,
    outputs=1024,
    concurrency=64,
    fabric=None,
)
PRINTED_MS = 13.506
"""InferenceX, TensorRT-LLM on 8 H200, Llama 3.1 70B in FP8, 64 users, 2025-10-29."""


def bases(point: Point) -> dict[str, str]:
    return {speed.name: speed.basis for speed in point.speeds}


def test_a_measured_point_is_told_as_measured(catalog: Catalog) -> None:
    point = predict_point(catalog, ASKED)
    found = {speed.name: speed for speed in point.speeds}
    token = found["time per output token"]
    assert token.basis == "measured"
    assert token.value * 1000 == pytest.approx(PRINTED_MS, rel=1e-3)
    assert token.low <= token.value <= token.high
    user = found["per user"]
    assert (user.value, user.low) == pytest.approx((1 / token.value, 1 / token.high))
    assert found["one user alone"].basis == "calibrated"
    assert any("2025-10-29" in remark for remark in point.remarks)


@pytest.mark.parametrize(
    "change",
    [
        {"concurrency": 65},
        {"inputs": 1000},
        {"outputs": 512},
        {"kv": "bf16"},
        {"weights": "bf16"},
        {"engine": "sglang"},
        {"count": 16},
        {"accelerator": "h100-sxm-80gb"},
        {"llm": "llama-3.3-70b-instruct"},
    ],
)
def test_any_other_point_is_predicted(catalog: Catalog, change: dict[str, object]) -> None:
    point = predict_point(catalog, replace(ASKED, **change))  # type: ignore[arg-type]
    assert point.speeds
    assert "measured" not in bases(point).values()


def test_a_catalog_without_the_source_has_no_measurements(catalog: Catalog) -> None:
    assert shipped_runs(replace(catalog, sources={})) == {}


def test_every_shipped_run_is_of_a_known_point(catalog: Catalog) -> None:
    found = shipped_runs(catalog)
    assert sum(len(runs) for runs in found.values()) > 2000
    for (spot, _), runs in found.items():
        assert spot.engine in catalog.engines
        assert spot.tensor * spot.pipeline <= 16
        assert all(1e-4 < run.seconds < 1000 for run in runs)


def test_the_spread_is_that_of_repeated_runs() -> None:
    """Three runs of one point at 9, 10 and 11: ratios 0.9 to 1.1; single runs tell nothing."""
    spot = Spot("a", "b", "c", "fp8", "fp8", 1, 1, 1, 1, 1)
    runs = tuple(Run("s", "2026-01-01", float(v)) for v in (9, 10, 11))
    alone = (Run("s", "2026-01-01", 99.0),)
    found = {(spot, "ttft"): runs, (spot._replace(concurrency=2), "ttft"): alone}
    assert spread(found, "ttft") == pytest.approx((0.9, 1.1))
    assert spread(found, "tpot") == (1.0, 1.0)


def test_runs_of_removed_records_are_left_out(catalog: Catalog) -> None:
    """An overlay may take an LLM away; of the shipped catalog every row is used."""
    whole = shipped_runs(catalog)
    llm = next(spot.llm for spot, _ in whole)
    fewer = shipped_runs(replace(catalog, llms={k: v for k, v in catalog.llms.items() if k != llm}))
    assert fewer == {key: runs for key, runs in whole.items() if key[0].llm != llm}
    rows = [row for row in _rows() if row.get("source") in catalog.sources]
    assert len(rows) == sum(len(runs) for runs in whole.values())
