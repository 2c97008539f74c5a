"""Answers and studies as pandas tables, for notebooks and programs.

Columns carry their units; a table of an answer without a build is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.catalog.catalog import Catalog
from optimizer.report.tables import bill_records, cost_records
from optimizer.schema.build import Result

if TYPE_CHECKING:
    import pandas as pd

SPEEDS = ("figure", "value", "low", "high", "unit", "basis")
RELAXED = (
    "rule", "path", "from", "to", "unit", "gain", "extra_capex_usd", "accelerators", "accelerator",
)  # fmt: skip
COMPARED = (
    "status", "accelerators", "accelerator", "host", "condition", "weight_format", "capex_usd",
    "tco_usd", "output_tok_s", "tok_s_per_user", "usd_per_million_output_tokens",
)  # fmt: skip
CLOUDS = (
    "name", "accelerators", "provider", "term", "date", "usd_per_gpu_hour",
    "usd_per_month_always_on", "usd_per_month_busy_hours", "output_tok_s", "break_even_months",
)  # fmt: skip


def _table(records: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> Any:
    import pandas as pd  # noqa: PLC0415  (half a second, for those who want tables)

    return pd.DataFrame.from_records(
        [dict(record) for record in records], columns=None if columns is None else list(columns)
    )


def bill_table(result: Result, catalog: Catalog | None = None) -> pd.DataFrame:
    """The bill of materials, a row per line: kind, name, quantity, condition, prices, offer.

    With a catalog, ``url`` falls back on the address of the offer's source.
    """
    build = result.build
    return _table([] if build is None else bill_records(build, catalog))


def cost_table(result: Result) -> pd.DataFrame:
    """The total cost of ownership, a row per line: ``item`` and ``usd``, which add up to it."""
    build = result.build
    return _table([] if build is None else cost_records(build), ("item", "usd"))


def limit_table(result: Result) -> pd.DataFrame:
    """Every limit: rule, scope, used, available, unit, and the share that is used."""
    build = result.build
    records = [] if build is None else [use.model_dump() for use in build.limits]
    for record in records:
        available = record["available"]
        record["share"] = record["used"] / available if available else None
    return _table(records, ("rule", "scope", "used", "available", "unit", "share"))


def binding_table(result: Result) -> pd.DataFrame:
    """Limits relaxed alone, a row per change: what to change, gain in the objective, extra cost.

    Empty unless the answer was asked to explain.
    """
    rows = [
        {
            "rule": limit.rule,
            "path": relaxed.path,
            "from": relaxed.before,
            "to": relaxed.after,
            "unit": relaxed.unit,
            "gain": relaxed.objective_gain,
            "extra_capex_usd": relaxed.extra_capex_usd,
            "accelerators": relaxed.build.accelerators,
            "accelerator": relaxed.build.accelerator_name,
        }
        for limit in result.binding or ()
        for relaxed in limit.relaxed
    ]
    return _table(rows, RELAXED)


def comparison_table(document: Mapping[str, Any]) -> pd.DataFrame:
    """Answers side by side, a row each, by label; the baseline first."""
    rows = [
        {"label": v["label"], **{key: v.get(key) for key in COMPARED}} for v in document["variants"]
    ]
    return _table(rows, ("label", *COMPARED)).set_index("label")


def rent_table(document: Mapping[str, Any]) -> pd.DataFrame:
    """Rented capacity that serves the same workload, the cheapest first."""
    return _table(document["clouds"], CLOUDS) if document["clouds"] else _table([], CLOUDS)


def curve_table(document: Mapping[str, Any]) -> pd.DataFrame:
    """Dollars paid by the end of each month, a column per way to pay; empty without rents."""
    curves = document["curves"]
    if curves is None:
        return _table([])
    months = len(curves["month"])
    rows = [{name: values[i] for name, values in curves.items()} for i in range(months)]
    return _table(rows).set_index("month")


def frontier_table(document: Mapping[str, Any]) -> pd.DataFrame:
    """Points of a frontier from the cheapest; x and y carry the names of their axes."""
    names = {axis: document[axis]["name"] for axis in ("x", "y")}
    kept = ("accelerators", "accelerator_name", "nodes", "weight_format", "capex_usd", "tco_usd")
    rows = [
        {names["x"]: p["x"], names["y"]: p["y"], **{key: p[key] for key in kept if key in p}}
        for p in document["points"]
    ]
    return _table(rows)


def speed_table(point: Any) -> pd.DataFrame:
    """The figures of a prediction, each with its band, unit and basis; empty if it does not fit."""
    rows = [
        {
            "figure": s.name,
            "value": s.value,
            "low": s.low,
            "high": s.high,
            "unit": s.unit,
            "basis": s.basis,
        }
        for s in point.speeds
    ]
    return _table(rows, SPEEDS)


def error_table(catalog: Catalog) -> pd.DataFrame:
    """Errors that the speed model leaves, by what was measured: fitted, held out; in per cent."""
    return _table([error.model_dump() for error in catalog.calibration().errors])


def catalog_table(catalog: Catalog, kind: str) -> pd.DataFrame:
    """Entries of one kind (accelerator, platform, ..., llm, site), a row each, without sources."""
    pools: Mapping[str, Mapping[str, Any]] = {"llm": catalog.llms, "site": catalog.sites}
    records = pools[kind].values() if kind in pools else list(catalog.of_kind(kind))
    left_out = {"sources", "notes", "aliases", "estimated"}
    return _table([record.model_dump(exclude=left_out) for record in records])


def price_table(catalog: Catalog, component: str) -> pd.DataFrame:
    """Prices seen of one component, oldest first: condition, low, typical, high, date, vendor.

    Raises InputError for a name that nothing has.
    """
    keys = ("date", "condition", "low", "typical", "high", "currency", "vendor", "available")
    offers = catalog.offers.get(catalog.resolve("component", component), ())
    return _table([{key: getattr(offer, key) for key in keys} for offer in offers], keys)
