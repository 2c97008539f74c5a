"""Sections by name, and what entries are called: known before any entry is validated.

Nothing here needs the types of entries, so that a misspelt name is told without the time that they
take to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from optimizer.errors import InputError, shown, unknown_name

COMPONENT_KINDS = {
    "accelerators": "accelerator",
    "bridges": "bridge",
    "platforms": "platform",
    "cpus": "cpu",
    "memory": "memory",
    "storage": "storage",
    "psus": "psu",
    "chassis": "chassis",
    "nics": "nic",
    "switches": "switch",
    "cables": "cable",
    "cooling": "cooling",
    "ups": "ups",
    "pdus": "pdu",
    "circuits": "circuit",
}
"""Section -> the kind of its components on the bill of materials."""
NAMED = (
    *COMPONENT_KINDS,
    "llms",
    "engines",
    "sites",
    "cost_classes",
    "assumptions",
    "licences",
    "calibrations",
    "cloud_rates",
)
"""Sections whose entries have an ``id``; an overlay changes or removes them by it."""
OBSERVED = ("offers", "currency_rates")
"""Sections of dated observations: never edited, only added to."""
SECTIONS = (*NAMED, *OBSERVED, "sources")
POOLS = {
    "llm": ("llms",),
    "engine": ("engines",),
    "site": ("sites",),
    "licence": ("licences",),
}
FEW_NAMES = 12
"""So many names of sites or engines are listed whole; of others, the nearest."""


def sections_of(kind: str) -> tuple[str, ...]:
    """The sections of a kind: llm, engine, site, component, or one kind of component."""
    if kind in POOLS:
        return POOLS[kind]
    found = tuple(section for section, held in COMPONENT_KINDS.items() if held == kind)
    return found or tuple(COMPONENT_KINDS)


def index(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Every name of some entries (ids, aliases, names), lower case -> id."""
    found: dict[str, str] = {}
    ids: dict[str, str] = {}
    for entry in entries:
        key, aliases = str(entry.get("id")), entry.get("aliases")
        ids[key.lower()] = key
        for name in (entry.get("name"), *(aliases if isinstance(aliases, list | tuple) else ())):
            found[str(name).lower()] = key
    return found | ids


def resolve(kind: str, name: str, known: Mapping[str, str]) -> str:
    """The id that a name stands for. Raises InputError with the nearest names."""
    if name.strip().lower() in known:
        return known[name.strip().lower()]
    label = {"llm": "model"}.get(kind, kind)
    few = sorted(set(known.values()))
    if kind in POOLS and kind != "llm" and len(few) <= FEW_NAMES:
        raise InputError(f"unknown {label} '{shown(name)}'", f"Known: {', '.join(few)}")
    raise unknown_name(label, name, [*few, *(k for k in known if " " not in k)])
