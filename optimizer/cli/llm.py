"""``optimize llm show``: parameters, weights, KV cache, memory per accelerator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import read_content
from optimizer.catalog.importers.gguf_llm import import_gguf
from optimizer.catalog.importers.hf_config import import_config
from optimizer.cli.catalog_import import UNDATED, name_of
from optimizer.cli.output import Outcome
from optimizer.cli.solve import FlagNames, open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError
from optimizer.physics.architecture import MissingWidth
from optimizer.physics.memory import (
    accelerator_memory,
    kv_bytes_per_token,
    max_sequences,
    weights_bytes,
)
from optimizer.physics.parameters import shape_of
from optimizer.report.llm import LlmFacts, MemoryRow, render_llm
from optimizer.scenario import forms
from optimizer.scenario.keys import read_plain
from optimizer.scenario.names import resolve_name
from optimizer.scenario.workload import build_workload
from optimizer.schema.components import Accelerator
from optimizer.schema.engine import Engine
from optimizer.schema.formats import KvFormat, WeightFormat
from optimizer.schema.llm import Llm
from optimizer.schema.request import Workload

TENSOR_SIZES = (1, 2, 4, 8)


def show_llm(name: str | None, given: Mapping[str, Any]) -> Outcome:
    """One LLM (of the catalog, or of a file), and how it fills the accelerators of the catalog."""
    names = FlagNames()
    sources = [s for s in (name, given.get("config"), given.get("gguf")) if s is not None]
    if len(sources) != 1:
        problem = "no LLM given" if not sources else "more than one LLM given"
        raise InputError(problem, "Give either a NAME, or --config FILE, or --gguf FILE")
    own = None if name is not None else _from_file(given)
    name = name if own is None else own.id
    wanted = ("context", "concurrency", "weights", "kv")
    plain = {"model": name} | {k: given[k] for k in wanted if given.get(k)}
    read = read_plain(plain, names)
    tensor_sizes: tuple[int, ...] = TENSOR_SIZES
    if given.get("tensor_parallel") is not None:
        tensor_sizes = (forms.whole(1, 64)(given["tensor_parallel"], "--tensor-parallel"),)
    catalog = open_catalog(given)
    if own is not None:
        catalog = replace(catalog, llms={**catalog.llms, own.id: own})
    workload = build_workload(read, catalog, names, ())
    llm = catalog.llms[workload.llm]
    fmt = workload.weights[0] if given.get("weights") else llm.published_format
    wanted_engine = given.get("engine") or ("llama.cpp" if fmt.startswith("gguf") else "vllm")
    engine = catalog.engines[resolve_name(catalog, "engine", wanted_engine, names, ("engines",))]
    try:
        facts = _facts(llm, workload)
        rows = _rows(catalog, llm, engine, fmt, workload, tensor_sizes)
    except MissingWidth as error:
        raise InputError(f"the memory of {llm.id} cannot be computed: {error}") from None
    if given.get("json"):
        return Outcome(
            json.dumps(_document(llm, facts, rows, engine, fmt, workload), indent=2) + "\n"
        )
    return Outcome(render_llm(llm, facts, rows, engine, fmt, workload, terminal_style()))


def _from_file(given: Mapping[str, Any]) -> Llm:
    """The LLM that a configuration or a GGUF file describes. Raises InputError."""
    path = Path(given.get("config") or given["gguf"])
    if given.get("config") is not None:
        imported = import_config(read_content(path), name_of(path), UNDATED)
    else:
        imported = import_gguf(path, "", UNDATED)
    return Llm.model_validate({**imported.sections["llms"][0], "aliases": []})


def _facts(llm: Llm, workload: Workload) -> LlmFacts:
    shape = shape_of(llm)
    formats: tuple[WeightFormat, ...] = get_args(WeightFormat)
    kv_formats: tuple[KvFormat, ...] = get_args(KvFormat)
    return LlmFacts(
        parameters_total=shape.parameters_total,
        parameters_active=shape.parameters_active,
        weights_bytes={fmt: weights_bytes(llm, fmt) for fmt in formats},
        kv_bytes_per_token={kv: kv_bytes_per_token(llm, kv) for kv in kv_formats},
    )


def _rows(
    catalog: Catalog,
    llm: Llm,
    engine: Engine,
    fmt: Any,
    workload: Workload,
    tensor_sizes: tuple[int, ...],
) -> list[MemoryRow]:
    kv: Any = workload.kv[0]
    heads = shape_of(llm).attention_heads
    rows = []
    for card in catalog.of_kind("accelerator"):
        assert isinstance(card, Accelerator)
        if card.vram_mib is None or not _runs(engine, card, fmt, kv):
            continue
        for tensor in tensor_sizes:
            if heads % tensor == 0:
                rows.append(_row(card.id, card.vram_mib, tensor, llm, engine, fmt, kv, workload))
    return rows


def _row(
    card: str,
    vram_mib: int,
    tensor: int,
    llm: Llm,
    engine: Engine,
    fmt: WeightFormat,
    kv: KvFormat,
    workload: Workload,
) -> MemoryRow:
    """Memory of one accelerator in a tensor-parallel group of this size."""
    layout = {"tensor": tensor, "pipeline": 1, "vram_mib": vram_mib}
    context, sequences = workload.context, workload.concurrency
    use = accelerator_memory(llm, engine, fmt, kv, context=context, sequences=sequences, **layout)
    return MemoryRow(
        accelerator=card,
        tensor_parallel=tensor,
        weights_mib=use.weights_mib,
        kv_cache_mib=use.kv_cache_mib,
        activations_mib=use.activations_mib,
        runtime_mib=use.runtime_mib,
        usable_mib=use.usable_mib,
        max_sequences=max_sequences(llm, engine, fmt, kv, tokens=context, **layout),
    )


def _runs(engine: Engine, card: Accelerator, fmt: str, kv: str) -> bool:
    return (
        card.vendor in engine.vendors
        and any(w.format == fmt and card.generation in w.generations for w in engine.weights)
        and any(k.format == kv and card.generation in k.generations for k in engine.kv)
    )


def _document(
    llm: Llm,
    facts: LlmFacts,
    rows: list[MemoryRow],
    engine: Engine,
    fmt: str,
    workload: Workload,
) -> dict[str, Any]:
    return {
        "llm": llm.model_dump(mode="json"),
        "parameters_total": facts.parameters_total,
        "parameters_active": facts.parameters_active,
        "weights_bytes": facts.weights_bytes,
        "kv_bytes_per_token": facts.kv_bytes_per_token,
        "memory": {
            "engine": engine.id,
            "weight_format": fmt,
            "kv_format": workload.kv[0],
            "context": workload.context,
            "concurrency": workload.concurrency,
            "accelerators": [row.document() for row in rows],
        },
    }
