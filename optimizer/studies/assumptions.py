"""Every money assumption that an answer may rest on, with its range and its source."""

from __future__ import annotations

from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.schema.assumptions import CostClass
from optimizer.schema.base import Sourced
from optimizer.schema.site import Site

CONDITIONS = ("new", "refurbished", "used", "owned")
BY_CONDITION = ("support_per_year", "failures_per_year", "age", "warranty")
SITE_FIELDS = (
    "electricity_usd_per_kwh",
    "pue",
    "demand_usd_per_kw_month",
    "colocation_usd_per_kw_month",
    "space_usd_per_unit_month",
)


def assumptions(catalog: Catalog) -> dict[str, Any]:
    """All of them as one document: requests, cost classes, sites, licences, currencies."""
    return {
        "schema_version": "1",
        "assumptions": [
            {
                "key": key,
                "name": record.name,
                "unit": record.unit,
                "default": record.default,
                "low": record.low,
                "high": record.high,
                "estimated": list(record.estimated),
                "notes": record.notes,
                "sources": _sources(record, catalog),
            }
            for key, record in catalog.assumptions.items()
        ],
        "cost_classes": [
            _cost_class(record, catalog)
            for record in {c.id: c for c in catalog.cost_classes.values()}.values()
        ],
        "sites": [_site(site, catalog) for site in catalog.sites.values()],
        "licences": [
            {
                "id": record.id,
                "name": record.name,
                "vendor": record.vendor,
                "usd_per_accelerator_year": record.usd_per_accelerator_year,
                "included_with": list(record.included_with),
                "notes": record.notes,
                "sources": _sources(record, catalog),
            }
            for record in catalog.licences.values()
        ],
        "currencies": [_currency(code, catalog) for code in catalog.currencies],
    }


def _cost_class(record: CostClass, catalog: Catalog) -> dict[str, Any]:
    found: dict[str, Any] = {"id": record.id, "name": record.name, "kinds": list(record.kinds)}
    for field in BY_CONDITION:
        held = getattr(record, field)
        found[field] = None if held is None else {c: getattr(held, c) for c in CONDITIONS}
    return found | {
        "residual": list(record.residual),
        "estimated": list(record.estimated),
        "notes": record.notes,
        "sources": _sources(record, catalog),
    }


def _site(site: Site, catalog: Catalog) -> dict[str, Any]:
    priced = {field: getattr(site, field) for field in SITE_FIELDS}
    used = [f for f in SITE_FIELDS if priced[f] or f in site.sources]
    return {
        "id": site.id,
        "name": site.name,
        **priced,
        "time_of_use": [period.model_dump() for period in site.time_of_use],
        "estimated": [f for f in site.estimated if f in SITE_FIELDS],
        "sources": _sources(site, catalog, used),
    }


def _currency(code: str, catalog: Catalog) -> dict[str, Any]:
    rate = catalog.currencies[code][-1]
    return {
        "currency": code,
        "usd": rate.usd,
        "date": rate.date,
        "estimated": list(rate.estimated),
        "sources": {"usd": _source(rate.source, catalog)},
    }


def _sources(
    record: Sourced, catalog: Catalog, fields: list[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Field -> where it comes from; ``default`` covers what is not named."""
    held = record.sources
    if fields is not None:
        held = {f: held.get(f, held.get("default", "")) for f in fields}
    return {field: _source(reference, catalog) for field, reference in held.items() if reference}


def _source(reference: str, catalog: Catalog) -> dict[str, Any]:
    source = catalog.source_of(reference)
    return {
        "title": source.title,
        "publisher": source.publisher,
        "date": source.date,
        "url": source.url,
        "where": reference.partition("#")[2],
        "own_estimate": source.own_estimate,
    }
