"""What of a build stands in the rack, from the catalog's dimensions."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.report.style import clean
from optimizer.schema.build import Build

BOTTOM = ("ups", "cooling")
"""Kinds that are heavy: they stand below the servers; all others stand above."""


@dataclass(frozen=True, slots=True)
class Racked:
    """One thing in the rack."""

    name: str
    kind: str
    units: float


def racked(build: Build, catalog: Catalog) -> list[Racked]:
    """From the bottom up: what is heavy, the nodes, what is light; parts of 0 U stand nowhere."""
    has_chassis = any(line.kind == "chassis" for line in build.bill_of_materials)
    below, nodes, above = [], [], []
    for line in build.bill_of_materials:
        units = getattr(catalog.components.get(line.id), "rack_units", None)
        inside = line.included or (line.kind == "platform" and has_chassis)
        if not units or inside:
            continue
        each = [Racked(clean(line.name), line.kind, float(units))] * line.quantity
        if line.kind in ("platform", "chassis"):
            nodes += each
        elif line.kind in BOTTOM:
            below += each
        else:
            above += each
    return below + nodes + above
