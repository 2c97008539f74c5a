"""``optimize sweep``: every request of a grid, in parallel, into one table."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.catalog.compiled import directory as cache_directory
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_sweep_extras
from optimizer.cli.output import FAILED, INTERRUPTED, OK, Outcome
from optimizer.cli.progress import progress_wanted
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError
from optimizer.report.sweep import render_sweep
from optimizer.scenario import forms
from optimizer.scenario.files import read_scenario_file
from optimizer.scenario.grid import Grid, Question, check_axis_names, grid_of, question_of_file
from optimizer.scenario.keys import read_plain
from optimizer.studies.sweep.digest import digest
from optimizer.studies.sweep.run import BACKENDS, Engine, Sweep
from optimizer.studies.sweep.store import check_target
from optimizer.studies.sweep.work import Job

DEFAULT_LIMIT_S = 60.0


def run_sweep(file: str | None, given: Mapping[str, Any]) -> Outcome:
    """Solve the grid; stopped at any time, the same command goes on."""
    target = given.get("output")
    if target is None:
        raise InputError("no --output given", "Name a file: --output sweep.parquet")
    check_target(target)
    grid = _grid(file, given)
    engine = _engine(given)
    settings = main_job.solver_settings({**given, "output": None})
    catalog = main_job.open_catalog(given, lambda resolve: check_axis_names(grid, resolve))
    grid.request(0, catalog)  # a request that cannot be at all is told before anything starts
    overlays = tuple(str(Path(p).resolve()) if Path(p).exists() else str(p)
                     for p in given.get("catalog") or ())  # fmt: skip
    cache = None if given.get("no_cache") else str(cache_directory() / "solved.sqlite")
    job = Job(
        grid,
        overlays,
        not given.get("no_builtin_catalog"),
        catalog.sha256,
        settings.get("time_limit_s", DEFAULT_LIMIT_S),
        settings.get("workers"),
        settings.get("seed", 0),
        cache,
    )
    sweep = Sweep.of(grid, job, target)
    bar = Bar(progress_wanted(bool(given.get("progress")), bool(given.get("quiet"))))
    try:
        with bar:
            rows = sweep.run(engine, catalog, bool(given.get("force")), bar)
    except KeyboardInterrupt:
        note = f"interrupted; {bar.done:,} of {grid.size:,} are kept: the same command goes on"
        return Outcome("", INTERRUPTED, (note,))
    held = {"catalog_date": catalog.date, "catalog_sha256": catalog.sha256, "file": str(target)}
    document = {**digest(rows, grid), **held}
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    else:
        text = render_sweep(document, terminal_style())
    words = " ".join(["optimize sweep", *map(shlex.quote, filter(None, [file]))])
    words += f" --output {shlex.quote(str(target))}"
    notes = write_sweep_extras(given, document, words)
    return Outcome(text, OK if document["status"].get("invalid") is None else FAILED, notes)


def _grid(file: str | None, given: Mapping[str, Any]) -> Grid:
    over = given.get("over") or ()
    plain = flags.plain_request(given)
    if file is None:
        names = main_job.FlagNames()
        read_plain(plain, names)
        return grid_of(Question(plain, names), over)
    if plain:
        flag = flags.BY_PATH.get((next(iter(plain)),), "a flag of the request")
        raise InputError(f"{flag} stands beside a scenario file", "Use --over, or the file")
    return grid_of(question_of_file(read_scenario_file(Path(file))), over)


def _engine(given: Mapping[str, Any]) -> Engine:
    backend = forms.choice(lambda: BACKENDS)(given.get("backend") or "loky", "--backend")
    jobs = given.get("jobs")
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    number = (count or 1) if jobs is None else int(forms.whole(1, 1024)(jobs, "--jobs"))
    scheduler = given.get("scheduler")
    if backend == "dask" and scheduler is None:
        raise InputError("--backend dask needs --scheduler", "--scheduler tcp://HOST:8786")
    if backend == "loky" and scheduler is not None:
        raise InputError("--scheduler goes with --backend dask or ray", "Name one, or leave it out")
    if backend != "loky" and jobs is not None:
        raise InputError(
            f"--jobs says nothing to --backend {backend}", "Start as many workers there"
        )
    return Engine(backend, number, scheduler)


class Bar:
    """A progress bar with the time left, on stderr."""

    def __init__(self, wanted: bool) -> None:
        self.done = 0
        self._wanted = wanted
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Bar:
        if self._wanted:
            from rich.console import Console  # noqa: PLC0415 (heavy)
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                       "left", TimeRemainingColumn())  # fmt: skip
            self._bar = Progress(*columns, console=Console(file=sys.stderr))
            self._bar.start()
        return self

    def __call__(self, done: int, total: int) -> None:
        """Show how many points are done."""
        self.done = done
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task("", total=total)
            self._bar.update(self._task, completed=done, total=total)

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()
