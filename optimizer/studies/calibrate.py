"""Fit the constants of the speed model to measurements, and say what error they leave.

Constants of stage 1 explain every speed but the first token under load; those of stage 2 explain
that, with the rest fixed. Held-out errors predict each group (one LLM of one source) by constants
fitted without it; bands also leave out whole engines and generations of accelerators.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import Row
from optimizer.schema.calibration import Band, Calibration, LeftError, Measure
from optimizer.studies.constants import CONSTANTS, Constants
from optimizer.studies.fit import Vector, folds
from optimizer.studies.rows import LOADED, Fitter, Measured, measured_rows, weights

FOLDS = 8
FEW = 25
"""Rows of a class below which it has no band."""
NARROWEST = 0.05
TAIL = 0.08
"""Share of a class beyond each end of its band: less than 0.1, because a group that is new strays
from the others. With it, bands made from all groups but one hold 83 % of that one."""
UNSEEN = "never-measured"
FAMILIES = ("vllm", "tensorrt-llm", "sglang", "llama.cpp")
ROUNDS, SHORT_ROUNDS = 40, 15
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration with its bands and errors, and the predictions behind them."""

    calibration: Calibration
    plain: dict[str, Any]
    rows: tuple[Measured, ...]
    predicted: Vector
    held_out: Vector


def is_fitted(row: Measured) -> bool:
    """Whether a row serves the fit: its load is known, or nothing else shows its engine's era."""
    return row.job.exact or row.job.subject.family == "vllm-2024"


def is_late(row: Measured) -> bool:
    """Whether a row is of stage 2: a queue, or a burst."""
    return row.job.measure == LOADED or row.job.case.load == "burst"


def calibrate(catalog: Catalog, read: Sequence[Row], tell: Tell = lambda _: None) -> Fitted:
    """Fit all constants to the rows of a file; what is not fitted stays as in the catalog."""
    base = catalog.calibration()
    rows = measured_rows(catalog, read)
    used = [row for row in rows if is_fitted(row)]
    tell(f"fitting {len(CONSTANTS)} constants to {len(used)} of {len(read)} rows")
    values = fit_values(base, used, {c.name: c.prior for c in CONSTANTS}, ROUNDS)
    values = {name: significant(value) for name, value in values.items()}
    everything = Constants(base, CONSTANTS)
    cal = everything.calibration(values)
    predicted = Fitter(used, everything).predict(cal)
    tell(f"holding out {len({row.group for row in used})} groups in {FOLDS} folds")
    held_out = _held_out(cal, used)
    plain = everything.plain(values)
    loose = [r for r in measured_rows(catalog, read, cal) if r.job.measure.startswith("loose")]
    plain["bands"] = [b.model_dump() for b in make_bands(cal, used, held_out, loose, tell)]
    plain["errors"] = [e.model_dump() for e in make_errors(used, predicted, held_out)]
    plain |= _seen(used)
    return Fitted(Calibration.model_validate(plain), plain, tuple(used), predicted, held_out)


def fit_values(
    base: Calibration, rows: Sequence[Measured], start: Mapping[str, float], rounds: int
) -> dict[str, float]:
    """The values of all constants, stage by stage."""
    found = dict(start)
    for stage in (1, 2):
        chosen = [row for row in rows if is_late(row) == (stage == 2)]
        cal = Constants(base, CONSTANTS).calibration(found)
        constants = Constants(cal, [c for c in CONSTANTS if c.stage == stage])
        if chosen:
            found |= Fitter(chosen, constants).fit(weights(chosen), found, rounds)
    return found


def _held_out(cal: Calibration, rows: Sequence[Measured]) -> Vector:
    """Every row predicted by constants that were fitted without its group."""
    made = np.empty(len(rows))
    for fold in folds([row.group for row in rows], FOLDS):
        inside = [i for i, row in enumerate(rows) if row.group in fold]
        outside = [row for row in rows if row.group not in fold]
        made[inside] = _predict_with(cal, outside, [rows[i] for i in inside])
    return made


