"""What to buy, grouped by who sells it."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.report.tables import Cell, bill_records
from optimizer.schema.build import Result

SHELF = "on the shelf"
ANYONE = "any vendor (estimated price)"


@dataclass(frozen=True, slots=True)
class Purchase:
    """The parts of one vendor; ``total_usd`` is what they cost together."""

    vendor: str
    records: tuple[dict[str, Cell], ...]
    total_usd: float


def purchase_groups(result: Result, catalog: Catalog) -> list[Purchase]:
    """Vendors by what is bought from them, most first; what is owned comes last.

    Parts that come inside others are not bought. A judged price has no vendor.
    """
    if result.build is None:
        return []
    groups: dict[str, list[dict[str, Cell]]] = {}
    for record in bill_records(result.build, catalog):
        if record["included"]:
            continue
        vendor = str(record["vendor"] or ANYONE)
        if record["condition"] == "owned":
            vendor = SHELF
        elif record["estimated"]:
            vendor = ANYONE
        groups.setdefault(vendor, []).append(record)
    made = [
        Purchase(vendor, tuple(records), round(sum(_usd(r) for r in records), 2))
        for vendor, records in groups.items()
    ]
    return sorted(made, key=lambda p: (p.vendor == SHELF, -p.total_usd, p.vendor))


def _usd(record: dict[str, Cell]) -> float:
    value = record["total_usd"]
    assert isinstance(value, int | float)
    return value
