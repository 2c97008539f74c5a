"""A sweep from grid to file: batches handed out through joblib, parts written as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, OptimizerError
from optimizer.scenario.grid import Grid
from optimizer.scenario.paths import told
from optimizer.studies.sweep.digest import is_numeric
from optimizer.studies.sweep.plan import Batch, batches
from optimizer.studies.sweep.rows import Row, versions
from optimizer.studies.sweep.store import Store
from optimizer.studies.sweep.work import Job, run_batch

Told = Callable[[int, int], None]
"""(points done, points in all)."""
BACKENDS = ("loky", "dask", "ray")
WAVE = 4
"""Batches per worker that Ray gets at a time."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs the batches: processes here, or the workers of a cluster."""

    backend: str = "loky"
    jobs: int = 1
    scheduler: str | None = None

    def run(self, job: Job, todo: Sequence[Batch]) -> Iterator[tuple[int, list[Row]]]:
        """The rows of every batch, as they finish."""
        from joblib import Parallel, delayed  # noqa: PLC0415 (heavy)

        if self.backend == "loky" and self.jobs == 1:
            yield from (run_batch(job, batch) for batch in todo)
            return
        work = [delayed(run_batch)(job, batch) for batch in todo]
        with self._context():
            if self.backend == "ray":
                yield from self._in_waves(work)
                return
            # A short queue here, so that Ctrl-C finds nothing in it; a cluster gets all at once.
            jobs, ahead = (self.jobs, "2*n_jobs") if self.backend == "loky" else (-1, "all")
            options: dict[str, Any] = {"batch_size": 1, "pre_dispatch": ahead}
            yield from Parallel(n_jobs=jobs, return_as="generator_unordered", **options)(work)

    def _in_waves(self, work: Sequence[Any]) -> Iterator[tuple[int, list[Row]]]:
        """A few batches for every worker at a time: Ray's door to joblib hands back whole lists."""
        from joblib import Parallel  # noqa: PLC0415

        with Parallel(n_jobs=-1, batch_size=1, pre_dispatch="all") as parallel:
            wave = WAVE * parallel._effective_n_jobs()
            for start in range(0, len(work), wave):
                yield from parallel(work[start : start + wave])

    def _context(self) -> AbstractContextManager[Any]:
        if self.backend == "dask":
            return _dask(self.scheduler)
        return _ray(self.scheduler) if self.backend == "ray" else nullcontext()


@contextmanager
def _ray(address: str | None) -> Iterator[None]:
    """The workers of a Ray cluster, or those of this machine, behind joblib."""
    try:
        ray: Any = import_module("ray")
        register_ray = import_module("ray.util.joblib").register_ray
    except ImportError:
        raise InputError("Ray is not installed", "pip install 'llm-build-optimizer[ray]'") from None
    from joblib import parallel_config  # noqa: PLC0415

    ours = not ray.is_initialized()
    if ours:
        try:
            ray.init(address=address, include_dashboard=False, log_to_driver=False,
                     logging_level="error")  # fmt: skip
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise InputError(f"--scheduler: no Ray cluster answers: {error}") from None
    register_ray()
    try:
        with parallel_config(backend="ray"):
            yield
    except ray.exceptions.RayActorError:
        raise OptimizerError(
            "a Ray worker died", "What was solved before is kept: the same command goes on"
        ) from None
    finally:
        if ours:
            ray.shutdown()


class _dask(AbstractContextManager[Any]):
    """The workers of a Dask cluster, behind joblib."""

    def __init__(self, scheduler: str | None) -> None:
        self._scheduler = scheduler

    def __enter__(self) -> Any:
        try:
            client: Any = import_module("distributed").Client
        except ImportError:
            raise InputError(
                "Dask is not installed", "pip install 'llm-build-optimizer[dask]'"
            ) from None
        from joblib import parallel_config  # noqa: PLC0415

        try:
            self._client = client(self._scheduler, timeout="10s", set_as_default=True)
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler: no Dask scheduler answers: {error}") from None
        self._config = parallel_config(backend="dask", wait_for_workers_timeout=30)
        return self._config.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._config.__exit__(*error)
        self._client.close()


@dataclass(frozen=True, slots=True)
class Sweep:
    """A grid on its way to a file."""

    grid: Grid
    job: Job
    store: Store

    @classmethod
    def of(cls, grid: Grid, job: Job, file: Any) -> Sweep:
        """The sweep of a grid into ``file``."""
        return cls(grid, job, Store(file, {a.name: is_numeric(a.values) for a in grid.axes}))

    def manifest(self, plan: Sequence[Batch], catalog: Catalog) -> dict[str, Any]:
        """What makes this sweep this one: two that differ here are not to be mixed."""
        points = [self.grid.values(i) for i in range(min(self.grid.size, 50))]
        last = self.grid.values(self.grid.size - 1)
        text = repr((sorted(self.grid.question.plain.items(), key=str), points, last))
        return {
            "points": self.grid.size,
            "batches": len(plan),
            "axes": {a.name: [told(v) for v in a.values] for a in self.grid.axes},
            "question": sha256(text.encode()).hexdigest(),
            "catalog_sha256": catalog.sha256,
            "catalog_date": catalog.date,
            "versions": versions(),
            "settings": self.job.settings,
        }

    def run(self, engine: Engine, catalog: Catalog, again: bool, tell: Told) -> list[Row]:
        """Every row, those of an earlier run included, in the order of the points.

        May be stopped at any time, and run again. Raises InputError when other rows are in the way.
        """
        plan = batches(self.grid)
        done = self.store.open(self.manifest(plan, catalog), again)
        count = sum(len(batch.points) for batch in plan if batch.number in done)
        tell(count, self.grid.size)
        sizes = {batch.number: len(batch.points) for batch in plan}
        todo = [batch for batch in plan if batch.number not in done]
        try:
            for number, rows in engine.run(self.job, todo) if todo else ():
                self.store.write(number, rows)
                count += sizes[number]
                tell(count, self.grid.size)
        except InputError:
            self.store.forget_empty()
            raise
        return self.store.finish([batch.number for batch in plan])
