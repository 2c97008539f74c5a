"""One LLM: its size in every format, and how it fills accelerators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.style import Style, clean, join_wrapped, wrap
from optimizer.report.table import render_table
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.request import Workload
from optimizer.units import format_tokens

INDENT = 17
GIB = 1024**3
DEFINITION = (
    "TP: accelerators that share one copy. need: weights, KV cache, activations and runtime."
    " users: how many fit at this context."
)


@dataclass(frozen=True, slots=True)
class LlmFacts:
    """What physics computes from the architecture."""

    parameters_total: int
    parameters_active: int
    weights_bytes: Mapping[str, float]
    kv_bytes_per_token: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Memory of one accelerator of a tensor-parallel group; ``max_sequences`` 0: does not fit."""

    accelerator: str
    tensor_parallel: int
    weights_mib: int
    kv_cache_mib: int
    activations_mib: int
    runtime_mib: int
    usable_mib: int
    max_sequences: int

    @property
    def need_mib(self) -> int:
        """Everything together."""
        return self.weights_mib + self.kv_cache_mib + self.activations_mib + self.runtime_mib

    @property
    def fits(self) -> bool:
        """Whether the need stays within what is usable."""
        return self.need_mib <= self.usable_mib

    def document(self) -> dict[str, Any]:
        """The row for JSON."""
        return {**asdict(self), "fits": self.fits}


def render_llm(
    llm: Llm,
    facts: LlmFacts,
    rows: Sequence[MemoryRow],
    engine: Engine,
    fmt: str,
    workload: Workload,
    style: Style,
) -> str:
    """The page of one LLM."""
    width = style.width - INDENT
    total, active = facts.parameters_total, facts.parameters_active
    sizes = f"{_billions(total)} ({total:,})"
    if active != total:
        sizes += f", {_billions(active)} active per token ({active:,})"
    weights = [f"{format_name(f)} {_gib(b)}" for f, b in facts.weights_bytes.items()]
    cache = [f"{format_name(f)} {b:,.0f} B" for f, b in facts.kv_bytes_per_token.items()]
    context = f"at most {format_tokens(llm.max_context)} tokens"
    head = [
        style.title(clean(llm.name)),
        f"{llm.id}, {clean(llm.huggingface)}, {clean(llm.license)}",
    ]
    body = [
        *style.labelled("Parameters", wrap(sizes, width), INDENT),
        *style.labelled("Context", [context], INDENT),
        *style.labelled("Published in", [format_name(llm.published_format)], INDENT),
        *style.labelled("Weights", join_wrapped(weights, " · ", width), INDENT),
        *style.labelled("KV per token", join_wrapped(cache, " · ", width), INDENT),
    ]
    return style.page([head, body, _memory(rows, engine, fmt, workload, style)])


def _memory(
    rows: Sequence[MemoryRow], engine: Engine, fmt: str, workload: Workload, style: Style
) -> list[str]:
    users = q.count(workload.concurrency, "user")
    title = (
        f"Memory per accelerator in GiB: {format_name(fmt)} weights,"
        f" {format_name(workload.kv[0])} KV cache, {users} at {format_tokens(workload.context)},"
        f" {clean(engine.name)} {clean(engine.version)}"
    )
    lines = [style.title(line) for line in wrap(title, style.width)]
    lines += wrap(DEFINITION, style.width) if rows else []
    if not rows:
        return [*lines, "no accelerator of the catalog runs these formats with this engine"]
    heads = ["accelerator", "TP", "weights", "KV", "need", "usable", "users"]
    cells = [
        [
            row.accelerator,
            str(row.tensor_parallel),
            q.gib(row.weights_mib),
            q.gib(row.kv_cache_mib),
            q.gib(row.need_mib),
            q.gib(row.usable_mib),
            f"{row.max_sequences:,}" if row.max_sequences else "none",
        ]
        for row in rows
    ]
    return lines + render_table(heads, cells, style, [False] + [True] * 6)


def _billions(count: int) -> str:
    return f"{count / 1e9:,.2f} B"


def _gib(size: float) -> str:
    return f"{q.three(size / GIB)} GiB"
