"""Rows predicted: published runs within the band, layouts, replicas, notes, refusals."""

from __future__ import annotations

import csv
import io

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.studies.measurements import case_of
from optimizer.studies.predict import Prediction, Predictor
from optimizer.studies.predict_csv import predict_rows, write_csv
from optimizer.studies.subject import Layout, layout_of
from tests.studies.conftest import HEAD, line, rows


def predict(catalog: Catalog, **cells: object) -> Prediction:
    (row,) = rows(line(**cells))
    return Predictor(catalog, catalog.calibration()).predict(case_of(row))


PUBLISHED = [
    # SemiAnalysis InferenceX by way of aiconfigurator silicon_sample.csv, 2026-04: ms
    ({"gpu": "H100-SXM", "tp": 4, "n_gpu": 4, "isl": 922, "osl": 922, "concurrency": 16}, 12.7),
    # TensorRT-LLM performance overview 1.0.0, 2025-09: tok/s
    (
        {
            "engine": "tensorrt-llm (pytorch)",
            "engine_version": "1.0.0",
            "model": "llama3.1-8b",
            "gpu": "H200-SXM",
            "n_gpu": 1,
            "tp": 1,
            "kv_prec": "fp8",
            "isl": 1000,
            "osl": 1000,
            "concurrency": "",
            "conc_kind": "offline max load",
            "metric": "output_tps",
            "unit": "tok/s total",
        },
        17744.0,
    ),
    # XiongjieDai, GPU-Benchmarks-on-LLM-Inference, 2024-05 (tg 1024): tok/s
    (
        {
            "engine": "llama.cpp",
            "model": "llama3-8b",
            "gpu": "RTX-4090",
            "n_gpu": 1,
            "tp": 1,
            "weight_prec": "q4_k_m",
            "isl": 1,
            "osl": 1024,
            "concurrency": 1,
            "conc_kind": "static batch",
            "metric": "decode_tps_user",
            "unit": "tok/s/user",
        },
        127.74,
    ),
    # gpt-fast README, 2024-09 (A100, batch 1): tok/s
    (
        {
            "engine": "gpt-fast (torch.compile)",
            "model": "llama2-70b",
            "gpu": "A100-SXM-80",
            "n_gpu": 8,
            "tp": 8,
            "weight_prec": "bf16",
            "isl": 5,
            "osl": 200,
            "concurrency": 1,
            "conc_kind": "static batch",
            "metric": "decode_tps_user",
            "unit": "tok/s/user",
        },
        62.5,
    ),
]


@pytest.mark.parametrize(("cells", "measured"), PUBLISHED)
def test_published_runs_are_within_a_quarter(
    catalog: Catalog, cells: dict[str, object], measured: float
) -> None:
    made = predict(catalog, **cells)
    assert made.value == pytest.approx(measured, rel=0.25)
    assert made.low < made.value < made.high
    assert made.basis == "calibrated"


def test_the_band_of_a_time_is_that_of_its_speed(catalog: Catalog) -> None:
    """A rate 20 % lower is a time 25 % longer."""
    tpot, rate = predict(catalog), predict(catalog, metric="decode_tps_user", unit="tok/s/user")
    assert rate.value == pytest.approx(1000 / tpot.value)
    assert rate.low == pytest.approx(1000 / tpot.high)
    assert rate.high == pytest.approx(1000 / tpot.low)


def test_per_accelerator_and_in_all(catalog: Catalog) -> None:
    whole = predict(catalog, metric="output_tps", unit="tok/s total")
    each = predict(catalog, metric="output_tps_per_gpu", unit="tok/s/GPU (output)")
    assert each.value == pytest.approx(whole.value / 4)


def test_copies_share_the_users(catalog: Catalog) -> None:
    """8 accelerators at tensor 4 are two copies with half of the users each."""
    one = predict(catalog, metric="output_tps", concurrency=8)
    two = predict(catalog, metric="output_tps", concurrency=16, n_gpu=8)
    assert two.value == pytest.approx(2 * one.value)


def layout(moe: bool = True, **cells: object) -> Layout | None:
    (row,) = rows(line(**cells))
    return layout_of(case_of(row), moe)


def test_layouts() -> None:
    """(tensor, pipeline, data, copies, accelerators, groups of whole experts)."""
    assert layout() == (4, 1, 1, 1, 4, 1)
    assert layout(n_gpu=8, tp=2, pp=2) == (2, 2, 1, 2, 8, 1)
    assert layout(n_gpu=8, tp=1, dp=8, ep=8) == (8, 1, 8, 1, 8, 8)
    assert layout(moe=False, n_gpu=8, tp=2, dp=4) == (2, 1, 1, 4, 8, 1)
    assert layout(tp="") is None


