"""The workloads of a request: the LLM, its context, its users, and their mean lengths."""

from __future__ import annotations

from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, shown
from optimizer.scenario.keys import Names, Path, located
from optimizer.scenario.names import resolve_name
from optimizer.schema.formats import default_weights
from optimizer.schema.llm import Llm
from optimizer.schema.request import Targets, Workload
from optimizer.units import format_tokens

DEFAULT_CONTEXT = 8192
DEFAULT_INPUT, DEFAULT_OUTPUT = 1024, 512


def build_workload(read: dict[str, Any], catalog: Catalog, names: Names, path: Path) -> Workload:
    """One workload with every default filled in. Raises InputError."""
    if "model" not in read:
        advice = "Say which LLM to serve: --model llama-405b, or model: in a file"
        raise located(names, path, InputError("no model given", advice))
    llm = catalog.llms[resolve_name(catalog, "llm", read["model"], names, (*path, "model"))]
    context = _context(read, llm, names, path)
    mean_input, mean_output = _lengths(read, context, names, path)
    optional = {key: read[key] for key in ("concurrency", "kv", "duty") if key in read}
    if "duty" not in optional and "duty" in catalog.assumptions:
        optional["duty"] = catalog.assumptions["duty"].default
    default = default_weights(llm.published_format)
    return Workload(
        llm=llm.id,
        context=context,
        input_tokens=mean_input,
        output_tokens=mean_output,
        weights=tuple(read.get("weights") or default),
        targets=Targets(**read.get("targets", {})),
        **optional,
    )


def _context(read: dict[str, Any], llm: Llm, names: Names, path: Path) -> int:
    most = llm.max_context
    context = int(read.get("context", min(DEFAULT_CONTEXT, most)))
    if context > most:
        here = (*path, "context")
        message = (
            f"{names.label(here)}: {format_tokens(context)} tokens is more than"
            f" {shown(llm.name)} can take"
        )
        advice = f"Its maximum is {format_tokens(most)} ({most:,} tokens)"
        raise located(names, here, InputError(message, advice))
    return context


def _lengths(read: dict[str, Any], context: int, names: Names, path: Path) -> tuple[int, int]:
    """Mean input and output: 1,024 / 512, less where the context is shorter."""
    given_in, given_out = read.get("input_tokens"), read.get("output_tokens")
    if given_in is None and given_out is None:
        mean_out = min(DEFAULT_OUTPUT, max(1, context // 3))
        mean_in = min(DEFAULT_INPUT, context - mean_out)
    else:
        mean_in = given_in or min(DEFAULT_INPUT, context - (given_out or 0))
        mean_out = given_out or min(DEFAULT_OUTPUT, context - mean_in)
    if mean_in >= 1 and mean_out >= 1 and mean_in + mean_out <= context:
        return int(mean_in), int(mean_out)
    key = next((k for k in ("input_tokens", "output_tokens") if k in read), "context")
    here = (*path, key)
    asked = (given_in or 1) + (given_out or 1)
    message = (
        f"{names.label(here)}: mean input and output take {asked:,} tokens together,"
        f" the context holds {context:,}"
    )
    advice = f"Shorten them, or raise {names.label((*path, 'context'))}"
    raise located(names, here, InputError(message, advice))
