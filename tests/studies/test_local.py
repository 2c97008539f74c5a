"""Corrections from a user's own rows: how far they move, what they write, what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.importers.result import write_import
from optimizer.errors import InputError
from optimizer.studies.local import calibrate_locally
from optimizer.studies.measurements import case_of, read_measurements
from optimizer.studies.predict import Predictor
from tests.studies.conftest import content, line, rows

POINTS = [(n, isl) for n in (1, 2, 4, 8, 16, 32) for isl in (200, 800, 3200)]


def slower(catalog: Catalog, factor: float, points: list[tuple[int, int]]) -> list[str]:
    """Lines as measured on a machine that is slower than predicted by a factor."""
    predictor = Predictor(catalog, catalog.calibration())
    made = []
    for n, isl in points:
        cells = {"concurrency": n, "isl": isl}
        (row,) = rows(line(**cells))
        value = predictor.predict(case_of(row)).value * factor
        made.append(line(**cells, value=f"{value:.4f}"))
    return made


def test_many_rows_are_believed(catalog: Catalog) -> None:
    file = content(*slower(catalog, 1.3, POINTS))
    found = calibrate_locally(catalog, file, read_measurements(file))
    assert found.before.median == pytest.approx(1 - 1 / 1.3, abs=1e-3)
    assert found.after.median < 0.1
    assert found.held_out is not None
    assert found.held_out.median < 0.12


def test_few_rows_move_little(catalog: Catalog) -> None:
    file = content(*slower(catalog, 1.3, POINTS[:2]))
    found = calibrate_locally(catalog, file, read_measurements(file))
    assert found.held_out is None
    assert 0.1 < found.after.median < found.before.median


def test_rows_that_agree_change_nothing(catalog: Catalog) -> None:
    file = content(*slower(catalog, 1.0, POINTS))
    found = calibrate_locally(catalog, file, read_measurements(file))
    assert found.changed == ()


def test_the_overlay_is_used(catalog: Catalog, tmp_path: Path) -> None:
    """Later predictions are slower, by about as much as was measured."""
    file = content(*slower(catalog, 1.3, POINTS))
    found = calibrate_locally(catalog, file, read_measurements(file))
    write_import(found.imported, tmp_path / "mine" / found.imported.file)
    mine = load_catalog([tmp_path / "mine"])
    (row,) = rows(line(concurrency=8))
    before, after = (
        Predictor(c, c.calibration()).predict(case_of(row)).value for c in (catalog, mine)
    )
    assert after / before == pytest.approx(1.3, rel=0.1)
    source = mine.source_of(mine.calibration().sources["engines"])
    assert source.title == "Own measurements: bench.csv"
    assert source.date == "2026-01-05"


def test_an_engine_of_ones_own_becomes_known(catalog: Catalog) -> None:
    lines = [one.replace("vllm,", "newcomer,") for one in slower(catalog, 0.9, POINTS)]
    file = content(*lines)
    found = calibrate_locally(catalog, file, read_measurements(file))
    (entry,) = found.imported.sections["calibrations"]
    assert "newcomer" in entry["engines"]
    assert "newcomer" in entry["seen_engines"]


def test_rows_that_say_nothing(catalog: Catalog) -> None:
    file = content(line(model="unheard-of", value=10))
    with pytest.raises(InputError, match="no row has a value"):
        calibrate_locally(catalog, file, read_measurements(file))
