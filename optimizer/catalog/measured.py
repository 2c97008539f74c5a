"""Published measurements of serving speed: which points of one replica were measured, and how fast.

``measurements/serving.csv`` of the shipped catalog holds one run per line: users who always wait
for an answer on one replica. Lengths are nominal; the notes of a source say how they were drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import Row, read_content, read_rows
from optimizer.catalog.location import shipped
from optimizer.errors import InputError, shown

FILE = ("measurements", "serving.csv")
COLUMNS = (
    "source",
    "date",
    "llm",
    "accelerator",
    "engine",
    "engine_version",
    "weights",
    "kv",
    "tensor",
    "pipeline",
    "input_tokens",
    "output_tokens",
    "concurrency",
    "metric",
    "value_s",
)
Timed = Literal["ttft", "tpot"]


class Spot(NamedTuple):
    """What was measured: records by id, formats, degrees of one replica, lengths and users."""

    llm: str
    accelerator: str
    engine: str
    weights: str
    kv: str
    tensor: int
    pipeline: int
    input_tokens: int
    output_tokens: int
    concurrency: int


class Run(NamedTuple):
    """One run: mean seconds to the first token (``ttft``) or per output token (``tpot``)."""

    source: str
    date: str
    seconds: float


Runs = Mapping[tuple[Spot, Timed], tuple[Run, ...]]


def shipped_runs(catalog: Catalog) -> Runs:
    """Runs of which the catalog has all records, by spot and metric: an overlay may remove some.

    Raises InputError naming line and column.
    """
    found: dict[tuple[Spot, Timed], list[Run]] = defaultdict(list)
    for row in _rows():
        if row.get("source") not in catalog.sources or not _is_known(row, catalog):
            continue
        metric = next((m for m in get_args(Timed) if m == row.get("metric")), None)
        if metric is None:
            raise InputError(f"{row.place('metric')}: {shown(row.get('metric'))} is no metric")
        run = Run(row.get("source"), row.get("date"), _number(row, "value_s"))
        found[_spot(row), metric].append(run)
    return {key: tuple(runs) for key, runs in found.items()}


@lru_cache(maxsize=1)
def _rows() -> tuple[Row, ...]:
    path = shipped("catalog").joinpath(*FILE)
    return tuple(read_rows(read_content(path), COLUMNS, COLUMNS))


def _is_known(row: Row, catalog: Catalog) -> bool:
    known = (
        ("llm", catalog.llms),
        ("accelerator", catalog.components),
        ("engine", catalog.engines),
    )
    return all(row.get(column) in records for column, records in known)


def _spot(row: Row) -> Spot:
    return Spot(
        llm=row.get("llm"),
        accelerator=row.get("accelerator"),
        engine=row.get("engine"),
        weights=row.get("weights"),
        kv=row.get("kv"),
        tensor=int(_number(row, "tensor")),
        pipeline=int(_number(row, "pipeline")),
        input_tokens=int(_number(row, "input_tokens")),
        output_tokens=int(_number(row, "output_tokens")),
        concurrency=int(_number(row, "concurrency")),
    )


def _number(row: Row, column: str) -> float:
    try:
        number = float(row.get(column))
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise InputError(f"{row.place(column)}: {shown(row.get(column))} is not a usable number")
    return number
