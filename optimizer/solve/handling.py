"""What must be carried in: weights that two people do not lift, and boxes that a door stops."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.catalog.catalog import Catalog
from optimizer.schema.build import Build
from optimizer.schema.components import Accelerator
from optimizer.schema.site import Site

LIFT_KG = 22.7
"""50 lb: OSHA's technical manual recommends mechanical means above (quoted by Cabling Installation
& Maintenance, 2013-09)."""
RACK_UNIT_MM = 44.45
RACK_WIDTH_MM = 482.6
"""EIA-310: 1.75 inches high, 19 inches wide."""


def handling_warnings(site: Site, catalog: Catalog, build: Build) -> Iterator[str]:
    """A warning for each kind of thing too heavy for two, or too large for the site's door."""
    for name, weight, size in _carried(catalog, build):
        if weight > 2 * LIFT_KG:
            yield (
                f"{name} weighs {weight:.0f} kg: more than two people lift"
                f" ({2 * LIFT_KG:.0f} kg); plan a server lift"
            )
        door = _door(site)
        if door and size and not _passes(size, door):
            wide, high = door
            yield (
                f"{name} does not pass the door of {wide:g} x {high:g} mm:"
                f" {size[0]:.0f} x {size[1]:.0f} x {size[2]:.0f} mm"
            )


def _carried(
    catalog: Catalog, build: Build
) -> Iterator[tuple[str, float, tuple[float, float, float] | None]]:
    """(name, kg, width, height and depth in mm) of each kind of box; cards count in their node."""
    lines = build.bill_of_materials
    cards = 0.0
    for line in lines:
        record = catalog.components[line.id]
        if isinstance(record, Accelerator):
            cards += (record.weight_kg or 0) * line.quantity / build.nodes
    boxed = any(line.kind == "chassis" for line in lines)
    shell = "chassis" if boxed else "platform"
    for line in lines:
        if line.kind not in (shell, "ups", "cooling", "switch") or line.included:
            continue
        record = catalog.components[line.id]
        weight = getattr(record, "weight_kg", None) or 0
        units, depth = getattr(record, "rack_units", None), getattr(record, "depth_mm", None)
        size = (RACK_WIDTH_MM, units * RACK_UNIT_MM, depth) if units and depth else None
        yield line.name, weight + (cards if line.kind == shell else 0), size


def _door(site: Site) -> tuple[float, float] | None:
    if site.door_width_mm is None and site.door_height_mm is None:
        return None
    return site.door_width_mm or float("inf"), site.door_height_mm or float("inf")


def _passes(size: tuple[float, float, float], door: tuple[float, float]) -> bool:
    """Whether the two smaller sides of a box fit through, turned as it likes."""
    small, middle, _ = sorted(size)
    narrow, wide = sorted(door)
    return small <= narrow and middle <= wide
