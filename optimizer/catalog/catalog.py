"""The catalog: everything an answer may choose from, validated as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.catalog import compiled, stored
from optimizer.catalog.merge import Change, Entry, Raw
from optimizer.catalog.names import index, resolve
from optimizer.catalog.raw import folders, resolve_raw
from optimizer.catalog.sections import COMPONENT_SECTIONS, NAMED_SECTIONS, OBSERVATIONS
from optimizer.catalog.validation import validate
from optimizer.errors import CatalogError, nearest, shown
from optimizer.schema.assumptions import Assumption, CostClass, Licence
from optimizer.schema.base import Record, Source, Sourced
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import Platform
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.offer import CloudRate, CurrencyRate, Offer
from optimizer.schema.request import FINANCE_KEYS, Finance, Workload
from optimizer.schema.site import Site

SERVING = "serving"
"""Id of the calibration that answers rest on; an overlay may change its constants."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Validated entries by id. ``offers`` are by component, oldest first.

    ``cost_classes`` are keyed by the kind of component they cover, ``currencies`` by code, oldest
    rate first.
    """

    components: Mapping[str, Sourced]
    kinds: Mapping[str, str]
    llms: Mapping[str, Llm]
    engines: Mapping[str, Engine]
    sites: Mapping[str, Site]
    cost_classes: Mapping[str, CostClass]
    assumptions: Mapping[str, Assumption]
    licences: Mapping[str, Licence]
    calibrations: Mapping[str, Calibration]
    cloud_rates: Mapping[str, CloudRate]
    offers: Mapping[str, tuple[Offer, ...]]
    currencies: Mapping[str, tuple[CurrencyRate, ...]]
    sources: Mapping[str, Source]
    raw_of: Callable[[], Raw] = field(repr=False, compare=False)
    sha256: str
    date: str
    changes: tuple[Change, ...] = ()
    """What overlays did."""

    @property
    def raw(self) -> Raw:
        """The entries as their files state them; read on the first question."""
        return self.raw_of()

    def kind_of(self, component: str) -> str:
        """The kind of a component: the word on the bill of materials."""
        return self.kinds[component]

    def of_kind(self, kind: str) -> Iterator[Sourced]:
        """Components of one kind, by id."""
        return (self.components[i] for i in sorted(self.kinds) if self.kinds[i] == kind)

    def calibration(self) -> Calibration:
        """The constants of the serving-speed model. Raises CatalogError when there are none."""
        if SERVING not in self.calibrations:
            raise CatalogError(f"the catalog has no calibration '{SERVING}'")
        return self.calibrations[SERVING]

    def rate(self, currency: str, day: str) -> CurrencyRate:
        """The newest rate on or before a day, else the oldest there is."""
        rates = self.currencies[currency]
        return next((r for r in reversed(rates) if r.date <= day + "~"), rates[0])

    def source_of(self, reference: str) -> Source:
        """The source behind ``<key>#<where>``."""
        return self.sources[reference.split("#", maxsplit=1)[0]]

    def place(self, name: str) -> str:
        """Where an id stands: ``file:line:column``."""
        for section in NAMED_SECTIONS:
            entry = self.raw.named[section].get(name)
            if entry is not None:
                return entry.place()
        return "the catalog"

    def names(self, kind: str) -> dict[str, str]:
        """Every name of a kind (ids, aliases, names), lower case -> id.

        ``kind`` is llm, engine, site, component, or one kind of component.
        """
        pools: dict[str, Mapping[str, Sourced]] = {
            "llm": self.llms,
            "engine": self.engines,
            "site": self.sites,
            "licence": self.licences,
            "component": self.components,
        }
        pool = pools.get(kind) or {r.id: r for r in self.of_kind(kind)}
        return index(vars(record) for record in pool.values())

    def resolve(self, kind: str, name: str) -> str:
        """The id that a name or alias stands for. Raises InputError with the nearest names."""
        return resolve(kind, name, self.names(kind))


Resolve = Callable[[str, str], str]
"""(kind, name) -> id; raises InputError."""


def load_catalog(
    overlays: Sequence[Path] = (),
    builtin: bool = True,
    check: Callable[[Resolve], None] | None = None,
) -> Catalog:
    """The shipped catalog with ``overlays`` laid over it, in their order.

    An overlay is a directory, or the name of one that is shipped (``a100-guide``). With ``builtin``
    false the overlays stand alone. ``check`` sees how names resolve, before entries are validated.
    What was validated once under the same content is not validated again (see
    :mod:`optimizer.catalog.compiled`). Raises CatalogError naming file, line and column.
    """
    files = folders(overlays, builtin)
    path = compiled.path_of(files.digest())
    raw_of = cache(files.read)
    held = compiled.load(path, stored.makers())
    if held is not None:
        catalog = Catalog(
            **stored.fields(held), cost_classes=_by_kind(held["cost_classes"]), raw_of=raw_of
        )
        if check is not None:
            check(catalog.resolve)
        return catalog
    raw = raw_of()
    if check is not None:
        check(lambda kind, name: resolve_raw(raw, kind, name))
    catalog = assemble(raw)
    compiled.save(path, stored.facts(catalog), stored.sections(catalog))
    return catalog


