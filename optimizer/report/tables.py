"""The figures of an answer as plain rows, shared by pages, charts and exports."""

from __future__ import annotations

from optimizer.catalog.catalog import Catalog
from optimizer.report.bill import ordered
from optimizer.report.style import clean
from optimizer.report.web import is_web_address
from optimizer.schema.build import Build

Cell = str | int | float | bool | None


def cost_lines(build: Build) -> list[tuple[str, float]]:
    """(line, dollars) of the total cost of ownership, without those that are zero."""
    return [(clean(line.item), line.usd) for line in build.costs.lines if round(line.usd, 2)]


def cost_records(build: Build) -> list[dict[str, Cell]]:
    """Lines of the total cost of ownership: ``item`` and ``usd``; they add up to it."""
    return [{"item": line.item, "usd": line.usd} for line in build.costs.lines]


def memory_parts(build: Build) -> list[tuple[str, int]]:
    """(what, MiB) on the fullest accelerator."""
    m = build.memory
    return [
        ("weights", m.weights_mib),
        ("KV cache", m.kv_cache_mib),
        ("activations", m.activations_mib),
        ("runtime", m.runtime_mib),
    ]


def bill_records(build: Build, catalog: Catalog | None = None) -> list[dict[str, Cell]]:
    """A record per line of the bill of materials, in the order in which people read it.

    ``total_usd`` of all adds up to the hardware. ``url`` leads to the offer, or to its source where
    the catalog names one; it is empty where neither has a web address.
    """
    records: list[dict[str, Cell]] = []
    for line in ordered(build.bill_of_materials):
        offer = line.offer
        url = None
        if offer is not None:
            url = offer.url
            key = offer.source.split("#")[0]
            if url is None and catalog is not None and key in catalog.sources:
                url = catalog.sources[key].url
        records.append(
            {
                "kind": line.kind,
                "id": line.id,
                "name": line.name,
                "quantity": line.quantity,
                "condition": line.condition,
                "unit_price_usd": line.unit_price_usd,
                "total_usd": line.total_usd,
                "included": line.included,
                "vendor": None if offer is None else offer.vendor,
                "seen": None if offer is None else offer.as_of,
                "estimated": offer is not None and offer.estimated,
                "url": url if is_web_address(url) else None,
            }
        )
    return records
