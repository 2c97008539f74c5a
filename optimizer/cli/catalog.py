"""``optimize catalog list | show`` and ``optimize llm list``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.cli.output import Outcome
from optimizer.cli.select import Select, value_of
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError, unknown_name
from optimizer.report.entry import plain, render_entry
from optimizer.report.quantity import count, usd
from optimizer.report.style import Style
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
    "circuit": ("volts", "amps", "phases", "outlet"),
    "llm": ("published_parameters_b", "max_context"),
    "engine": ("version", "vendors"),
    "site": ("heat_removal_w", "electricity_usd_per_kwh", "pue"),
}
WORDS = {"gpu": "accelerator", "gpus": "accelerator", "switches": "switch", "model": "llm"}
WORDS |= {"models": "llm", "board": "platform", "boards": "platform", "drive": "storage"}
"""Other words for kinds, besides their plurals."""
UNCOUNTED = ("memory", "storage", "chassis", "cooling", "ups")


def list_entries(given: Mapping[str, Any]) -> Outcome:
    """A table (or JSON) of entries of one kind, or of all components."""
    kind = _kind(given.get("kind"))
    select = Select(given.get("filter") or (), given.get("sort"))
    catalog = open_catalog(given)
    records = _pool(catalog, kind)
    chosen = select.apply(records, lambda r: newest_price(catalog, r.id))
    if given.get("json"):
        data = [_document(catalog, record) for record in chosen]
        return Outcome(json.dumps(data, indent=2) + "\n")
    fields = tuple(dict.fromkeys((*SHOWN_FIELDS.get(kind or "", ()), *select.fields)))
    style = terminal_style()
    lines = _table(catalog, kind, chosen, fields, style) if chosen else ["nothing passes"]
    noun = {"llm": "LLM", None: "component"}.get(kind, str(kind))
    if noun not in UNCOUNTED and chosen:
        several = {"switch": "switches"}.get(noun)
        lines.append(style.paint(count(len(chosen), noun, several), "dim"))
    return Outcome(style.page([lines]))


def _kind(given: str | None) -> str | None:
    """A kind as it is called in the catalog; a plural stands for it."""
    if given is None:
        return None
    kinds = ["bridge", *SHOWN_FIELDS]
    wanted = given.strip().lower()
    words = {f"{kind}s": kind for kind in kinds} | WORDS
    wanted = wanted if wanted in kinds else words.get(wanted, wanted)
    if wanted not in kinds:
        raise unknown_name("kind", given, kinds)
    return wanted


def _document(catalog: Catalog, record: Sourced) -> dict[str, Any]:
    kind = kind_of(catalog, record)
    data = {"entry_kind": kind, **record.model_dump(mode="json")}
    if kind not in OTHER_KINDS:
        data["price_usd"] = newest_price(catalog, record.id)
    return data


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
            found.append(offer.typical * catalog.rate(offer.currency, catalog.date).usd)
    return min(found, default=None)


def show_entry(name: str, given: Mapping[str, Any]) -> Outcome:
    """One entry with sources and prices."""
    catalog = open_catalog(given)
    record = _find(catalog, name)
    component = record.id in catalog.components and catalog.components[record.id] is record
    offers = catalog.offers.get(record.id, ()) if component else ()
    kind = kind_of(catalog, record)
    rented = [r for r in catalog.cloud_rates.values() if component and r.accelerator == record.id]
    if given.get("json"):
        data = _document(catalog, record)
        data["offers"] = [offer.model_dump(mode="json") for offer in offers]
        data["cloud_rates"] = [rate.model_dump(mode="json") for rate in rented]
        references = [*record.sources.values(), *(o.source for o in offers)]
        references += [rate.source for rate in rented]
        keys = dict.fromkeys(r.split("#", maxsplit=1)[0] for r in references)
        data["source_details"] = {k: catalog.sources[k].model_dump(mode="json") for k in keys}
        data["place"] = catalog.place(record.id)
        return Outcome(json.dumps(data, indent=2) + "\n")
    place = catalog.place(record.id)
    rates = {code: held[-1].usd for code, held in catalog.currencies.items()}
    style = terminal_style()
    return Outcome(render_entry(record, kind, catalog.sources, offers, place, style, rates, rented))


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