def assemble(raw: Raw) -> Catalog:
    """Raw entries, validated one by one and as a whole. Raises CatalogError."""
    sources = _sources(raw)
    records: dict[str, dict[str, Any]] = {}
    for section, kind in NAMED_SECTIONS.items():
        entries = raw.named[section]
        records[section] = {i: _record(kind, entries[i], sources) for i in sorted(entries)}
    components, kinds = _components(raw, records)
    observed = {
        section: [_record(kind, e, sources) for e in _distinct(raw.observed[section])]
        for section, kind in OBSERVATIONS.items()
    }
    _check_references(raw, components, kinds, records)
    _check_aliases(raw, components, records)
    offers = _offers(raw, observed["offers"], components)
    currencies = _dated_rates(observed["currency_rates"])
    _check_currencies(raw, currencies)
    _check_assumptions(raw, records["assumptions"])
    return Catalog(
        components=components,
        kinds=kinds,
        llms=records["llms"],
        engines=records["engines"],
        sites=records["sites"],
        cost_classes=_by_kind(records["cost_classes"]),
        assumptions=records["assumptions"],
        licences=records["licences"],
        calibrations=records["calibrations"],
        cloud_rates=records["cloud_rates"],
        offers=offers,
        currencies=currencies,
        sources=sources,
        raw_of=lambda: raw,
        sha256=raw.digest(),
        date=max((o.date for held in offers.values() for o in held), default=""),
        changes=tuple(raw.changes),
    )


def _record(kind: type[Record], entry: Entry, sources: Mapping[str, Source]) -> Any:
    record = validate(kind, entry.data, entry.file, entry.path)
    if isinstance(record, Sourced):
        for name, reference in record.sources.items():
            _known_source(reference, sources, entry, ("sources", name))
        if not record.sources:
            place = entry.place()
            raise CatalogError(f"{place}: '{record.id}' names no sources", "Add sources: default:")
        for estimate in record.estimated:
            if estimate.split(".")[0] not in type(record).model_fields:
                place = entry.place("estimated")
                near = nearest(estimate, type(record).model_fields)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise CatalogError(f"{place}: estimated names no field '{shown(estimate)}'{hint}")
    elif isinstance(record, Offer | CurrencyRate | CloudRate):
        _known_source(record.source, sources, entry, ("source",))
    return record


def _known_source(
    reference: str, sources: Mapping[str, Source], entry: Entry, path: tuple[str, ...]
) -> None:
    key = reference.split("#", maxsplit=1)[0]
    if key not in sources:
        near = nearest(key, sources)
        hint = f"Did you mean {near[0]}?" if near else "Define it under sources:"
        place = entry.place(*path)
        raise CatalogError(f"{place}: unknown source '{shown(key)}'", hint)


def _sources(raw: Raw) -> dict[str, Source]:
    return {
        key: validate(Source, entry.data["source"], entry.file, entry.path)
        for key, entry in sorted(raw.named["sources"].items())
    }


def _components(
    raw: Raw, records: dict[str, dict[str, Any]]
) -> tuple[dict[str, Sourced], dict[str, str]]:
    components: dict[str, Sourced] = {}
    kinds: dict[str, str] = {}
    for section, (kind, _) in COMPONENT_SECTIONS.items():
        for key, record in records[section].items():
            if key in components:
                place = raw.named[section][key].place()
                raise CatalogError(f"{place}: the id '{key}' is also a {kinds[key]}")
            components[key], kinds[key] = record, kind
    return dict(sorted(components.items())), dict(sorted(kinds.items()))


def _distinct(entries: list[Entry]) -> list[Entry]:
    """Observations that stand in two overlays count once; order never matters."""
    held = {json.dumps(e.data, sort_keys=True): e for e in reversed(entries)}
    return [held[key] for key in sorted(held)]


