"""Predictions beside the rows of a measurements file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import Row, all_problems
from optimizer.errors import InputError
from optimizer.studies.measurements import Case, Refused, case_of
from optimizer.studies.predict import Prediction, Predictor

ADDED = ("predicted", "low", "high", "basis", "reason")
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Predicted:
    """A row with its prediction, or with the reason why there is none."""

    row: Row
    case: Case | None
    prediction: Prediction | None
    reason: str


def predict_rows(catalog: Catalog, rows: Sequence[Row]) -> list[Predicted]:
    """Every row with what is predicted for it. Raises InputError that lists what is malformed."""
    predictor = Predictor(catalog, catalog.calibration())
    cases = list(_cases(rows))
    return [_predict(predictor, row, case) for row, case in cases]


def _cases(rows: Sequence[Row]) -> Iterator[tuple[Row, Case | str]]:
    problems = []
    for row in rows:
        try:
            yield row, case_of(row)
        except Refused as why:
            yield row, str(why)
        except InputError as problem:
            problems.append(problem)
    if problems:
        raise all_problems(rows[0].file, problems)


def _predict(predictor: Predictor, row: Row, case: Case | str) -> Predicted:
    if isinstance(case, str):
        return Predicted(row, None, None, case)
    try:
        return Predicted(row, case, predictor.predict(case), "")
    except Refused as why:
        return Predicted(row, case, None, str(why))


def write_csv(found: Sequence[Predicted]) -> str:
    """All columns of the input, then the prediction, its 80 % band, what it rests on, the reason.

    What was assumed is appended to the column ``note``, where the input has one.
    """
    heads = [h for h in found[0].row.cells if h not in ADDED] if found else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*heads, *ADDED])
    for one in found:
        cells = {h: one.row.cells[h] for h in heads}
        made = ["", "", "", ""]
        if one.prediction is not None:
            p = one.prediction
            made = [*(f"{v:.{DIGITS}g}" for v in (p.value, p.low, p.high)), p.basis]
            if p.job.remarks and "note" in cells:
                told = "; ".join(p.job.remarks)
                cells["note"] = f"{cells['note']}; {told}" if cells["note"].strip() else told
        writer.writerow([*cells.values(), *made, one.reason])
    return out.getvalue()


def reasons(found: Sequence[Predicted]) -> list[tuple[str, int]]:
    """Why rows were refused, the most frequent first."""
    return Counter(one.reason for one in found if one.reason).most_common()
