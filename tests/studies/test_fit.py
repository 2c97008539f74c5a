"""The fit finds what is known: constants behind made-up rows, and no more than rows can tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

from optimizer.catalog.catalog import Catalog
from optimizer.schema.calibration import Calibration
from optimizer.studies.accuracy_page import errors_table, fill_page
from optimizer.studies.calibrate import Ratios, make_errors, significant, table_measure
from optimizer.studies.calibration_text import calibration_file
from optimizer.studies.constants import CONSTANTS, Constants
from optimizer.studies.fit import Problem, folds, solve
from optimizer.studies.rows import Fitter, Measured, measured_rows, weights
from tests.studies.conftest import line, rows


def straight_line(pull: float) -> Problem:
    """It is log y = x0 + x1 k for k = 0 ... 9, with y = 2 exp(0.3 k)."""
    k = np.arange(10.0)
    y = np.log(2) + 0.3 * k

    def errors(x: np.ndarray) -> np.ndarray:
        return x[0] + x[1] * k - y

    def changed(x: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
        return np.arange(10), errors(x)

    prior = np.array([0.0, 0.0])
    bound = np.array([5.0, 5.0])
    return Problem(prior, -bound, bound, np.full(2, pull), np.full(10, 0.1), errors, changed)


def test_a_line_is_found() -> None:
    found = solve(straight_line(1e-6), np.zeros(2))
    assert found == pytest.approx([np.log(2), 0.3], abs=1e-3)


def test_a_strong_prior_holds() -> None:
    found = solve(straight_line(100.0), np.zeros(2))
    assert found == pytest.approx([0.0, 0.0], abs=0.01)


def test_bounds_hold() -> None:
    problem = replace(straight_line(1e-6), high=np.array([0.1, 5.0]))
    found = solve(problem, np.zeros(2))
    assert found[0] == pytest.approx(0.1)


def test_folds_cover_every_group_once() -> None:
    made = folds([f"g{i % 23}" for i in range(100)], 8)
    assert len(made) == 8
    assert sorted(g for fold in made for g in fold) == sorted({f"g{i}" for i in range(23)})
    assert made == folds([f"g{i % 23}" for i in range(100)], 8)


@pytest.fixture(scope="module")
def measured(catalog: Catalog) -> list[Measured]:
    """Runs of one LLM on 1 to 4 accelerators; their values do not matter yet."""
    lines = [
        line(n_gpu=t, tp=t, concurrency=n, isl=isl, value=10, metric=metric)
        for t in (1, 2, 4)
        for n in (1, 4, 16, 64)
        for isl in (200, 2000)
        for metric in ("tpot_mean", "ttft_mean")
    ]
    return measured_rows(catalog, rows(*lines))


def test_known_constants_are_found_again(catalog: Catalog, measured: list[Measured]) -> None:
    """Rows made with other constants lead back to these."""
    names = ("weight_read|hopper", "engines|vllm|layer_us", "fabrics|nvswitch|latency_us")
    chosen = [c for c in CONSTANTS if c.name in names]
    constants = Constants(catalog.calibration(), chosen)
    truth = dict(zip(names, (0.7, 80.0, 30.0), strict=True))
    made = Fitter(measured, constants).predict(constants.calibration(truth))
    rewritten = [
        Measured(row.job, float(value), row.group)
        for row, value in zip(measured, made, strict=True)
    ]
    start = dict(zip((c.name for c in chosen), constants.current(), strict=True))
    weight = 100 * weights(rewritten)
    found = Fitter(rewritten, constants).fit(weight, start)
    assert found == pytest.approx(truth, rel=0.02)


def test_every_constant_is_a_share_or_a_time(catalog: Catalog) -> None:
    """Priors and bounds are physical, and every place exists in the shipped calibration."""
    constants = Constants(catalog.calibration(), CONSTANTS)
    for constant, value in zip(CONSTANTS, constants.current(), strict=True):
        assert constant.low <= constant.prior <= constant.high
        assert constant.low * 0.999 <= value <= constant.high * 1.001, constant.name
        timed = constant.name.endswith(("_us", "wait_steps"))
        counted = constant.name.endswith(("_passes", "expert_slice"))
        assert timed or counted or constant.high <= 1.0
    middle = constants.calibration({c.name: c.prior for c in CONSTANTS})
    assert middle.weight_read["hopper"] == 0.82
    assert middle.fabrics["roce"].latency_us == pytest.approx(16.0)


def test_repeated_rows_count_once(catalog: Catalog) -> None:
    once, other = line(value=10), line(value=11)
    assert len(measured_rows(catalog, rows(once, once, other, line(), line(model="none")))) == 2


def test_groups_weigh_as_the_root_of_their_size(measured: list[Measured]) -> None:
    small = [Measured(row.job, row.value, "small") for row in measured[:4]]
    large = [Measured(row.job, row.value, "large") for row in measured[:16]]
    made = weights(small + large)
    assert (made[:4] ** 2).sum() * 2 == pytest.approx((made[4:] ** 2).sum())


def test_errors_by_hand(measured: list[Measured]) -> None:
    """Predictions 10 % too high and held out 20 %: so say mean and median."""
    value = np.array([row.value for row in measured])
    for error in make_errors(measured, value * 1.1, value * 1.2):
        assert (error.mape_pct, error.median_pct) == (10.0, 10.0)
        assert (error.held_out_mape_pct, error.held_out_median_pct) == (20.0, 20.0)
    kinds = {table_measure(row) for row in measured}
    assert kinds == {"closed-loop TPOT", "closed-loop TTFT"}


def test_bands_hold_about_four_fifths(measured: list[Measured]) -> None:
    """Ratios spread evenly from 0.5 to 1.5: 84 % lie between 0.58 and 1.42."""
    (row,) = [r for r in measured if r.job.measure == "time per token"][:1]
    ratios = Ratios()
    ratios.add([row] * 1001, np.linspace(0.5, 1.5, 1001), (True, True))
    ratios.add([row] * 1001, np.linspace(0.9, 1.1, 1001), (False, True))
    found = {b.engine_seen: b for b in ratios.bands()}
    assert (found[True].low, found[True].high) == (0.42, 0.42)
    assert (found[False].low, found[False].high) == (0.42, 0.42), "never narrower than seen"


def test_bands_weigh_groups_by_the_root_of_their_size(measured: list[Measured]) -> None:
    """400 rows at 1.0 weigh 20, 100 of another group at 2.0 weigh 10: a third lies above."""
    one, two = measured[0], replace(measured[0], group="another")
    ratios = Ratios()
    ratios.add([one] * 400, np.full(400, 1.0), (True, True))
    ratios.add([two] * 100, np.full(100, 2.0), (True, True))
    (band,) = ratios.bands()
    assert (band.low, band.high) == (0.05, 1.0)
    few = Ratios()
    few.add([one] * 10_000, np.full(10_000, 1.0), (True, True))
    few.add([two] * 25, np.full(25, 2.0), (True, True))
    (band,) = few.bands()
    assert band.high == 0.05, "5 in 105 are less than a tail"


def test_significant_digits() -> None:
    assert [significant(v) for v in (0.123456, 1234.5, 9.9999)] == [0.123, 1230.0, 10.0]


def test_the_file_of_constants_reads_back(catalog: Catalog) -> None:
    """What is written is what was fitted, and the shipped file is written this way."""
    raw = catalog.raw.named["calibrations"]["serving"].data
    text = calibration_file(raw)
    (entry,) = yaml.safe_load(text)["calibrations"]
    assert Calibration.model_validate(entry) == catalog.calibration()
    assert max(len(one) for one in text.splitlines()) <= 100


def test_a_page_needs_its_marks(catalog: Catalog) -> None:
    table = errors_table(catalog.calibration().errors)
    assert table.startswith("| measure | LLMs | rows |")
    assert "offline throughput | dense" in table
    assert callable(fill_page)