def _check_references(
    raw: Raw,
    components: Mapping[str, Sourced],
    kinds: Mapping[str, str],
    records: dict[str, dict[str, Any]],
) -> None:
    def refuse(section: str, key: str, path: tuple[str | int, ...], name: str, kind: str) -> None:
        entry = raw.named[section][key]
        near = nearest(name, [i for i in components if kind in ("component", kinds[i])])
        hint = f"Did you mean {near[0]}?" if near else ""
        place = entry.place(*path)
        raise CatalogError(f"{place}: no {kind} is called '{shown(name)}'", hint)

    for key, platform in records["platforms"].items():
        assert isinstance(platform, Platform)
        for at, part in enumerate(platform.included):
            if part.id not in components:
                refuse("platforms", key, ("included", at, "id"), part.id, "component")
        for at, card in enumerate(platform.accelerators or ()):
            if kinds.get(card) != "accelerator":
                refuse("platforms", key, ("accelerators", at), card, "accelerator")
    one = (("accelerators", "bridge", "bridge"), ("cloud_rates", "accelerator", "accelerator"))
    for section, field_name, kind in one:
        for key, record in records[section].items():
            name = getattr(record, field_name)
            if name is not None and kinds.get(name) != kind:
                refuse(section, key, (field_name,), name, kind)
    for section, field_name in (("bridges", "accelerators"), ("licences", "included_with")):
        for key, record in records[section].items():
            for at, card in enumerate(getattr(record, field_name)):
                if kinds.get(card) != "accelerator":
                    refuse(section, key, (field_name, at), card, "accelerator")


def _check_aliases(
    raw: Raw, components: Mapping[str, Sourced], records: dict[str, dict[str, Any]]
) -> None:
    """One name means one thing: among LLMs, engines, sites, and components."""
    pools: list[tuple[str, Mapping[str, Sourced]]] = [
        (section, records[section]) for section in ("llms", "engines", "sites")
    ]
    for section, pool in [*pools, ("components", components)]:
        taken: dict[str, str] = {i.lower(): i for i in pool}
        for record in pool.values():
            for alias in record.aliases:
                holder = taken.setdefault(alias.lower(), record.id)
                if holder != record.id:
                    home = section
                    if section == "components":
                        home = next(s for s in COMPONENT_SECTIONS if record.id in records[s])
                    entry = raw.named[home][record.id]
                    place = entry.place("aliases")
                    raise CatalogError(f"{place}: the alias '{shown(alias)}' also means {holder}")


def _offers(
    raw: Raw, offers: list[Offer], components: Mapping[str, Sourced]
) -> dict[str, tuple[Offer, ...]]:
    found: dict[str, list[Offer]] = {}
    for offer in offers:
        found.setdefault(offer.component, []).append(offer)
    for entry in raw.observed["offers"]:
        name = entry.data["component"]
        if name not in components:
            near = nearest(name, components)
            hint = f"Did you mean {near[0]}?" if near else ""
            place = entry.place("component")
            raise CatalogError(f"{place}: no component is called '{shown(name)}'", hint)
    return {i: tuple(sorted(found[i], key=_offer_order)) for i in sorted(found)}


def _offer_order(offer: Offer) -> tuple[str, str, float, str, str]:
    return (offer.date, offer.condition, offer.typical, offer.vendor, offer.source)


def _by_kind(classes: Mapping[str, CostClass]) -> dict[str, CostClass]:
    found: dict[str, CostClass] = {}
    for record in classes.values():
        for kind in record.kinds:
            if kind in found:
                raise CatalogError(
                    f"the kind '{kind}' is in two cost classes: {found[kind].id} and {record.id}"
                )
            found[kind] = record
    return found


def _dated_rates(rates: list[CurrencyRate]) -> dict[str, tuple[CurrencyRate, ...]]:
    found: dict[str, list[CurrencyRate]] = {}
    for rate in sorted(rates, key=lambda r: (r.date, r.usd)):
        found.setdefault(rate.currency, []).append(rate)
    return {currency: tuple(held) for currency, held in sorted(found.items())}


def _check_currencies(raw: Raw, rates: Mapping[str, object]) -> None:
    """Every offer in another currency can be turned into dollars."""
    for entry in raw.observed["offers"]:
        currency = entry.data.get("currency", "USD")
        if currency != "USD" and currency not in rates:
            raise CatalogError(
                f"{entry.place('currency')}: no rate for {currency}",
                "Add it under currency_rates",
            )


def _check_assumptions(raw: Raw, assumptions: Mapping[str, Assumption]) -> None:
    """Every assumption sets something, to a value that it may have."""
    for key, record in assumptions.items():
        entry = raw.named["assumptions"][key]
        if key != "duty" and key not in FINANCE_KEYS:
            near = nearest(key, FINANCE_KEYS)
            hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(FINANCE_KEYS)}"
            raise CatalogError(f"{entry.place('id')}: '{shown(key)}' sets nothing", hint)
        fields = {"llm": "any", key: record.default}
        try:
            if key == "duty":
                Workload.model_validate(fields)
            else:
                Finance.model_validate({FINANCE_KEYS[key]: record.default})
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise CatalogError(f"{entry.place('default')}: {key}: {problem}") from None
