"""``optimize predict``: the speed of one point, or of every row of a measurements file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import read_content
from optimizer.cli.output import INFEASIBLE, Outcome, check_writable
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError, shown
from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.style import TIMES, TO, Style, clean, wrap
from optimizer.report.table import render_table
from optimizer.scenario import forms
from optimizer.studies.measurements import read_measurements
from optimizer.studies.point import Point, Question, predict_point
from optimizer.studies.predict_csv import predict_rows, reasons, write_csv
from optimizer.studies.words import Names, engine_of, kv_format, weight_format

LABEL = 14
MOST_REASONS = 8
POINT_FLAGS = (
    "model",
    "accelerator",
    "count",
    "tensor_parallel",
    "pipeline_parallel",
    "weights",
    "kv",
    "input_tokens",
    "output_tokens",
    "concurrency",
    "engine",
    "fabric",
)
DEFINITION = (
    "alone: no other request. under load: all users at once, each asking again as soon as it has"
    " its answer. band: 8 of 10 measurements of this kind lay within."
)


def predict(given: Mapping[str, Any]) -> Outcome:
    """One point, or a file."""
    if given.get("csv") is not None:
        return _predict_file(Path(given["csv"]), given)
    if given.get("output") is not None:
        raise InputError("--output goes with --csv", "Name the file to predict: --csv IN.csv")
    for key in ("model", "accelerator"):
        if not given.get(key):
            raise InputError(
                f"no --{key} given",
                "optimize predict --model llama-70b --accelerator h100-sxm --count 4",
            )
    _read_numbers(given)
    catalog = open_catalog(given)
    point = predict_point(catalog, _question(catalog, given))
    code = 0 if point.room else INFEASIBLE
    if given.get("json"):
        return Outcome(json.dumps(_document(point), indent=2) + "\n", code)
    return Outcome(_page(point, terminal_style()), code)


def _read_numbers(given: Mapping[str, Any]) -> dict[str, int | None]:
    """The numbers among the flags; None where not given. Raises InputError."""
    found: dict[str, int | None] = {}
    for key, most in (
        ("count", 1024),
        ("tensor_parallel", 72),
        ("pipeline_parallel", 64),
        ("concurrency", 100_000),
    ):
        text = given.get(key)
        label = "--" + key.replace("_", "-")
        found[key] = None if text is None else forms.whole(1, most)(text, label)
    for key, usual in (("input_tokens", 1024), ("output_tokens", 512)):
        label = "--" + key.replace("_", "-")
        text = given.get(key)
        found[key] = usual if text is None else max(1, forms.tokens(text, label))
    return found


def _question(catalog: Catalog, given: Mapping[str, Any]) -> Question:
    names = Names(catalog)
    llm = names.llm(given["model"]) or catalog.resolve("llm", given["model"])
    word = given["accelerator"]
    exact = catalog.names("accelerator").get(word.strip().lower())
    card = exact or (names.card(word) or (catalog.resolve("accelerator", word),))[0]
    weights = given.get("weights") or ""
    if weights and weight_format(weights) is None:
        known = ", ".join(forms.WEIGHTS)
        raise InputError(f"--weights: {shown(weights)} is no weight format", f"Known: {known}")
    kv = given.get("kv") or "bf16"
    if kv_format(kv) == "auto" and kv != "auto":
        known = ", ".join((*forms.KV, "auto"))
        raise InputError(f"--kv: {shown(kv)} is no KV cache format", f"Known: {known}")
    engine = given.get("engine") or ("llama.cpp" if weights.startswith("gguf") else "vllm")
    numbers = _read_numbers(given)
    fabric = given.get("fabric")
    if fabric not in (None, "bridge", "pcie", "nvswitch", "xgmi", "mesh"):
        raise InputError(f"--fabric: {shown(fabric)}", "Known: bridge, pcie, nvswitch, xgmi, mesh")
    return Question(
        llm=llm,
        accelerator=card,
        engine=engine_of(engine, "", ""),
        weights=weights,
        kv=kv,
        count=numbers["count"],
        tensor=numbers["tensor_parallel"],
        pipeline=numbers["pipeline_parallel"],
        inputs=numbers["input_tokens"] or 1,
        outputs=numbers["output_tokens"] or 1,
        concurrency=numbers["concurrency"] or 1,
        fabric=fabric,
    )


def _document(point: Point) -> dict[str, Any]:
    """The answer as JSON: seconds and tokens per second."""
    s, layout = point.subject, point.subject.layout
    return {
        "llm": s.llm.id,
        "accelerator": s.card.id,
        "count": layout.cards,
        "engine": s.family,
        "weight_format": s.weights,
        "kv_format": s.kv,
        "tensor_parallel": layout.tensor,
        "pipeline_parallel": layout.pipeline,
        "replicas": layout.replicas,
        "fabric": s.serving.link.fabric,
        "input_tokens": point.question.inputs,
        "output_tokens": point.question.outputs,
        "concurrency": point.question.concurrency,
        "memory": {**asdict(point.memory), "need_mib": point.need_mib},
        "fits": point.fits,
        "max_sequences": point.room,
        "predictions": [asdict(speed) for speed in point.speeds],
        "remarks": list(point.remarks),
    }


def _page(point: Point, style: Style) -> str:
    s, asked, layout = point.subject, point.question, point.subject.layout
    title = (
        f"{s.llm.name} · {format_name(s.weights)} · {layout.cards} {TIMES} {s.card.name}"
        f" · {s.family} · {asked.inputs:,} in, {asked.outputs:,} out"
        f" · {q.count(asked.concurrency, 'user')}"
    )
    parallel = f"tensor {layout.tensor}, pipeline {layout.pipeline}"
    parallel += f", {q.count(layout.replicas, 'copy', 'copies')}, {s.serving.link.fabric}"
    head = [style.title(line) for line in wrap(clean(title), style.width)]
    body = [
        *style.labelled("Layout", wrap(parallel, style.width - LABEL), LABEL),
        *style.labelled("Memory", wrap(_memory(point), style.width - LABEL), LABEL),
    ]
    pages = [head, body]
    if point.speeds:
        heads = ["speed", "predicted", "band", "", "basis"]
        cells = [_row(speed) for speed in point.speeds]
        table = render_table(heads, cells, style, [False, True, True, False, False])
        pages.append([*table, *wrap(DEFINITION, style.width)])
    pages.append([f"! {line}" for note in point.remarks for line in wrap(note, style.width - 2)])
    return style.page([page for page in pages if page])


def _memory(point: Point) -> str:
    m = point.memory
    users = q.count(point.room, "user")
    need, usable = q.gib(point.need_mib), q.gib(m.usable_mib)
    parts = (
        f"weights {q.gib(m.weights_mib)}, KV cache {q.gib(m.kv_cache_mib)},"
        f" activations {q.gib(m.activations_mib)}, runtime {q.gib(m.runtime_mib)}"
    )
    if point.room == 0:
        return f"does not fit: {need} of {usable} GiB per accelerator ({parts})"
    verdict = f"{need} of {usable} GiB per accelerator ({parts}); room for {users}"
    return verdict if point.fits else f"{verdict}; the others wait"


def _row(speed: Any) -> list[str]:
    if speed.unit == "s":
        low, value, high = (q.seconds(v) for v in (speed.low, speed.value, speed.high))
        return [speed.name, value, f"{low} {TO} {high}", "", speed.basis]
    low, value, high = (q.three(v) for v in (speed.low, speed.value, speed.high))
    return [speed.name, value, f"{low} {TO} {high}", speed.unit, speed.basis]


def _predict_file(file: Path, given: Mapping[str, Any]) -> Outcome:
    """Every row with its prediction, as CSV."""
    for key in POINT_FLAGS:
        if given.get(key) is not None:
            raise InputError(
                f"--{key.replace('_', '-')} does not go with --csv",
                "The rows say what is predicted",
            )
    output = None if given.get("output") is None else Path(given["output"])
    if output is not None:
        check_writable(output)
    rows = read_measurements(read_content(file))
    if not rows:
        raise InputError(f"{shown(file.name)}: no rows", "The first line names the columns")
    found = predict_rows(open_catalog(given), rows)
    why = reasons(found)
    refused = sum(count for _, count in why)
    notes = [f"{q.count(len(found) - refused, 'row')} predicted, {refused:,} refused"]
    notes += [f"  {count:,}  {clean(reason)}" for reason, count in why[:MOST_REASONS]]
    if len(why) > MOST_REASONS:
        notes.append(f"  ... and {len(why) - MOST_REASONS} more reasons, in the column 'reason'")
    if given.get("json"):
        data = {"rows": len(found), "refused": dict(why)}
        return (
            Outcome(json.dumps(data, indent=2) + "\n")
            if output is None
            else Outcome(write_csv(found), 0, (json.dumps(data),), output)
        )
    return Outcome(write_csv(found), 0, tuple(notes), output)