def _predict_with(cal: Calibration, known: Sequence[Measured], asked: Sequence[Measured]) -> Vector:
    constants = Constants(cal, CONSTANTS)
    start = dict(zip((c.name for c in CONSTANTS), constants.current(), strict=True))
    values = fit_values(cal, known, start, SHORT_ROUNDS)
    return Fitter(asked, constants).predict(constants.calibration(values))


# Errors


def table_measure(row: Measured) -> str:
    """The line of the table of errors that a row belongs to."""
    case, job = row.job.case, row.job
    kinds = {"users": "closed-loop", "batch": "static", "offline": "offline"}
    kind = kinds.get(case.load, "open-loop")
    if case.metric in ("ttft", "prefill"):
        return f"{kind} TTFT"
    if case.load == "batch" and job.sequences <= 1 and case.metric in ("user", "decode", "tpot"):
        return "batch-1 decode"
    return f"{kind} TPOT" if case.metric in ("tpot", "user", "decode") else f"{kind} throughput"


def kind_of(row: Measured) -> Literal["dense", "moe"]:
    """Dense, or a mixture of experts."""
    return "moe" if row.job.subject.serving.shape.experts else "dense"


def make_errors(rows: Sequence[Measured], predicted: Vector, held_out: Vector) -> list[LeftError]:
    """Errors by measure and kind, and over all measures but the first token under load."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    whole = f"all but {table_measure_of_loaded()}"
    for index, row in enumerate(rows):
        groups[table_measure(row), kind_of(row)].append(index)
        if row.job.measure != LOADED:
            groups[whole, kind_of(row)].append(index)
            groups[whole, "all"].append(index)
    order = sorted(groups, key=lambda k: (k[0].startswith("all"), k[0], k[1] == "all", k[1]))
    return [_error(rows, predicted, held_out, *key, groups[key]) for key in order]


def table_measure_of_loaded() -> str:
    """What the table calls the first token under load."""
    return "closed-loop TTFT"


def _error(
    rows: Sequence[Measured],
    predicted: Vector,
    held_out: Vector,
    measure: str,
    kind: str,
    at: list[int],
) -> LeftError:
    value = np.array([rows[i].value for i in at])
    inside, outside = (100 * np.abs(made[at] / value - 1) for made in (predicted, held_out))

    def shown(figure: Any) -> float:
        return round(min(1000.0, float(figure)), 1)

    return LeftError.model_validate(
        {
            "measure": measure,
            "kind": kind,
            "rows": len(at),
            "mape_pct": shown(inside.mean()),
            "median_pct": shown(np.median(inside)),
            "p90_pct": shown(np.quantile(inside, 0.9)),
            "held_out_mape_pct": shown(outside.mean()),
            "held_out_median_pct": shown(np.median(outside)),
            "held_out_p90_pct": shown(np.quantile(outside, 0.9)),
        }
    )


# Bands


def speed_ratios(rows: Sequence[Measured], predicted: Vector) -> Vector:
    """Measured speed over predicted speed; for times, the reciprocal."""
    value = np.array([row.value for row in rows])
    slow = np.array([row.slowness for row in rows])
    made: Vector = np.where(slow, predicted / value, value / predicted)
    return made


def make_bands(
    cal: Calibration,
    rows: Sequence[Measured],
    held_out: Vector,
    loose: Sequence[Measured],
    tell: Tell,
) -> list[Band]:
    """Bands by measure, and by whether engine and generation were measured."""
    seen = Ratios()
    fixed = [not row.job.measure.startswith("loose") for row in rows]
    rows, held_out = [row for row, yes in zip(rows, fixed, strict=True) if yes], held_out[fixed]
    seen.add(rows, speed_ratios(rows, held_out), (True, True))
    families = {row.job.subject.family for row in rows}
    generations = sorted({row.job.subject.serving.generation for row in rows})
    tell("leaving out engines and generations in turn")
    for family in FAMILIES:
        eras = {f for f in families if f.startswith(family)}
        _leave_out(cal, rows, eras, set(), seen)
        for generation in generations:
            _leave_out(cal, rows, eras, {generation}, seen)
    for generation in generations:
        _leave_out(cal, rows, set(), {generation}, seen)
    if loose:
        predicted = Fitter(loose, Constants(cal, CONSTANTS)).predict(cal)
        seen.add(loose, speed_ratios(loose, predicted), (True, True))
    return seen.bands()


def _leave_out(
    cal: Calibration,
    rows: Sequence[Measured],
    engines: set[str],
    generations: set[str],
    seen: Ratios,
) -> None:
    """Predict what is of these engines and generations by constants fitted without either."""

    def hit(row: Measured) -> tuple[bool, bool]:
        serving = row.job.subject.serving
        return serving.engine_family in engines, serving.generation in generations

    asked = [r for r in rows if hit(r) == (bool(engines), bool(generations))]
    known = [r for r in rows if hit(r) == (False, False)]
    if len(asked) < FEW or not known:
        return
    hidden = [_hide(row, bool(engines), bool(generations)) for row in asked]
    ratios = speed_ratios(asked, _predict_with(cal, known, hidden))
    seen.add(asked, ratios, (not engines, not generations))


def _hide(row: Measured, engine: bool, generation: bool) -> Measured:
    """The row as if nobody had measured its engine, or its generation."""
    changes: dict[str, Any] = {}
    if engine:
        changes["engine_family"] = UNSEEN
    if generation:
        changes["generation"] = UNSEEN
    subject = row.job.subject
    hidden = replace(subject, serving=replace(subject.serving, **changes))
    return replace(row, job=replace(row.job, subject=hidden))


class Ratios:
    """Speed ratios by class, and the bands that hold four fifths of each."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, bool, bool], list[tuple[str, float]]] = defaultdict(list)

    def add(self, rows: Iterable[Measured], ratios: Vector, seen: tuple[bool, bool]) -> None:
        """Ratios of some rows, all of one kind of knowledge."""
        for row, ratio in zip(rows, ratios, strict=True):
            self._held[row.job.measure, *seen].append((row.group, float(ratio)))

    def bands(self) -> list[Band]:
        """One band per class of enough rows.

        Where an engine or a generation was never measured, the band is never narrower than where
        both were.
        """
        made: list[Band] = []
        for measure in get_args(Measure):
            known: Band | None = None
            for seen in ((True, True), (False, True), (True, False), (False, False)):
                held = self._held[measure, *seen]
                if len(held) >= FEW:
                    made.append(_band(measure, seen, held, known))
                    known = known or made[-1]
        return made


