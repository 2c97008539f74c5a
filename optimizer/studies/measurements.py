"""Serving measurements as others publish them: one row of CSV to one :class:`Case`.

A row says what was measured on what; a case says the same in few words that the physics knows: a
load, a metric, a layout. What a row leaves open stays open here and is settled, with a remark, by
:mod:`optimizer.studies.predict`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from optimizer.catalog.importers.files import Content, Row, read_rows
from optimizer.errors import InputError, shown
from optimizer.studies.words import engine_of

REQUIRED = ("model", "gpu", "metric")

Load = Literal["users", "batch", "full batch", "offline", "arrivals", "burst", "server"]
"""Users who always wait for an answer; one batch from start to end, of a size or as large as fits;
as many as fit; requests at a rate; prompts that all come at once; MLPerf, within its latencies."""
Metric = Literal[
    "ttft", "tpot", "output", "user", "decode", "prefill", "total", "requests", "latency"
]
TIMES = ("ttft", "tpot", "latency")


class Refused(Exception):
    """Why a row cannot be predicted."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one row measured. Numbers that the row leaves open are ``None``.

    ``tensor``, ``data`` and ``expert`` are degrees as the row gives them. ``unit`` is what one unit
    of the row's value is in seconds or tokens per second; ``per_card`` values are per accelerator.
    ``value`` is ``None`` where only a prediction is wanted.
    """

    source: str
    llm: str
    card: str
    engine: str
    weights: str
    kv: str
    cards: int | None
    tensor: int | None
    pipeline: int
    data: int
    expert: int
    inputs: float | None
    outputs: float | None
    load: Load
    latency_class: str
    sequences: float | None
    rate: float | None
    metric: Metric
    unit: float
    per_card: bool
    value: float | None
    remarks: tuple[str, ...]


def read_measurements(content: Content) -> list[Row]:
    """The rows of a file. Raises InputError naming line and column."""
    return read_rows(content, REQUIRED, ())


def case_of(row: Row) -> Case:
    """The case of one row. Raises InputError for what is no number, Refused for what is unclear."""
    metric, per_card = _metric(row)
    load = _load(row)
    inputs, outputs = _number(row, "isl"), _number(row, "osl")
    mean = MEAN_LENGTH.get(row.get("source"), 1.0)
    kind = row.get("conc_kind").lower()
    return Case(
        source=row.get("source"),
        llm=row.get("model"),
        card=row.get("gpu"),
        engine=engine_of(row.get("engine"), row.get("engine_version"), row.get("date")),
        weights=row.get("weight_prec"),
        kv=row.get("kv_prec"),
        cards=_whole(row, "n_gpu"),
        tensor=_whole(row, "tp"),
        pipeline=_whole(row, "pp") or 1,
        data=_whole(row, "dp") or 1,
        expert=_whole(row, "ep") or 1,
        inputs=None if inputs is None else max(1.0, inputs * mean),
        outputs=None if outputs is None else max(1.0, outputs * mean),
        load=load,
        latency_class="interactive" if "interactive" in kind else "server",
        sequences=_sequences(row, load),
        rate=_rate(kind) if load == "arrivals" else None,
        metric=metric,
        unit=_unit(row, metric),
        per_card=per_card,
        value=_number(row, "value"),
        remarks=_remarks(row),
    )


MEAN_LENGTH = {"aic-silicon-InferenceX": 0.9}
"""Share of the nominal lengths that requests have on average.

