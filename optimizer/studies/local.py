"""A few corrections of the speed model from a user's own measurements, as a catalog of their own.

Only what the rows can tell is touched: times of their engines, reading and computing on their
generations of accelerators, their fabric. Each correction is pulled towards the shipped value, so a
handful of rows moves it a little and many rows as far as they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import Content, Row
from optimizer.catalog.importers.result import Imported, slug
from optimizer.errors import InputError
from optimizer.schema.calibration import Calibration
from optimizer.studies.calibrate import significant
from optimizer.studies.constants import Constant, Constants
from optimizer.studies.fit import Vector, folds
from optimizer.studies.rows import LOADED, ROW_WEIGHT, Fitter, Measured, measured_rows

PULL = 0.3
"""Weight of a shipped value: about that of ten rows."""
FOLDS = 5
ENOUGH = 10
"""Different points from which held-out errors are worth telling."""
SEEN = 5
"""Rows of an engine, or on a generation, from which it counts as measured."""
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Errors:
    """Absolute errors as shares of what was measured."""

    median: float
    mean: float


@dataclass(frozen=True, slots=True)
class Changed:
    """A constant and its correction."""

    name: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class Local:
    """What came of the corrections. ``held_out`` is ``None`` when there are too few points."""

    rows: int
    refused: int
    points: int
    before: Errors
    after: Errors
    held_out: Errors | None
    changed: tuple[Changed, ...]
    imported: Imported


def calibrate_locally(catalog: Catalog, content: Content, rows: Sequence[Row]) -> Local:
    """Corrections from ``rows``. Raises InputError when there is nothing to learn from."""
    found = measured_rows(catalog, rows)
    if not found:
        raise InputError(
            f"{content.name}: no row has a value and a known LLM and accelerator",
            "optimize predict --csv tells why rows are refused",
        )
    base = _with_engines(catalog.calibration(), found)
    constants = Constants(base, list(_corrections(base, found)))
    fitter = Fitter(found, constants)
    start = dict(zip((c.name for c in constants.fitted), constants.current(), strict=True))
    weight = np.full(len(found), ROW_WEIGHT)
    values = fitter.fit(weight, start, ROUNDS)
    values = {name: significant(value) for name, value in values.items()}
    before = _errors(found, fitter.predict(base))
    after = _errors(found, fitter.predict(constants.calibration(values)))
    points = [_point(row) for row in found]
    held_out = None
    if len(set(points)) >= ENOUGH:
        held_out = _errors(found, _held_out(found, points, constants, start))
    changed = tuple(
        Changed(name.replace("|", "."), start[name], value)
        for name, value in values.items()
        if abs(value / start[name] - 1) > 0.005
    )
    imported = _overlay(catalog, content, rows, found, constants.plain(values))
    return Local(
        rows=len(found),
        refused=len(rows) - len(found),
        points=len(set(points)),
        before=before,
        after=after,
        held_out=held_out,
        changed=changed,
        imported=imported,
    )


def _with_engines(base: Calibration, rows: Sequence[Measured]) -> Calibration:
    """The calibration with an entry of its own for every engine of the rows."""
    engines = dict(base.engines)
    for row in rows:
        engines.setdefault(row.job.subject.family, base.engines["default"])
    return base.model_copy(update={"engines": engines})


def _corrections(base: Calibration, rows: Sequence[Measured]) -> Iterator[Constant]:
    """Constants that the rows say something about."""
    servings = [row.job.subject.serving for row in rows]
    for family in sorted({s.engine_family for s in servings}):
        yield from _engine_corrections(base, family, rows)
    for key in sorted(
        {s.generation if s.memory_class == "hbm" else s.memory_class for s in servings}
    ):
        if key in base.weight_read:
            yield _pulled(("weight_read", key), base.weight_read[key], 1.0)
    for generation in sorted({s.generation for s in servings}):
        shares = base.compute.get(generation, {})
        for compute in sorted({s.compute for s in servings if s.generation == generation}):
            if compute in shares:
                yield _pulled(("compute", generation, compute), shares[compute], 1.0)
    for fabric in sorted({s.link.fabric for s in servings if s.tensor > 1}):
        if fabric in base.fabrics:
            latency = base.fabrics[fabric].latency_us
            yield _pulled(("fabrics", fabric, "latency_us"), latency, latency * 5)


def _engine_corrections(
    base: Calibration, family: str, rows: Sequence[Measured]
) -> Iterator[Constant]:
    engine = base.engines[family]
    yield _pulled(("engines", family, "layer_us"), engine.layer_us, engine.layer_us * 5)
    yield _pulled(("engines", family, "step_us"), engine.step_us, engine.step_us * 20)
    of_engine = [row for row in rows if row.job.subject.family == family]
    server = [r for r in of_engine if r.job.case.metric == "ttft" and r.job.case.load != "batch"]
    if server:
        first = engine.first_token_us
        yield _pulled(("engines", family, "first_token_us"), first, first * 20)
    if engine.queue and any(row.job.measure == LOADED for row in server):
        steps = engine.queue.wait_steps
        yield _pulled(("engines", family, "queue", "wait_steps"), steps, min(20.0, steps * 5))


def _pulled(path: tuple[str, ...], shipped: float, high: float) -> Constant:
    """A constant whose prior is the shipped value."""
    low = shipped / 20 if high > 1 else max(0.05, shipped / 3)
    return Constant("|".join(path), shipped, low, max(high, shipped), PULL, ((path, 1.0),))


def _errors(rows: Sequence[Measured], predicted: Vector) -> Errors:
    error = np.abs(predicted / np.array([row.value for row in rows]) - 1)
    return Errors(float(np.median(error)), float(error.mean()))


def _point(row: Measured) -> str:
    """Rows of one run stay together when they are held out."""
    job = row.job
    s = job.subject
    words = (s.llm.id, s.card.id, s.family, s.weights, s.layout, job.inputs, job.outputs)
    return repr((*words, job.sequences, job.case.rate))


def _held_out(
    rows: Sequence[Measured], points: Sequence[str], constants: Constants, start: dict[str, float]
) -> Vector:
    made = np.empty(len(rows))
    for fold in folds(points, FOLDS):
        inside = [i for i, point in enumerate(points) if point in fold]
        known = [row for row, point in zip(rows, points, strict=True) if point not in fold]
        fitter = Fitter(known, constants)
        values = fitter.fit(np.full(len(known), ROW_WEIGHT), start, ROUNDS)
        made[inside] = Fitter([rows[i] for i in inside], constants).predict(
            constants.calibration(values)
        )
    return made


def _overlay(
    catalog: Catalog,
    content: Content,
    rows: Sequence[Row],
    found: Sequence[Measured],
    plain: dict[str, Any],
) -> Imported:
    """The catalog file: the tables that changed, and where they come from."""
    shipped = catalog.calibration().model_dump(mode="python")
    tables = ("engines", "weight_read", "compute", "fabrics")
    entry: dict[str, Any] = {"id": "serving"}
    entry |= {key: _bare(plain[key]) for key in tables if plain[key] != shipped[key]}
    key = f"own-measurements-{content.digest}"
    entry |= {
        "seen_engines": _measured(shipped["seen_engines"], (r.job.subject.family for r in found)),
        "seen_generations": _measured(
            shipped["seen_generations"], (r.job.subject.serving.generation for r in found)
        ),
    }
    entry["sources"] = {name: f"{key}#{len(found)} rows" for name in entry if name != "id"}
    dates = sorted(row.get("date") for row in rows if row.get("date"))
    source = {
        "title": f"Own measurements: {content.name}",
        "publisher": "user",
        "url": None,
        "date": dates[-1][:60] if dates else "undated",
        "confidence": "medium",
        "note": f"SHA-256 {content.digest}; pulled towards the shipped constants.",
    }
    name = slug(content.name.rsplit(".", maxsplit=1)[0])
    return Imported(
        file=f"calibration-{name}.yaml",
        comment=f"Corrections of the speed model from {content.name}, by optimize calibrate.",
        sections={"sources": {key: source}, "calibrations": [entry]},
    )


def _bare(value: Any) -> Any:
    """A table without entries that hold nothing."""
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if v is not None}
    return value


def _measured(known: Sequence[str], names: Iterator[str]) -> list[str]:
    counted = list(names)
    fresh = {name for name in counted if counted.count(name) >= SEEN}
    return sorted({*known, *fresh})
