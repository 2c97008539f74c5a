"""Counts of a catalog: entries by kind, prices and their coverage, the share of estimates."""

from __future__ import annotations

from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.schema.base import Sourced

TOLD = ("id", "name", "aliases", "notes", "sources", "estimated")
"""Fields that are no figures."""


def count_kinds(catalog: Catalog) -> dict[str, int]:
    """Entries by kind, components first."""
    counts: dict[str, int] = {}
    for kind in catalog.kinds.values():
        counts[kind] = counts.get(kind, 0) + 1
    return {
        **dict(sorted(counts.items())),
        "llm": len(catalog.llms),
        "engine": len(catalog.engines),
        "site": len(catalog.sites),
        "cost_class": len({c.id for c in catalog.cost_classes.values()}),
        "calibration": len(catalog.calibrations),
        "currency": len(catalog.currencies),
    }


def estimates(catalog: Catalog) -> tuple[int, int]:
    """Figures marked as estimates, and all figures that are known."""
    records: list[Sourced] = [
        *catalog.components.values(),
        *catalog.llms.values(),
        *catalog.engines.values(),
        *catalog.sites.values(),
    ]
    marked = known = 0
    for record in records:
        figures = {
            field
            for field in record.model_fields_set - set(TOLD)
            if getattr(record, field) is not None
        }
        known += len(figures)
        marked += len({e.split(".")[0] for e in record.estimated} & figures)
    return marked, known


def coverage(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """By kind of component: how many have a price in each condition, and the newest date."""
    found: dict[str, dict[str, Any]] = {}
    for component, kind in sorted(catalog.kinds.items(), key=lambda item: (item[1], item[0])):
        row = found.setdefault(
            kind,
            {"entries": 0, "new": 0, "refurbished": 0, "used": 0, "unpriced": 0, "newest": None},
        )
        offers = catalog.offers.get(component, ())
        row["entries"] += 1
        row["unpriced"] += not offers
        for condition in {offer.condition for offer in offers}:
            row[condition] += 1
        dates = [offer.date for offer in offers] + ([row["newest"]] if row["newest"] else [])
        row["newest"] = max(dates, default=None)
    return found


def statistics(catalog: Catalog) -> dict[str, Any]:
    """The whole document of ``optimize catalog stats --json``."""
    marked, known = estimates(catalog)
    offers = [offer for held in catalog.offers.values() for offer in held]
    return {
        "kinds": count_kinds(catalog),
        "offers": len(offers),
        "cloud_rates": len(catalog.cloud_rates),
        "sources": len(catalog.sources),
        "figures": known,
        "estimated": marked,
        "estimated_share": round(marked / known, 4) if known else 0.0,
        "estimated_offers": sum(bool(offer.estimated) for offer in offers),
        "components": len(catalog.components),
        "priced": sum(bool(catalog.offers.get(c)) for c in catalog.components),
        "priced_new": sum(row["new"] for row in coverage(catalog).values()),
        "priced_used": sum(row["used"] for row in coverage(catalog).values()),
        "oldest_price": min((o.date for o in offers), default=None),
        "newest_price": catalog.date or None,
        "coverage": coverage(catalog),
        "sha256": catalog.sha256,
    }
