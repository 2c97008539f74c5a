"""LLM entries against physics: parameters counted from the architecture, and those published."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.findings import Finding, Level
from optimizer.physics.architecture import MissingWidth
from optimizer.physics.parameters import shape_of
from optimizer.schema.llm import Llm

TOTAL_TOLERANCE = 0.08
"""Published totals are rounded, and some count an image encoder or an extra layer."""
ACTIVE_TOLERANCE = 0.2
"""Published active figures often leave the embedding out."""


def check_llms(catalog: Catalog) -> list[Finding]:
    """Findings about every LLM, as of the catalog's own check."""
    return [finding for llm in catalog.llms.values() for finding in _check(llm, catalog)]


def _check(llm: Llm, catalog: Catalog) -> Iterator[Finding]:
    place = catalog.place(llm.id)
    try:
        shape = shape_of(llm)
    except MissingWidth:
        yield Finding("warning", "parameters", llm.id, "mlp_width is not known", place)
        return
    total = (shape.parameters_total + llm.vision_parameters) / 1e9
    figures = (
        ("published_parameters_b", llm.published_parameters_b, total, TOTAL_TOLERANCE),
        (
            "published_active_parameters_b",
            llm.published_active_parameters_b,
            shape.parameters_active / 1e9,
            ACTIVE_TOLERANCE,
        ),
    )
    for name, published, counted, tolerance in figures:
        if published is None or abs(counted - published) <= tolerance * published + 0.5:
            continue
        message = f"{name} is {published:g}; the architecture counts {counted:,.3g}"
        level: Level = "warning" if published / 4 < counted < published * 4 else "error"
        yield Finding(level, "parameters", llm.id, message, place)
