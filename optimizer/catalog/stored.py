"""What :mod:`optimizer.catalog.compiled` holds of a catalog, and the fields made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from optimizer.catalog.merge import Change
from optimizer.catalog.sections import COMPONENT_SECTIONS, NAMED_SECTIONS, OBSERVATIONS
from optimizer.catalog.trusted import builder
from optimizer.schema.assumptions import CostClass
from optimizer.schema.base import Record, Source

V = TypeVar("V")
Make = Callable[[Any], Any]
AS_THEY_ARE = (
    "llms",
    "engines",
    "sites",
    "assumptions",
    "licences",
    "calibrations",
    "cloud_rates",
    "sources",
    "offers",
)
"""Sections that are fields of a catalog, too."""
FACTS = ("sha256", "date", "changes")


class Joined(Mapping[str, V], Generic[V]):
    """Several mappings seen as one. ``home`` maps every key to the name of the one it is in."""

    def __init__(self, home: Mapping[str, str], held: Mapping[str, Mapping[str, V]]) -> None:
        self._home, self._held = home, held

    def __getitem__(self, key: str) -> V:
        return self._held[self._home[key]][key]

    def __contains__(self, key: object) -> bool:
        return key in self._home

    def __iter__(self) -> Iterator[str]:
        return iter(self._home)

    def __len__(self) -> int:
        return len(self._home)


def makers() -> dict[str, Make]:
    """Section -> how to make an entry of it (of observations, the group) from its data."""
    named: dict[str, type[Record]] = {**NAMED_SECTIONS, "sources": Source}
    return {
        **{section: _one(kind) for section, kind in named.items()},
        **{section: _many(kind) for section, kind in OBSERVATIONS.items()},
    }


def _one(kind: type[Record]) -> Make:
    def make(data: Any) -> Any:
        return builder(kind)(data)  # prepared when the first entry is asked for

    return make


def _many(kind: type[Record]) -> Make:
    return lambda held: tuple([builder(kind)(data) for data in held])


def fields(held: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the catalog that facts and sections make, its files apart."""
    by_kind = {kind: held[section] for section, (kind, _) in COMPONENT_SECTIONS.items()}
    pairs = [(key, kind) for kind, section in by_kind.items() for key in section]
    kinds = dict(sorted(pairs))
    classes: Mapping[str, CostClass] = held["cost_classes"]
    return {
        **{field: held[field] for field in AS_THEY_ARE},
        "components": Joined(kinds, by_kind),
        "kinds": kinds,
        "currencies": held["currency_rates"],
        "cost_classes": {kind: c for c in classes.values() for kind in c.kinds},
        "sha256": held["sha256"],
        "date": held["date"],
        "changes": tuple(Change(o, a, s, e, tuple(keys)) for o, a, s, e, keys in held["changes"]),
    }
