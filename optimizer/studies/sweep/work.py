"""What one process does with a batch: every point solved, a row each."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import local
from uuid import uuid4

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.errors import InputError, OptimizerError
from optimizer.scenario.grid import Grid
from optimizer.schema.request import Request
from optimizer.solve.run import SolveOptions
from optimizer.solve.session import Session
from optimizer.studies.sweep.cache import Solved
from optimizer.studies.sweep.plan import Batch
from optimizer.studies.sweep.rows import Row, fingerprint, row_of


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that a process needs beside the number of a batch; it loads the catalog itself."""

    grid: Grid
    overlays: tuple[str, ...]
    builtin: bool
    catalog_sha256: str
    time_limit_s: float
    workers: int | None
    seed: int
    cache: str | None
    run: str = field(default_factory=lambda: uuid4().hex)
    """Names this sweep from its start to its stop: what processes remember belongs to one."""

    @property
    def settings(self) -> str:
        """What of the solver's settings an unproven answer may depend on."""
        return f"{self.time_limit_s} s, {self.workers} workers, seed {self.seed}"


@lru_cache(maxsize=2)
def _catalog(overlays: tuple[str, ...], builtin: bool) -> Catalog:
    """The catalog, once per process."""
    gc.set_threshold(200_000, 50, 50)
    catalog = load_catalog([Path(p) for p in overlays], builtin)
    gc.freeze()
    return catalog


class _Mine(local):
    """What a thread remembers from batch to batch of one sweep."""

    run: str = ""
    session: Session | None = None


_mine = _Mine()


def _session(job: Job) -> Session:
    """The session of this thread, a new one for another sweep. Raises OptimizerError."""
    catalog = _catalog(job.overlays, job.builtin)
    if catalog.sha256 != job.catalog_sha256:
        raise OptimizerError(
            "a process of the sweep found another catalog than the one asked for",
            "Give every machine the same files at the same paths",
        )
    if _mine.session is None or _mine.run != job.run or _mine.session.catalog is not catalog:
        _mine.run, _mine.session = job.run, Session(catalog)
    return _mine.session


def run_batch(job: Job, batch: Batch) -> tuple[int, list[Row]]:
    """The rows of a batch, in the order of its points. Raises OptimizerError.

    What a process remembers of earlier batches makes it faster and changes no proven row: answers
    are optimal and their ties broken by rules that know no history.
    """
    session = _session(job)
    solved = Solved(None if job.cache is None else Path(job.cache))
    try:
        rows = list(_rows(job, batch, session, solved))
    finally:
        solved.close()
    return batch.number, rows


def _rows(job: Job, batch: Batch, session: Session, solved: Solved) -> Iterator[Row]:
    options = SolveOptions(
        job.time_limit_s, job.workers, job.seed, explain=False, binding=False, notes=False
    )
    for point in batch.points:
        began = time.perf_counter()
        row: Row = {"point": point, **job.grid.values(point)}
        try:
            request = job.grid.request(point, session.catalog)
            row |= _answered(request, options, session, solved, job)
        except InputError as error:
            row |= {"status": "invalid", "error": str(error), "how": "refused"}
        row["solve_ms"] = round(1000 * (time.perf_counter() - began), 3)
        yield row


def _answered(
    request: Request,
    options: SolveOptions,
    session: Session,
    solved: Solved,
    job: Job,
) -> Row:
    mark = fingerprint(request, session.catalog.sha256, job.settings)
    held = solved.get(mark)
    if held is not None:
        return {**held, "fingerprint": mark, "how": "repeated"}
    result, implied = session.solve(request, options)
    if result.interrupted:
        raise KeyboardInterrupt
    row = row_of(result)
    if result.status in ("optimal", "infeasible"):
        solved.put(mark, row)
    return {**row, "fingerprint": mark, "how": "implied" if implied else "solved"}
