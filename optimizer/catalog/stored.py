"""A catalog to plain data for :mod:`optimizer.catalog.compiled`, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.catalog.merge import Change
from optimizer.catalog.sections import COMPONENT_SECTIONS, NAMED_SECTIONS, OBSERVATIONS
from optimizer.catalog.trusted import builder, plain
from optimizer.schema.base import Record, Source

if TYPE_CHECKING:
    from optimizer.catalog.catalog import Catalog

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
)
"""Fields of a catalog that map ids to records; the others hold a kind or a group beside."""
GROUPED = {"offers": "offers", "currencies": "currency_rates"}
"""Field of a catalog -> section of its observations."""
OF_KIND: dict[str, type[Record]] = dict(COMPONENT_SECTIONS.values())


def makers() -> dict[str, Make]:
    """Field -> how to make an entry of it from its data."""
    alone: dict[str, type[Record]] = {**NAMED_SECTIONS, "sources": Source}
    return {
        **{field: _one(alone[field]) for field in (*AS_THEY_ARE, "cost_classes")},
        **{field: _many(OBSERVATIONS[section]) for field, section in GROUPED.items()},
        "components": lambda held: builder(OF_KIND[held[0]])(held[1]),
    }


def _one(kind: type[Record]) -> Make:
    def make(data: Any) -> Any:
        return builder(kind)(data)  # prepared when the first entry is asked for

    return make


def _many(kind: type[Record]) -> Make:
    return lambda held: tuple([builder(kind)(data) for data in held])


def facts(catalog: Catalog) -> dict[str, Any]:
    """What is read whole."""
    changes = [(c.overlay, c.action, c.section, c.entry, c.keys) for c in catalog.changes]
    return {
        "sha256": catalog.sha256,
        "date": catalog.date,
        "changes": changes,
        "kinds": [catalog.kinds[i] for i in catalog.components],
    }


def sections(catalog: Catalog) -> dict[str, Iterable[tuple[str, Any]]]:
    """What is read entry by entry."""
    classes = {record.id: record for record in catalog.cost_classes.values()}
    kinds = catalog.kinds
    return {
        **{field: _each(getattr(catalog, field)) for field in AS_THEY_ARE},
        **{field: _groups(getattr(catalog, field)) for field in GROUPED},
        "cost_classes": _each(dict(sorted(classes.items()))),
        "components": ((i, (kinds[i], plain(r))) for i, r in catalog.components.items()),
    }


def _each(held: Mapping[str, Record]) -> Iterator[tuple[str, Any]]:
    return ((key, plain(record)) for key, record in held.items())


def _groups(held: Mapping[str, Sequence[Record]]) -> Iterator[tuple[str, Any]]:
    return ((key, [plain(record) for record in records]) for key, records in held.items())


def fields(held: dict[str, Any]) -> dict[str, Any]:
    """Fields of the catalog that was stored, its cost classes and its files apart."""
    changes = tuple(Change(o, a, s, e, tuple(keys)) for o, a, s, e, keys in held["changes"])
    return {
        **{field: held[field] for field in (*AS_THEY_ARE, *GROUPED, "components")},
        "kinds": dict(zip(held["components"], held["kinds"], strict=True)),
        "sha256": held["sha256"],
        "date": held["date"],
        "changes": changes,
    }
