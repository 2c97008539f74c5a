"""One row of CSV to one case, and messages for files that are not right."""

from __future__ import annotations

import pytest

from optimizer.catalog.importers.files import Content
from optimizer.errors import InputError
from optimizer.studies.measurements import Case, Refused, case_of, read_measurements
from tests.studies.conftest import HEAD, content, line, rows


def case(**cells: object) -> Case:
    (row,) = rows(line(**cells))
    return case_of(row)


@pytest.mark.parametrize(
    ("metric", "unit", "found"),
    [
        ("tpot_mean", "ms", ("tpot", 1e-3, False)),
        ("itl_median", "s", ("tpot", 1.0, False)),
        ("ttft_p99", "ms", ("ttft", 1e-3, False)),
        ("output_tps", "tok/s total", ("output", 1.0, False)),
        ("output_tps_per_gpu", "tok/s/GPU (output)", ("output", 1.0, True)),
        ("decode_tps_user", "tok/s/user", ("user", 1.0, False)),
        ("decode_tps_total", "tok/s total", ("decode", 1.0, False)),
        ("prefill_tps", "tok/s", ("prefill", 1.0, False)),
        ("total_token_throughput", "tok/s", ("total", 1.0, False)),
        ("request_throughput", "req/s", ("requests", 1.0, False)),
        ("e2e_latency_mean", "s", ("latency", 1.0, False)),
    ],
)
def test_metric(metric: str, unit: str, found: tuple[str, float, bool]) -> None:
    made = case(metric=metric, unit=unit)
    assert (made.metric, made.unit, made.per_card) == found


@pytest.mark.parametrize(
    ("kind", "concurrency", "load", "rate"),
    [
        ("max concurrency (closed loop)", 16, "users", None),
        ("static batch", 8, "batch", None),
        ("max batch (static, no IFB)", "", "full batch", None),
        ("offline max load", "", "offline", None),
        ("MLPerf Offline", "", "offline", None),
        ("MLPerf Interactive", "", "server", None),
        ("request rate 2.5 qps", "", "arrivals", 2.5),
        ("request rate INF qps", "", "burst", None),
        ("ShareGPT, 320 prompts at once", 320, "burst", None),
        ("", 4, "users", None),
        ("", "", "offline", None),
    ],
)
def test_load(kind: str, concurrency: object, load: str, rate: float | None) -> None:
    made = case(conc_kind=kind, concurrency=concurrency)
    assert (made.load, made.rate) == (load, rate)


def test_lengths_of_a_source_that_draws_them() -> None:
    """InferenceX draws 80 to 100 % of the nominal length: 90 % on average."""
    assert case(source="aic-silicon-InferenceX", isl=1000).inputs == pytest.approx(900)
    assert case(isl=1000).inputs == 1000


def test_zero_and_nothing_mean_that_nobody_said() -> None:
    made = case(dp=0, ep=0, tp="", n_gpu="", isl="")
    assert (made.data, made.expert, made.tensor, made.cards, made.inputs) == (
        1,
        1,
        None,
        None,
        None,
    )


def test_a_metric_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="no metric like happiness"):
        case(metric="happiness", unit="")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"tp": "two"}, "bench.csv:2: tp: two is not a usable number"),
        ({"isl": "-5"}, "bench.csv:2: isl: -5 is not a usable number"),
        ({"n_gpu": "1.5"}, "bench.csv:2: n_gpu: 1.5 is not a whole number"),
        ({"value": "1e99"}, "bench.csv:2: value: 1e99 is not a usable number"),
    ],
)
def test_numbers_that_are_none(cells: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        case(**cells)
    assert message in str(caught.value)


def test_a_file_without_what_is_needed() -> None:
    with pytest.raises(InputError, match=r"bench.csv:1: the column 'gpu' is missing"):
        read_measurements(Content("bench.csv", b"model,metric\nx,y\n"))


def test_a_line_with_too_many_cells() -> None:
    with pytest.raises(InputError, match=r"bench.csv:3: 26 cells, the header has 25"):
        read_measurements(content(line(), line() + ",more"))


def test_the_contract() -> None:
    """All columns of the contract are read as they stand."""
    (row,) = rows(line(note="hello"))
    assert list(row.cells) == HEAD.split(",")
    assert row.get("note") == "hello"