def test_degrees_that_one_source_multiplies() -> None:
    """16 accelerators of tensor 16 and expert 4 are 4; elsewhere they are 16."""
    squared = {"n_gpu": 16, "tp": 16, "ep": 4}
    assert layout(source="aic-silicon-InferenceX", **squared) == (4, 1, 1, 1, 4, 4)
    assert layout(**squared) == (16, 1, 1, 1, 16, 4)
    both = {"n_gpu": 16, "tp": 4, "dp": 4, "ep": 16}
    assert layout(source="aic-silicon-InferenceX", **both) == (4, 1, 4, 1, 4, 4)


def test_attention_by_groups_reads_more_weights_and_less_cache(catalog: Catalog) -> None:
    """DeepSeek on 8 accelerators: the latent cache, whole on each, divides over 8 groups."""
    cells = {"model": "deepseek-r1", "gpu": "H200", "n_gpu": 8, "tp": 8, "ep": 8}
    cells |= {"conc_kind": "static batch", "metric": "tpot"}
    groups = {**cells, "tp": 1, "dp": 8}
    few, many = {"concurrency": 8, "isl": 100}, {"concurrency": 256, "isl": 8000}
    assert predict(catalog, **groups | few).value > predict(catalog, **cells | few).value
    assert predict(catalog, **groups | many).value < predict(catalog, **cells | many).value


def test_users_beyond_the_room_wait(catalog: Catalog) -> None:
    """Rates stay as with a full replica; the wait is in the first token (Little's law)."""
    cells = {"n_gpu": 1, "tp": 1, "isl": 8000, "osl": 1000}
    full = predict(catalog, **cells, metric="output_tps", concurrency=1000)
    more = predict(catalog, **cells, metric="output_tps", concurrency=2000)
    assert more.value == pytest.approx(full.value)
    waits = [
        predict(catalog, **cells, metric="ttft_mean", concurrency=n).value for n in (1000, 2000)
    ]
    assert waits[1] - waits[0] == pytest.approx(1000 * 1000 / full.value * 1000)


def test_what_was_measured_did_fit(catalog: Catalog) -> None:
    """405B in FP8 on two H100 of 80 GB holds by no memory model; it is predicted, with a note."""
    (row,) = rows(line(model="llama3.1-405b", n_gpu=2, tp=2, note="odd"))
    (found,) = predict_rows(catalog, [row])
    assert found.reason == ""
    (cells,) = csv.DictReader(io.StringIO(write_csv([found])))
    assert cells["note"] == "odd; does not fit by the memory model"
    assert float(cells["low"]) < float(cells["predicted"]) < float(cells["high"])


def test_mlperf_layouts_are_the_fastest(catalog: Catalog) -> None:
    cells = {"model": "llama2-70b", "gpu": "H200", "n_gpu": 8, "tp": "", "pp": "", "isl": ""}
    cells |= {"osl": "", "concurrency": "", "metric": "output_tps", "conc_kind": "MLPerf Offline"}
    made = predict(catalog, **cells)
    assert made.job.subject.layout.cards == 8
    assert any("layout not published" in remark for remark in made.job.remarks)
    interactive = predict(catalog, **{**cells, "conc_kind": "MLPerf Interactive"})
    assert interactive.value < made.value


def test_a_slow_stream_of_requests_puts_out_what_comes_in(catalog: Catalog) -> None:
    """2 requests a second with 256 tokens each: 512 tok/s (TensorRT-LLM 0.14: 498 and 499)."""
    cells = {"conc_kind": "request rate 2 qps", "concurrency": "", "isl": 467, "osl": 256}
    made = predict(catalog, **cells, metric="output_tps")
    assert made.value == pytest.approx(512)


def test_refused_with_a_reason(catalog: Catalog) -> None:
    found = predict_rows(
        catalog,
        rows(
            line(),
            line(model="unheard-of"),
            line(gpu="RTX 2060"),
            line(weight_prec="purple"),
            line(gpu="MI300X (x8), MI325X (x8)"),
        ),
    )
    assert [one.reason for one in found] == [
        "",
        "LLM not in the catalog: unheard-of",
        "accelerator not in the catalog: RTX 2060",
        "no weight format like purple",
        "accelerators of several kinds",
    ]


def test_all_columns_come_back(catalog: Catalog) -> None:
    text = write_csv(predict_rows(catalog, rows(line(id="m1"), line(id="m2", gpu="RTX 2060"))))
    head, first, second = text.splitlines()
    assert head == HEAD + ",predicted,low,high,basis,reason"
    assert first.startswith("m1,bench,")
    assert first.split(",")[-2] == "calibrated"
    assert second.endswith(",,,,accelerator not in the catalog: RTX 2060")


def test_everything_malformed_is_told_at_once(catalog: Catalog) -> None:
    with pytest.raises(InputError) as caught:
        predict_rows(catalog, rows(line(tp="x"), line(), line(isl="y")))
    assert "bench.csv has 2 problems" in str(caught.value)
    assert "bench.csv:2: tp" in str(caught.value)
    assert "bench.csv:4: isl" in str(caught.value)
