"""Sweeps: every point once, the same by every road, through stops and other processes."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.scenario.grid import Question, grid_of
from optimizer.scenario.keys import Names
from optimizer.studies.sweep.cache import Solved
from optimizer.studies.sweep.digest import digest
from optimizer.studies.sweep.plan import batches
from optimizer.studies.sweep.rows import Row, lasting
from optimizer.studies.sweep.run import Engine, Sweep
from optimizer.studies.sweep.work import Job
from tests.studies.small import small_catalog

OVER = ("budget=3k..20k/12", "electricity=0.1,0.2,0.4", "concurrency=1,4")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalog") / "small"


class Runs:
    """Sweeps of one grid over the small catalog."""

    def __init__(self, folder: Path, over: tuple[str, ...] = OVER, cache: Path | None = None):
        self.catalog = small_catalog(folder)
        self.grid = grid_of(Question({"model": "small"}, Names()), over)
        self.job = Job(
            self.grid,
            (str(folder),),
            False,
            self.catalog.sha256,
            60.0,
            None,
            0,
            None if cache is None else str(cache),
        )

    def run(self, file: Path, engine: Engine | None = None, again: bool = False) -> list[Row]:
        sweep = Sweep.of(self.grid, self.job, file)
        return sweep.run(engine or Engine(), self.catalog, again, lambda _done, _all: None)


def same(rows: list[Row]) -> list[Row]:
    return [lasting(row) for row in rows]


def test_every_point_in_one_batch() -> None:
    grid = grid_of(Question({"model": "small"}, Names()), OVER)
    points = [point for batch in batches(grid) for point in batch.points]
    assert sorted(points) == list(range(grid.size)) == list(range(72))


def test_the_loosest_comes_first_in_its_group() -> None:
    grid = grid_of(Question({"model": "small"}, Names()), ("budget=5k,40k,20k", "duty=0.1,0.2"))
    order = [[grid.values(p)["budget"] for p in g] for b in batches(grid) for g in b.groups]
    assert order == [[40_000, 20_000, 5_000]] * 2


def test_groups_of_one_llm_stand_together_though_its_axis_comes_last() -> None:
    over = ("duty=0.1,0.2", "concurrency=1,4", "budget=5k,40k", "model=small,other")
    grid = grid_of(Question({}, Names()), over)
    groups = [grid.values(g[0]) for b in batches(grid) for g in b.groups]
    assert [v["model"] for v in groups] == ["small"] * 4 + ["other"] * 4
    assert [v["duty"] for v in groups[:4]] == [0.1, 0.1, 0.2, 0.2]


def test_small_groups_stay_together() -> None:
    """Groups of ten budgets, 40 of them: no batch has a part of one, none is larger than 20."""
    over = ("budget=1k..10k/10", "duty=0.01..0.4/40")
    made = batches(grid_of(Question({"model": "small"}, Names()), over))
    assert {len(group) for batch in made for group in batch.groups} == {10}
    assert max(len(batch.points) for batch in made) <= 20


def test_batches_get_smaller_towards_the_end() -> None:
    """A thirty-second of what is left, from 2,000/32 = 62 down to 8; the last takes the rest."""
    grid = grid_of(Question({"model": "small"}, Names()), ("duty=0.001..1/2000",))
    sizes = [len(batch.points) for batch in batches(grid)]
    assert sizes[0] == 62
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-2] == 8
    assert sum(sizes) == 2000


def test_rows_are_those_of_single_solves(folder: Path, tmp_path: Path) -> None:
    from optimizer.solve.run import SolveOptions, solve  # noqa: PLC0415

    runs = Runs(folder)
    rows = runs.run(tmp_path / "rows.parquet")
    assert [row["point"] for row in rows] == list(range(72))
    for row in rows[::7]:
        alone = solve(
            runs.grid.request(row["point"], runs.catalog),
            runs.catalog,
            SolveOptions(explain=False, notes=False),
        )
        assert row["status"] == alone.status
        assert row["value"] == alone.objective.value
        if alone.build is not None:
            assert row["tco_usd"] == alone.build.costs.tco_usd
            assert row["platform"] == alone.build.platform
    assert {row["status"] for row in rows} == {"optimal", "infeasible"}


def test_two_processes_give_the_same_rows(folder: Path, tmp_path: Path) -> None:
    runs = Runs(folder)
    one = runs.run(tmp_path / "one.parquet")
    assert same(runs.run(tmp_path / "two.parquet", Engine("loky", 2))) == same(one)
    assert same(runs.run(tmp_path / "rows.csv")) == same(one), "cells of text are values again"
    with (tmp_path / "rows.csv").open(encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert [float(r["tco_usd"] or 0) for r in table] == [row["tco_usd"] or 0 for row in one]


def test_what_was_solved_before_is_not_solved_again(folder: Path, tmp_path: Path) -> None:
    runs = Runs(folder, cache=tmp_path / "solved.sqlite")
    first = runs.run(tmp_path / "first.parquet")
    second = runs.run(tmp_path / "second.parquet")
    assert same(first) == same(second)
    assert {row["how"] for row in first} == {"solved", "implied"}
    assert {row["how"] for row in second} == {"repeated"}


def test_the_same_request_twice_in_a_grid_is_solved_once(folder: Path, tmp_path: Path) -> None:
    """A name in capitals is the same name: two points, one request."""
    over = ("model=small,SMALL", "context=4K,8K")
    runs = Runs(folder, over, cache=tmp_path / "solved.sqlite")
    rows = runs.run(tmp_path / "rows.parquet")
    assert len({row["fingerprint"] for row in rows}) == 2
    assert [row["how"] for row in rows].count("repeated") == 2


def test_numbers_below_zero_stay_numbers(folder: Path, tmp_path: Path) -> None:
    """What a spreadsheet could take for a formula is text only."""
    runs = Runs(folder, ("electricity_escalation=-0.1,0.2",))
    runs.run(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8") as stream:
        assert [r["electricity_escalation"] for r in csv.DictReader(stream)] == ["-0.1", "0.2"]


def test_a_broken_cache_is_no_cache(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "solved.sqlite").write_bytes(b"not a database at all" * 100)
    rows = Runs(folder, ("duty=0.1,0.2",), cache=tmp_path / "solved.sqlite").run(tmp_path / "r.csv")
    assert len(rows) == 2
    kept = Solved(tmp_path / "solved.sqlite")
    assert kept.get("x") is None


def test_a_point_that_is_no_request_says_so(folder: Path, tmp_path: Path) -> None:
    """The small LLM takes 16K of context."""
    rows = Runs(folder, ("context=8K,64K",)).run(tmp_path / "rows.parquet")
    assert [row["status"] for row in rows] == ["optimal", "invalid"]
    assert "maximum is 16K" in rows[1]["error"]


def test_rows_of_another_sweep_are_not_mixed_in(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "rows.parquet"
    Runs(folder, ("duty=0.1,0.2",)).run(target)
    with pytest.raises(InputError, match="is there already"):
        Runs(folder, ("duty=0.1,0.3",)).run(target)
    Runs(folder, ("duty=0.1,0.3",)).run(target, again=True)
    parts = tmp_path / "other.parquet.parts"
    parts.mkdir()
    (parts / "sweep.json").write_text("{}\n")
    with pytest.raises(InputError, match="parts of another sweep"):
        Runs(folder).run(tmp_path / "other.parquet")


# What it came to


def hand_made(over: tuple[str, ...], values: dict[int, float | None]) -> dict[str, Any]:
    """The digest of rows whose objective is given by point; None: nothing fits."""
    grid = grid_of(Question({"model": "small"}, Names()), over)
    rows: list[Row] = []
    for point in range(grid.size):
        value = values.get(point)
        row: Row = {"point": point, "fingerprint": str(point), "how": "solved", "goal": "tco"}
        row |= {"unit": "USD", "value": value, "status": "optimal", "accelerator": "card"}
        if value is None:
            row |= {"status": "infeasible", "accelerator": None}
        rows.append(row | {"tco_usd": value, "output_tok_s": None if value is None else 10 * value})
    return digest(rows, grid)


def test_the_digest_has_every_value_of_every_axis() -> None:
    """Points: (0.1, 1) 5, (0.1, 4) 7, (0.2, 1) 9, (0.2, 4) nothing."""
    found = hand_made(("duty=0.1,0.2", "concurrency=1,4"), {0: 5.0, 1: 7.0, 2: 9.0})
    assert found["status"] == {"infeasible": 1, "optimal": 3}
    by_value = {(e["axis"], e["value"]): e for e in found["by_value"]}
    assert by_value["duty", 0.1]["tco_usd_median"] == 6.0
    assert (by_value["duty", 0.2]["built"], by_value["duty", 0.2]["requests"]) == (1, 2)
    assert by_value["concurrency", 1]["output_tok_s_median"] == 70.0


def test_the_slice_goes_along_the_longest_axis_of_numbers() -> None:
    """Points count with the last axis fastest: site b, duty 0.2, budget 3 is 1*6 + 1*3 + 2 = 11."""
    over = ("site=home-15a,home-20a", "duty=0.1,0.2", "budget=1k,2k,3k")
    cut = hand_made(over, {point: float(point) for point in range(12)})["slice"]
    assert (cut["along"], cut["across"], cut["fixed"]) == ("budget", "site", {"duty": 0.2})
    assert [line["value"] for line in cut["series"]] == ["home-15a", "home-20a"]
    assert [p["value"] for p in cut["series"][1]["points"]] == [9.0, 10.0, 11.0]
    assert [p["at"] for p in cut["series"][0]["points"]] == [1000, 2000, 3000]


def test_a_long_axis_is_drawn_at_some_of_its_values() -> None:
    values = {point: float(point) for point in range(1000)}
    (line,) = hand_made(("duty=0.001..1/1000",), values)["slice"]["series"]
    assert len(line["points"]) == 200
    assert [line["points"][i]["value"] for i in (0, -1)] == [0.0, 999.0]


def test_a_slice_needs_something_to_compare() -> None:
    assert hand_made(("duty=0.1",), {0: 1.0})["slice"] is None
    assert hand_made(("duty=0.1,0.2",), {})["slice"]["goal"] == "tco"


# Stops


SLOW = """
import sys
from pathlib import Path
from tests.studies.test_sweep import Runs

