"""Whole-catalog checks beyond form and names: plausible figures, prices over time, sources.

:func:`optimizer.catalog.catalog.load_catalog` refuses what is malformed. What is checked here is
well-formed and may still be wrong: an error is a contradiction or impossible, a warning wants a
second look. Nothing here asks the clock: ages count from the newest price, or a day given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.check_accelerators import check_accelerators
from optimizer.catalog.check_prices import check_cloud, check_jumps, check_old, check_same_day
from optimizer.catalog.findings import Finding
from optimizer.catalog.importers.offers import is_date
from optimizer.catalog.merge import Entry, Raw
from optimizer.catalog.plausible import check_contradictions, check_ranges
from optimizer.errors import shown

MAX_AGE_MONTHS = 12
MAX_JUMP = 3.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a price is old, when two that follow each other differ too much, and from which day."""

    max_age_months: int = MAX_AGE_MONTHS
    max_jump: float = MAX_JUMP
    as_of: str = ""


def check_catalog(
    catalog: Catalog,
    thresholds: Thresholds | None = None,
    only: Collection[str] | None = None,
) -> list[Finding]:
    """All findings, errors first. ``only`` keeps those about some ids (components, sources)."""
    limits = thresholds or Thresholds()
    as_of = limits.as_of or catalog.date
    found = [
        *_texts(catalog),
        *_dates(catalog),
        *check_contradictions(catalog),
        *check_ranges(catalog),
        *check_accelerators(catalog),
        *check_jumps(catalog, limits.max_jump),
        *check_same_day(catalog),
        *check_cloud(catalog),
        *check_old(catalog, as_of, limits.max_age_months),
        *_unpriced(catalog),
        *_unused_sources(catalog),
    ]
    kept = [f for f in found if only is None or f.id in only]
    return sorted(kept, key=lambda f: (f.level, f.check, f.id, f.message))


def changed_ids(catalog: Catalog, baseline: Catalog) -> set[str]:
    """Ids whose entry, or whose offers, the catalog has otherwise than the baseline."""
    changed = {
        key
        for section, entries in catalog.raw.named.items()
        for key, entry in entries.items()
        if (before := baseline.raw.named[section].get(key)) is None or before.data != entry.data
    }
    for component, offers in catalog.offers.items():
        if offers != baseline.offers.get(component):
            changed.add(component)
    return changed


def _texts(catalog: Catalog) -> Iterator[Finding]:
    """Control characters and terminal escapes, which have no place in names or notes."""
    named = [(i, e) for held in catalog.raw.named.values() for i, e in held.items()]
    observed = [
        (str(e.data.get("component", e.data.get("currency"))), e)
        for held in catalog.raw.observed.values()
        for e in held
    ]
    for key, entry in [*named, *observed]:
        for path, text in _strings(entry.data, ()):
            if not text.replace("\n", " ").isprintable():
                message = f"control characters in {'.'.join(map(str, path))}: {shown(text)}"
                yield Finding("error", "texts", key, message, entry.place(*path))


def _strings(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield (*path, key), str(key)
            yield from _strings(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _strings(value, (*path, index))


def _dates(catalog: Catalog) -> Iterator[Finding]:
    """Days that no calendar has (a form that looks like a date is not enough)."""
    for section in ("offers", "currency_rates"):
        for entry in catalog.raw.observed[section]:
            yield from _date(entry, str(entry.data.get("component", entry.data.get("currency"))))
    for key, entry in catalog.raw.named["cloud_rates"].items():
        yield from _date(entry, key)


def _date(entry: Entry, about: str) -> Iterator[Finding]:
    date = str(entry.data.get("date", ""))
    if not is_date(date):
        yield Finding("error", "dates", about, f"{shown(date)} is no date", entry.place("date"))


def _unpriced(catalog: Catalog) -> Iterator[Finding]:
    for key in catalog.components:
        if not catalog.offers.get(key):
            yield Finding("warning", "unpriced", key, "no price", catalog.place(key))


def used_sources(raw: Raw) -> set[str]:
    """Keys of the sources that some entry names, at any depth."""
    entries = [e for s, held in raw.named.items() if s != "sources" for e in held.values()]
    entries += [e for held in raw.observed.values() for e in held]
    return {
        text.split("#", maxsplit=1)[0]
        for entry in entries
        for path, text in _strings(entry.data, ())
        if path[-1] == "source" or "sources" in path[:-1]
    }


def _unused_sources(catalog: Catalog) -> Iterator[Finding]:
    used = used_sources(catalog.raw)
    for key in catalog.sources:
        if key not in used:
            place = catalog.raw.named["sources"][key].place()
            yield Finding("warning", "unused-sources", key, "a source that nothing uses", place)