InferenceX (InferenceMAX) draws each length between 80 % and 100 % of the nominal one
(``--random-range-ratio 0.8``, README of the repository, 2025).
"""

FASTER_WHEN_LONG = "faster with every longer prompt, as rows that its source calls anomalous"
INEXACT = {
    "dynamo-swept/tpot": "batch size derived from other figures",
    "aic-silicon-aic-gap-analysis/llama3.1-8b": "concurrency not sustained",
    "aic-silicon-aic-gap-analysis/qwen3-32b/sglang": "all requests sent at once",
    "xiongjiedai-llamacpp/prefill_tps/fp16/L40S": FASTER_WHEN_LONG,
    "xiongjiedai-llamacpp/prefill_tps/fp16/RTX-5000-Ada": FASTER_WHEN_LONG,
}
"""Series whose load is not what the row says: total time and work do not agree."""


def _remarks(row: Row) -> tuple[str, ...]:
    """What makes the row less than exact."""
    source, llm, note = row.get("source"), row.get("model"), row.get("note")
    keys = (
        f"{source}/{row.get('metric')}",
        f"{source}/{llm}",
        f"{source}/{llm}/{row.get('engine').lower()}",
        f"{source}/{row.get('metric')}/{row.get('weight_prec')}/{row.get('gpu')}",
    )
    found = [INEXACT[key] for key in keys if key in INEXACT]
    if re.search(r"p\d\d|max|min", row.get("metric").lower()):
        found.append("not a mean")
    if "anomalous" in note:
        found.append("anomalous by its source")
    if "attention-dp" in note.lower():
        found.append(ATTENTION_DP)
    return tuple(found)


ATTENTION_DP = "attention data-parallel"

METRICS: tuple[tuple[str, Metric], ...] = (
    (r"ttft|first.token", "ttft"),
    (r"tpot|itl|inter.?token|time.per.output", "tpot"),
    (r"e2e|latency|request.time", "latency"),
    (r"prefill|prompt|input_tps|\bpp\b", "prefill"),
    (r"(decode|output)?_?(tps|tok_?s|throughput).*user|user.*(tps|tok)|interactivity", "user"),
    (r"decode|\btg\b", "decode"),
    (r"total.*(tps|tok|throughput)", "total"),
    (r"req|rps|qps", "requests"),
    (r"output|tps|tok|throughput|generation", "output"),
)


def _metric(row: Row) -> tuple[Metric, bool]:
    """The metric, and whether it is per accelerator."""
    text, unit = row.get("metric").lower(), row.get("unit").lower()
    per_card = "per_gpu" in text or "/gpu" in unit or "per gpu" in unit
    for pattern, metric in METRICS:
        if re.search(pattern, text):
            return metric, per_card
    raise Refused(f"no metric like {shown(row.get('metric')) or 'nothing'}")


def _unit(row: Row, metric: Metric) -> float:
    """What 1 of the value is, in seconds; 1 for rates. Times without a unit are milliseconds."""
    unit = row.get("unit").lower()
    if metric not in TIMES:
        return 1.0
    if unit.startswith(("us", "µs")):
        return 1e-6
    return 1.0 if unit in ("s", "sec", "second", "seconds") else 1e-3


def _load(row: Row) -> Load:
    kind = row.get("conc_kind").lower()
    if "mlperf" in kind:
        return "offline" if "offline" in kind else "server"
    if "rate" in kind or "qps" in kind or "poisson" in kind:
        return "arrivals" if _rate(kind) is not None else "burst"
    if "at once" in kind or "sharegpt" in kind or "burst" in kind:
        return "burst"
    if "max batch" in kind:
        return "full batch" if not row.get("concurrency") else "batch"
    if "batch" in kind or "static" in kind or "single stream" in kind:
        return "batch"
    if "offline" in kind or "max load" in kind or "saturat" in kind:
        return "offline"
    return "users" if row.get("concurrency") else "offline"


def _rate(kind: str) -> float | None:
    """Requests per second in the text; None when there is none, or an endless one."""
    found = re.search(r"(\d+(?:\.\d+)?)", kind)
    return float(found[1]) if found and float(found[1]) > 0 else None


def _sequences(row: Row, load: Load) -> float | None:
    given = _number(row, "concurrency")
    if given is None and load == "burst":
        found = re.search(r"(\d+)\s*(?:prompt|request)", row.get("conc_kind").lower())
        return float(found[1]) if found else None
    return given


def _number(row: Row, column: str) -> float | None:
    """A cell as a number; None when it is empty. Raises InputError."""
    text = row.get(column)
    if not text or text.lower() in ("nan", "none", "null", "n/a", "-"):
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e12:
        raise InputError(
            f"{row.place(column)}: {shown(text)} is not a usable number",
            "Give a number of 0 or more, or leave the cell empty",
        )
    return number


def _whole(row: Row, column: str) -> int | None:
    """A count; 0 means that nobody said. Raises InputError."""
    number = _number(row, column)
    if number is not None and number != round(number):
        raise InputError(f"{row.place(column)}: {shown(row.get(column))} is not a whole number")
    return int(number) if number else None
