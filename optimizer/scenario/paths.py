"""Dotted paths into a request: how people write them, and where the value in force stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from optimizer.errors import InputError, nearest, shown
from optimizer.scenario import keys
from optimizer.scenario.policy import POLICY_FIELDS
from optimizer.schema.base import Record
from optimizer.schema.request import FINANCE_KEYS, Owned, Request
from optimizer.schema.site import Circuit, Site

Path = tuple[str | int, ...]
SAME: dict[Path, Path] = {
    ("site", "electricity"): ("electricity",),
    ("site", "electricity_usd_per_kwh"): ("electricity",),
    ("site", "circuits"): ("circuits",),
}
"""Paths that say the same thing -> the one that stands for them."""


def site_paths() -> dict[str, Path]:
    """Every dotted path into a site."""
    found: dict[str, Path] = {}
    hidden = ("id", "name", "aliases", "notes", "sources", "estimated")
    for name, field in Site.model_fields.items():
        if name in hidden:
            continue
        found[f"site.{name}"] = ("site", name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Record):
            for inner in kind.model_fields:
                found[f"site.{name}.{inner}"] = ("site", name, inner)
    found["site.electricity"] = ("site", "electricity")
    found["site.base"] = ("site",)
    return found


def known_paths(plain: Mapping[str, Any]) -> dict[str, Path]:
    """Every dotted path that a request of this form has."""
    loads = plain.get("workloads")
    found: dict[str, Path] = {}
    own = (*keys.FINANCE, *keys.POLICY, *keys.SITE, *keys.OBJECTIVE, "site")
    found |= {key: (key,) for key in own}
    found |= site_paths()
    prefixes: list[tuple[str, Path]] = [("", ())]
    if isinstance(loads, list):
        prefixes = [(f"workloads.{i}.", ("workloads", i)) for i in range(len(loads))]
    for text, prefix in prefixes:
        found |= {f"{text}{key}": (*prefix, key) for key in keys.WORKLOAD}
        found |= {f"{text}targets.{key}": (*prefix, "targets", key) for key in keys.TARGETS}
    if not isinstance(loads, list):
        found |= {f"workloads.0.{key}": (key,) for key in keys.WORKLOAD}
        found |= {f"workloads.0.targets.{key}": ("targets", key) for key in keys.TARGETS}
    elif len(loads) == 1:
        found |= {key: ("workloads", 0, key) for key in keys.WORKLOAD}
        found |= {f"targets.{key}": ("workloads", 0, "targets", key) for key in keys.TARGETS}
    return found


def canonical(text: str, plain: Mapping[str, Any]) -> Path:
    """The one path that ``text`` stands for. Raises InputError with the nearest paths."""
    known = known_paths(plain)
    if text in known:
        path = known[text]
        return SAME.get(path, path)
    last = text.rpartition(".")[2]
    near = nearest(text, known) or nearest(last, known)
    hint = f"Did you mean {', '.join(near)}?" if near else "See the tables of docs/guide.md"
    raise InputError(f"no value stands at '{shown(text)}'", hint)


def dotted(path: Path) -> str:
    """``targets.min_tok_s``."""
    return ".".join(str(part) for part in path)


def value_at(request: Request, path: Path) -> Any:
    """The value in force at a canonical path, every default filled in."""
    if path[0] == "workloads" and len(path) > 2:
        return _of_workload(request, int(path[1]), path[2:])
    head = str(path[0])
    if head in keys.WORKLOAD or head == "targets":
        return _of_workload(request, 0, path)
    if head in keys.FINANCE:
        return getattr(request.finance, FINANCE_KEYS[head])
    if head in keys.POLICY:
        return getattr(request.policy, POLICY_FIELDS.get(head, head))
    site = request.site
    if head == "electricity":
        return site.electricity_usd_per_kwh
    if head == "circuits":
        return site.circuits
    if head == "objective":
        return request.objective
    return _inside(site, path[1:]) if len(path) > 1 else site.id


def _of_workload(request: Request, index: int, path: Path) -> Any:
    workload = request.workloads[index]
    return workload.llm if path == ("model",) else _inside(workload, path)


def _inside(record: BaseModel, path: Path) -> Any:
    value: Any = record
    for part in path:
        value = getattr(value, str(part))
    return value


def told(value: Any) -> bool | int | float | str | tuple[str, ...] | None:
    """A value of a request in a form that documents hold: numbers, words, lists of words."""
    if isinstance(value, tuple | list):
        return tuple(str(_word(item)) for item in value)
    word = _word(value)
    return word if isinstance(word, bool | int | float | str) or word is None else str(word)


def _word(value: Any) -> Any:
    if isinstance(value, Circuit):
        count = f":{value.count}" if value.count > 1 else ""
        return f"{value.amps:g}A/{value.volts}V{'/3ph' if value.phases == 3 else ''}{count}"
    if isinstance(value, Owned):
        return f"{value.id}:{value.quantity}"
    if isinstance(value, BaseModel):
        return ", ".join(f"{k} {v}" for k, v in value.model_dump(mode="json").items())
    return value
