"""Measured rows ready for a fit: predictions at any constants, fast."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import Row
from optimizer.physics.steps import Step, fresh_step
from optimizer.physics.throughput import Serving
from optimizer.schema.calibration import Calibration
from optimizer.studies.constants import Constant, Constants
from optimizer.studies.fit import NUDGE, Problem, Vector, solve
from optimizer.studies.measurements import TIMES, Refused, case_of
from optimizer.studies.predict import Job, Predictor

LOADED = "first token under load"


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement, ready to be predicted. ``group`` is held out together."""

    job: Job
    value: float
    group: str

    @property
    def slowness(self) -> bool:
        """Whether a larger value means slower."""
        return self.job.case.metric in TIMES


def measured_rows(
    catalog: Catalog, rows: Sequence[Row], calibration: Calibration | None = None
) -> list[Measured]:
    """Rows that have a value and can be predicted; repeated ones count once.

    The ``calibration`` [the catalog's] decides what rows leave open: the fastest layout, or how
    many sequences stay within a latency.
    """
    predictor = Predictor(catalog, calibration or catalog.calibration())
    found: list[Measured] = []
    seen: set[object] = set()
    for row in rows:
        try:
            case = case_of(row)
            job = predictor.job(case)
        except Refused:
            continue
        key = (
            case.source,
            job.subject,
            case.load,
            case.metric,
            case.sequences,
            case.rate,
            job.inputs,
            job.outputs,
            case.value,
        )
        if not case.value or key in seen:
            continue
        seen.add(key)
        found.append(Measured(job, case.value, _group(row, job)))
    return found


def _group(row: Row, job: Job) -> str:
    """What is held out together: one LLM of one source (and one card, for llama.cpp).

    All llama.cpp rows may be one LLM of one source; without the card they would be one group.
    """
    card = f"|{job.subject.card.id}" if job.subject.family == "llama.cpp" else ""
    return f"{row.get('source')}|{job.subject.llm.id}{card}"


@dataclass
class Fitter:
    """Fits constants to some rows."""

    rows: Sequence[Measured]
    constants: Constants
    _places: list[tuple[Serving, list[int]]] = field(init=False)
    _logs: Vector = field(init=False)

    def __post_init__(self) -> None:
        by: dict[int, tuple[Serving, list[int]]] = {}
        for index, row in enumerate(self.rows):
            serving = row.job.subject.serving
            by.setdefault(id(serving), (serving, []))[1].append(index)
        self._places = list(by.values())
        self._logs = np.array([math.log(row.value) for row in self.rows])

    def _values(self, x: Vector) -> dict[str, float]:
        names = (c.name for c in self.constants.fitted)
        return {name: float(v) for name, v in zip(names, np.exp(x), strict=True)}

    def predict(self, cal: Calibration) -> Vector:
        """Predicted values of all rows."""
        made = np.empty(len(self.rows))
        for serving, indexes in self._places:
            step = fresh_step(serving, cal)
            for index in indexes:
                made[index] = self.rows[index].job.value(step)
        return made

    def _errors(self, x: Vector) -> Vector:
        cal = self.constants.calibration(self._values(x))
        return np.log(self.predict(cal)) - self._logs

    def _touched(self, x: Vector) -> list[list[tuple[Serving, list[int]]]]:
        """Which replicas each constant changes."""
        cal = self.constants.calibration(self._values(x))
        steps = [fresh_step(serving, cal) for serving, _ in self._places]
        found = []
        _, high = _bounds(self.constants.fitted)
        for index in range(len(x)):
            moved = x.copy()
            moved[index] += 100 * NUDGE if x[index] + 100 * NUDGE <= high[index] else -100 * NUDGE
            other = self.constants.calibration(self._values(moved))
            found.append(
                [
                    place
                    for place, step in zip(self._places, steps, strict=True)
                    if fresh_step(place[0], other) != step
                ]
            )
        return found

    def fit(self, weight: Vector, start: Mapping[str, float], rounds: int = 40) -> dict[str, float]:
        """The constants that explain the rows best, each row with its weight."""
        fitted = self.constants.fitted
        logs = np.log(np.array([start.get(c.name, c.prior) for c in fitted]))
        touched = self._touched(np.clip(logs, *_bounds(fitted)))

        def changed(x: Vector, index: int) -> tuple[NDArray[np.int64], Vector]:
            cal = self.constants.calibration(self._values(x))
            rows: list[int] = []
            made: list[float] = []
            for serving, indexes in touched[index]:
                step: Step = fresh_step(serving, cal)
                rows += indexes
                made += [math.log(self.rows[i].job.value(step)) for i in indexes]
            at = np.array(rows, dtype=np.int64)
            return at, np.array(made) - self._logs[at]

        low, high = _bounds(fitted)
        problem = Problem(
            prior=np.log(np.array([c.prior for c in fitted])),
            low=low,
            high=high,
            pull=np.array([c.pull for c in fitted]),
            weight=weight,
            errors=self._errors,
            changed=changed,
        )
        return self._values(solve(problem, logs, rounds))


def _bounds(fitted: Sequence[Constant]) -> tuple[Vector, Vector]:
    low = np.log(np.array([c.low for c in fitted]))
    return low, np.log(np.array([c.high for c in fitted]))


ROW_WEIGHT = 0.1
"""Scale of the rows against the pull of the priors."""


def weights(rows: Sequence[Measured]) -> Vector:
    """Weights of rows: a group counts as the square root of its size, loaded first tokens not."""
    size: dict[str, int] = defaultdict(int)
    for row in rows:
        size[row.group] += 1
    share = np.array([size[row.group] ** -0.5 for row in rows])
    made: Vector = ROW_WEIGHT * np.sqrt(share / share.mean())
    return made
