"""A plain mapping to a validated ``Request``: names resolved, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, nearest, shown, unknown_name
from optimizer.scenario.keys import POLICY, Names, Path, located, read_plain
from optimizer.scenario.room import build_site
from optimizer.schema.components import Platform
from optimizer.schema.formats import EIGHT_BITS_OR_BETTER
from optimizer.schema.llm import Llm
from optimizer.schema.request import Finance, Owned, Policy, Request, Targets, Workload
from optimizer.units import format_tokens

DEFAULT_CONTEXT = 8192
DEFAULT_INPUT, DEFAULT_OUTPUT = 1024, 512
FINANCE_FIELDS = {
    "horizon": "horizon_years",
    "price_point": "price_point",
    "prices_as_of": "prices_as_of",
    "discount_rate": "discount_rate",
    "electricity_escalation": "electricity_escalation",
    "sales_tax": "sales_tax",
    "shipping": "shipping",
    "installation": "installation_usd",
}
POLICY_FIELDS = {"budget": "budget_usd", "max_tco": "max_tco_usd"}
RESOLVED = ("accelerators", "exclude", "engines", "owned")
"""Keys of the policy that name things in the catalog."""


def build_request(
    plain: Mapping[str, Any], catalog: Catalog, names: Names | None = None
) -> Request:
    """The request that a plain mapping asks for. Raises InputError.

    Keys are those of :mod:`optimizer.scenario.keys`, values any of the friendly forms. Flags and
    YAML files both come through here.
    """
    names = names or Names()
    read = read_plain(plain, names)
    paths: list[tuple[dict[str, Any], Path]] = [(read, ())]
    if "workloads" in read:
        paths = [(entry, ("workloads", i)) for i, entry in enumerate(read["workloads"])]
    return Request(
        workloads=tuple(_workload(entry, catalog, names, path) for entry, path in paths),
        site=build_site(read, catalog, names),
        finance=Finance(**{f: read[key] for key, f in FINANCE_FIELDS.items() if key in read}),
        policy=_policy(read, catalog, names),
        objective=read.get("objective") or ("throughput" if "budget" in read else "tco"),
    )


def _resolve(catalog: Catalog, kind: str, name: str, names: Names, path: Path) -> str:
    try:
        return catalog.resolve(kind, name)
    except InputError as error:
        message = f"{names.label(path)}: {error.message}"
        raise located(names, path, InputError(message, error.advice)) from None


def _workload(read: dict[str, Any], catalog: Catalog, names: Names, path: Path) -> Workload:
    if "model" not in read:
        advice = "Say which LLM to serve: --model llama-405b, or model: in a file"
        raise located(names, path, InputError("no model given", advice))
    llm = catalog.llms[_resolve(catalog, "llm", read["model"], names, (*path, "model"))]
    context = _context(read, llm, names, path)
    mean_input, mean_output = _lengths(read, context, names, path)
    optional = {key: read[key] for key in ("concurrency", "kv", "duty") if key in read}
    default = dict.fromkeys((*EIGHT_BITS_OR_BETTER, llm.published_format))
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
        mean_in = given_in or min(DEFAULT_INPUT, context - given_out)
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


def _policy(read: dict[str, Any], catalog: Catalog, names: Names) -> Policy:
    fields = {
        POLICY_FIELDS.get(key, key): tuple(read[key]) if isinstance(read[key], list) else read[key]
        for key in POLICY
        if key in read and key not in RESOLVED
    }
    for key, kind in (("accelerators", "accelerator"), ("engines", "engine")):
        if read.get(key):
            found = [_resolve(catalog, kind, name, names, (key,)) for name in read[key]]
            fields[key] = tuple(dict.fromkeys(found))
    if read.get("exclude"):
        found = [_excluded(catalog, name, names) for name in read["exclude"]]
        fields["exclude"] = tuple(dict.fromkeys(found))
    if read.get("owned"):
        fields["owned"] = _owned(read["owned"], catalog, names)
    return Policy(**fields)


def _excluded(catalog: Catalog, name: str, names: Names) -> str:
    """A component, or a kind of platform such as ``turnkey``."""
    kinds = get_args(Platform.model_fields["kind"].annotation)
    if name.lower() in kinds:
        return name.lower()
    try:
        return catalog.resolve("component", name)
    except InputError as error:
        advice = error.advice
        if nearest(name, kinds, 1):
            advice = unknown_name("component", name, [*kinds, *catalog.components]).advice
        message = f"{names.label(('exclude',))}: {error.message}"
        raise located(names, ("exclude",), InputError(message, advice)) from None


def _owned(pairs: list[tuple[str, int]], catalog: Catalog, names: Names) -> tuple[Owned, ...]:
    held: dict[str, int] = {}
    for name, quantity in pairs:
        part = _resolve(catalog, "component", name, names, ("owned",))
        if part in held:
            message = f"{names.label(('owned',))}: {part} stands twice"
            raise located(names, ("owned",), InputError(message, "Give one number for it"))
        held[part] = quantity
    return tuple(Owned(id=part, quantity=held[part]) for part in sorted(held))