runs = Runs(Path(sys.argv[1]), cache=None if sys.argv[3] == "-" else Path(sys.argv[3]))
runs.run(Path(sys.argv[2]))
"""
ROOT = Path(__file__).resolve().parent.parent.parent


def start(folder: Path, target: Path, cache: str = "-") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(folder), str(target), cache],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(1200):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


@pytest.mark.slow
def test_three_kills_lose_nothing_and_do_nothing_twice(folder: Path, tmp_path: Path) -> None:
    """Killed after the first, the second and the third part; parts are never written again."""
    expected = same(Runs(folder).run(tmp_path / "whole.parquet"))
    target = tmp_path / "rows.parquet"
    parts = tmp_path / "rows.parquet.parts"
    written: dict[str, int] = {}
    for count in (1, 2, 3):
        process = start(folder, target)
        wait_for(lambda wanted=count: len(list(parts.glob("part-*"))) >= wanted)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not target.exists()
        for part in parts.glob("part-*"):
            stamp = part.stat().st_mtime_ns
            assert written.setdefault(part.name, stamp) == stamp, "a part was written twice"
    process = start(folder, target)
    assert process.wait(timeout=120) == 0
    assert not parts.exists()
    assert same(Runs(folder).run(tmp_path / "again.parquet")) == expected
    from optimizer.studies.sweep.store import Store  # noqa: PLC0415

    assert same(Store(target, {}).read(target)) == expected


# Dask


CLUSTER = """
import sys
from distributed import LocalCluster

cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
print(cluster.scheduler_address, *(w.pid for w in cluster.workers.values()), flush=True)
sys.stdin.readline()
cluster.close()
"""


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[int]]]:
    """A Dask scheduler with two worker processes on this machine: its address, their pids."""
    pytest.importorskip("distributed")
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        address, *pids = process.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
        process.communicate("\n", timeout=60)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_dask_gives_the_same_rows_though_a_worker_is_killed(
    folder: Path, tmp_path: Path, cluster: tuple[str, list[int]]
) -> None:
    """One of the two worker processes dies when the first part is there."""
    runs = Runs(folder)
    expected = same(runs.run(tmp_path / "local.parquet"))
    address, pids = cluster
    killed: list[int] = []

    def kill_one(done: int, _all: int) -> None:
        if done and not killed:
            killed.append(done)
            os.kill(pids[0], signal.SIGKILL)

    sweep = Sweep.of(runs.grid, runs.job, tmp_path / "dask.parquet")
    rows = sweep.run(Engine("dask", scheduler=address), runs.catalog, False, kill_one)
    assert killed
    assert killed[0] < len(rows), "there was work left"
    assert same(rows) == expected


def test_a_scheduler_that_does_not_answer(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    runs: Any = Runs(folder, ("duty=0.1,0.2",))
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        runs.run(tmp_path / "rows.parquet", Engine("dask", scheduler="nonsense://x:1"))


# Ray


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_rows(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two Ray workers on this machine; rows come in waves, and the cluster is gone afterwards."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install ray")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    runs = Runs(folder)
    expected = same(runs.run(tmp_path / "local.parquet"))
    told: list[int] = []
    sweep = Sweep.of(runs.grid, runs.job, tmp_path / "ray.parquet")
    rows = sweep.run(Engine("ray"), runs.catalog, False, lambda done, _all: told.append(done))
    assert same(rows) == expected
    assert told == sorted(set(told)), "batch by batch"
    assert len(told) == len(batches(runs.grid)) + 1
    assert not ray.is_initialized()


def test_without_ray_it_says_how_to_get_it(folder: Path, tmp_path: Path) -> None:
    if find_spec("ray") is not None:
        pytest.skip("Ray is installed here")
    with pytest.raises(InputError, match="Ray is not installed"):
        Runs(folder, ("duty=0.1,0.2",)).run(tmp_path / "rows.parquet", Engine("ray"))
