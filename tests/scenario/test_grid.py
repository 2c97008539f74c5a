"""Grids: lists and ranges, every combination once, and what cannot be swept."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.scenario.files import read_scenario_file
from optimizer.scenario.grid import Grid, Question, grid_of, question_of_file
from optimizer.scenario.keys import Names
from tests.studies.small import small_catalog

FILE = """\
model: small
overrides: {dear: {why: a bad year, scale: {electricity: 2}}}
scenarios: {as-is: [], dear: [dear]}
sweep:
  scenario: [as-is, dear]
  budget: {from: 10k, to: 40k, steps: 4}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("catalog") / "small")


def by_flags(*over: str) -> Grid:
    return grid_of(Question({"model": "small"}, Names()), over)


def by_file(folder: Path, text: str, *over: str) -> Grid:
    file = folder / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    return grid_of(question_of_file(read_scenario_file(file)), over)


def test_every_combination_once(tmp_path: Path, catalog: Catalog) -> None:
    grid = by_file(tmp_path, FILE)
    points = [grid.values(i) for i in range(grid.size)]
    assert [(p["scenario"], p["budget"]) for p in points] == [
        (name, usd) for name in ("as-is", "dear") for usd in (10_000, 20_000, 30_000, 40_000)
    ]
    request = grid.request(6, catalog)
    assert (request.policy.budget_usd, request.site.electricity_usd_per_kwh) == (30_000, 0.24)


def test_flags_take_the_place_of_an_axis(tmp_path: Path) -> None:
    grid = by_file(tmp_path, FILE, "budget=5k", "duty=0.1,0.2")
    assert grid.size == 4
    assert [axis.name for axis in grid.axes] == ["scenario", "budget", "duty"]


def test_ranges() -> None:
    """By hand: 4, 8, 16, 32 thousand tokens double; 0.1 to 0.3 in steps of 0.1."""
    assert by_flags("context=1K..8K/4log").axes[0].values == (1024, 2048, 4096, 8192)
    assert by_flags("electricity=0.1..0.3/3").axes[0].values == (0.1, 0.2, 0.3)
    assert by_flags("concurrency=1..3/9").axes[0].values == (1, 2, 3)


@pytest.mark.parametrize(
    ("over", "part"),
    [
        (("buget=1k,2k",), "Did you mean budget"),
        (("budget=",), "names no values"),
        (("budget=1k,lots",), "'lots'"),
        (("budget=1k,1k",), "stands twice"),
        (("budget=1k..9k/1",), "at least 2 steps"),
        (("electricity=0..1/5log",), "lies above 0"),
        (("electricity=0.1,0.2", "site.electricity=0.3,0.4"), ""),
        (("site.rack.units=1..400/400", "concurrency=1..400/400"), "160,000 requests are too many"),
        ((), "nothing to sweep over"),
    ],
)
def test_what_cannot_be_swept(over: tuple[str, ...], part: str) -> None:
    if not part:
        assert by_flags(*over).size == 2  # the second says the same path again
        return
    with pytest.raises(InputError, match=part):
        by_flags(*over)


@pytest.mark.parametrize(
    ("sweep", "part"),
    [
        ("{buget: [1k]}", "sweep: no value stands at 'buget'"),
        ("{budget: {from: 1k, to: 2k}}", "'steps' is missing"),
        ("{budget: {from: 1k, to: x, steps: 3}}", "plan.yaml:2:"),
        ("[budget]", "expected paths and their values"),
        ("{scenario: [x]}", "unknown scenario 'x'. The file names none"),
    ],
)
def test_what_a_file_cannot_sweep(tmp_path: Path, sweep: str, part: str) -> None:
    with pytest.raises(InputError) as error:
        by_file(tmp_path, f"model: small\nsweep: {sweep}\n")
    assert part in str(error.value)


def test_a_scenario_may_not_touch_another_axis(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="both touch electricity"):
        by_file(tmp_path, FILE, "electricity=0.1,0.2")
