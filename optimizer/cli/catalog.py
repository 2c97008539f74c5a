"""``optimize catalog list | show | check`` and ``optimize llm list``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.cli.output import Outcome
from optimizer.cli.select import Select, value_of
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError, unknown_name
from optimizer.report.entry import plain, render_entry
from optimizer.report.quantity import count, usd
from optimizer.report.style import Style, clean
from optimizer.report.table import render_table
from optimizer.schema.base import Sourced
from optimizer.schema.offer import Offer

OTHER_KINDS = ("llm", "engine", "site")
SHOWN_FIELDS: dict[str, tuple[str, ...]] = {
    "accelerator": ("vram_mib", "bandwidth_gb_s", "tdp_w"),
    "platform": ("interface", "rack_units"),
    "cpu": ("socket", "cores", "tdp_w", "pcie_lanes"),
    "memory": ("memory_type", "capacity_gib"),
    "storage": ("capacity_gb", "form"),
    "psu": ("form", "capacity_240v_w", "efficiency"),
    "chassis": ("psu_form", "slot_positions", "rack_units"),
    "nic": ("network", "speed_gbps", "ports"),
    "switch": ("network", "speed_gbps", "ports"),
    "cable": ("network", "speed_gbps"),
    "cooling": ("kind", "heat_removal_w"),
    "ups": ("power_w", "power_va", "volts"),
    "pdu": ("volts", "amps", "phases"),
    "llm": ("published_parameters_b", "max_context"),
    "engine": ("version", "vendors"),
    "site": ("heat_removal_w", "electricity_usd_per_kwh", "pue"),
}
UNCOUNTED = ("memory", "storage", "chassis", "cooling", "ups")
OLD_YEARS = 1


def list_entries(given: Mapping[str, Any]) -> Outcome:
    """A table (or JSON) of entries of one kind, or of all components."""
    catalog = open_catalog(given)
    kind = given.get("kind")
    records = _pool(catalog, kind)
    select = Select(given.get("filter") or (), given.get("sort"))
    chosen = select.apply(records, lambda r: newest_price(catalog, r.id))
    if given.get("json"):
        data = [{"entry_kind": kind_of(catalog, r), **r.model_dump(mode="json")} for r in chosen]
        return Outcome(json.dumps(data, indent=2) + "\n")
    fields = tuple(dict.fromkeys((*SHOWN_FIELDS.get(kind or "", ()), *select.fields)))
    style = terminal_style()
    lines = _table(catalog, kind, chosen, fields, style)
    noun = {"llm": "LLM", None: "component"}.get(kind, str(kind))
    if noun not in UNCOUNTED:
        lines.append(style.paint(count(len(chosen), noun), "dim"))
    return Outcome(style.page([lines]))


def _table(
    catalog: Catalog,
    kind: str | None,
    chosen: Sequence[Sourced],
    fields: tuple[str, ...],
    style: Style,
) -> list[str]:
    """Id, name, the fields that matter for the kind, and the lowest newest price."""
    columns: dict[str, Callable[[Sourced], Any]] = {"id": lambda r: r.id}
    if kind is None:
        columns["of kind"] = lambda r: catalog.kind_of(r.id)
    columns["name"] = lambda r: r.name
    for field in fields:
        columns[field] = partial(value_of, field=field)
    values = [[read(record) for read in columns.values()] for record in chosen]
    numbers = [any(_is_number(row[i]) for row in values) for i in range(len(columns))]
    rows = [["" if cell is None else plain(cell) for cell in row] for row in values]
    heads = list(columns)
    if kind not in OTHER_KINDS:
        prices = [newest_price(catalog, record.id) for record in chosen]
        rows = [[*r, "" if p is None else usd(p)] for r, p in zip(rows, prices, strict=True)]
        heads, numbers = [*heads, "price"], [*numbers, True]
    return render_table(heads, rows, style, numbers, soft="name")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pool(catalog: Catalog, kind: str | None) -> list[Sourced]:
    pools: dict[str, Mapping[str, Sourced]] = {
        "llm": catalog.llms,
        "engine": catalog.engines,
        "site": catalog.sites,
    }
    if kind is None:
        return [catalog.components[i] for i in sorted(catalog.components)]
    if kind in pools:
        return [pools[kind][i] for i in sorted(pools[kind])]
    if kind not in SHOWN_FIELDS and kind != "bridge":
        raise unknown_name("kind", kind, ["bridge", *SHOWN_FIELDS])
    return list(catalog.of_kind(kind))


def kind_of(catalog: Catalog, record: Sourced) -> str:
    """The kind of any entry."""
    if catalog.components.get(record.id) is record:
        return catalog.kind_of(record.id)
    return type(record).__name__.lower()


def newest_price(catalog: Catalog, component: str) -> float | None:
    """The lowest of the newest typical prices by condition, in US dollars."""
    newest: dict[str, Offer] = {}
    for offer in catalog.offers.get(component, ()):
        newest[offer.condition] = offer
    found = []
    for offer in newest.values():
        if offer.currency == "USD":
            found.append(offer.typical)
        elif offer.currency in catalog.currencies:
            found.append(offer.typical * catalog.currencies[offer.currency].usd)
    return min(found, default=None)


def show_entry(name: str, given: Mapping[str, Any]) -> Outcome:
    """One entry with sources and prices."""
    catalog = open_catalog(given)
    record = _find(catalog, name)
    offers = catalog.offers.get(record.id, ()) if record.id in catalog.components else ()
    kind = kind_of(catalog, record)
    if given.get("json"):
        data = {"entry_kind": kind, **record.model_dump(mode="json")}
        data["offers"] = [offer.model_dump(mode="json") for offer in offers]
        return Outcome(json.dumps(data, indent=2) + "\n")
    place = catalog.place(record.id)
    return Outcome(render_entry(record, kind, catalog.sources, offers, place, terminal_style()))


def _find(catalog: Catalog, name: str) -> Sourced:
    pools: dict[str, Mapping[str, Sourced]] = {
        "component": catalog.components,
        "llm": catalog.llms,
        "engine": catalog.engines,
        "site": catalog.sites,
    }
    for kind, pool in pools.items():
        try:
            return pool[catalog.resolve(kind, name)]
        except InputError:
            continue
    raise unknown_name("entry", name, [n for kind in pools for n in catalog.names(kind)])


def check_catalog(directory: str | None, given: Mapping[str, Any]) -> Outcome:
    """Counts and warnings; problems raise CatalogError with their place."""
    builtin = not given.get("no_builtin_catalog")
    catalog = load_catalog([Path(directory)] if directory else (), builtin=builtin)
    counts = _counts(catalog)
    warnings = [*_old_offers(catalog), *_unused_sources(catalog), *_unpriced(catalog)]
    if given.get("json"):
        data = {"counts": counts, "warnings": warnings, "sha256": catalog.sha256}
        return Outcome(json.dumps(data, indent=2) + "\n")
    style = terminal_style()
    rows = [[name, f"{number:,}"] for name, number in counts.items()]
    table = render_table(["entries", "count"], rows, style, [False, True])
    notes = [f"{style.paint('!', 'warn')} {clean(w)}" for w in warnings]
    verdict = f"valid; newest price {catalog.date or 'none'}, sha {catalog.sha256[:8]}"
    return Outcome(style.page([table, notes, [style.paint(verdict, "good")]]))


def _counts(catalog: Catalog) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in catalog.kinds.values():
        counts[kind] = counts.get(kind, 0) + 1
    counts = dict(sorted(counts.items()))
    counts |= {"llm": len(catalog.llms), "engine": len(catalog.engines)}
    counts |= {"site": len(catalog.sites), "source": len(catalog.sources)}
    counts["offer"] = sum(len(held) for held in catalog.offers.values())
    return counts


def _old_offers(catalog: Catalog) -> list[str]:
    """Components whose newest price is over a year older than the newest of the catalog."""
    if not catalog.date:
        return []
    limit = f"{int(catalog.date[:4]) - OLD_YEARS}{catalog.date[4:]}"
    old = [i for i, held in catalog.offers.items() if held and max(o.date for o in held) < limit]
    return _say(old, f"no price since {limit}")


def _unpriced(catalog: Catalog) -> list[str]:
    return _say([i for i in catalog.components if not catalog.offers.get(i)], "no price")


def _unused_sources(catalog: Catalog) -> list[str]:
    used = set()
    for entries in catalog.raw.named.values():
        for entry in entries.values():
            used |= {str(r).split("#")[0] for r in (entry.data.get("sources") or {}).values()}
            used.add(str(entry.data.get("source", "")).split("#")[0])
    for observed in catalog.raw.observed.values():
        used |= {str(entry.data.get("source", "")).split("#")[0] for entry in observed}
    return _say([key for key in catalog.sources if key not in used], "a source that nothing uses")


def _say(names: Sequence[str], what: str) -> list[str]:
    return [f"{name}: {what}" for name in names]