def _band(
    measure: str, seen: tuple[bool, bool], held: Sequence[tuple[str, float]], least: Band | None
) -> Band:
    low, high = _ends(held)
    low, high = max(NARROWEST, 1 - low), max(NARROWEST, high - 1)
    if least is not None:
        low, high = max(low, least.low), max(high, least.high)
    return Band.model_validate(
        {
            "measure": measure,
            "engine_seen": seen[0],
            "generation_seen": seen[1],
            "low": round(min(0.95, low), 2),
            "high": round(min(10.0, high), 2),
            "rows": len(held),
        }
    )


def _ends(held: Sequence[tuple[str, float]]) -> tuple[float, float]:
    """The ratios that leave a tail on either side; groups weigh as the root of their size."""
    size = Counter(group for group, _ in held)
    ordered = sorted((ratio, size[group] ** -0.5) for group, ratio in held)
    ratios = [ratio for ratio, _ in ordered]
    weight = np.array([w for _, w in ordered])
    share = (np.cumsum(weight) - weight / 2) / weight.sum()
    low, high = np.interp((TAIL, 1 - TAIL), share, ratios)
    return float(low), float(high)


def _seen(rows: Sequence[Measured]) -> dict[str, Any]:
    """Generations and engines of the rows, and engines whose pipelines are among them."""
    servings = [row.job.subject.serving for row in rows]
    return {
        "seen_generations": sorted({s.generation for s in servings}),
        "seen_engines": sorted({s.engine_family for s in servings if s.engine_family}),
        "seen_pipelines": sorted({s.engine_family for s in servings if s.pipeline > 1}),
    }


def significant(value: float, digits: int = 3) -> float:
    """A value with so many significant digits."""
    return float(f"{value:.{digits}g}")
