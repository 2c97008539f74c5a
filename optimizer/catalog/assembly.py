"""Raw entries to a whole catalog: validated one by one, and as to what they say of each other.

Entries are objects only while they are looked at; what is kept is their texts, so that a large
catalog takes the memory of its files and little more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from optimizer.catalog import compiled, stored
from optimizer.catalog.merge import Entry, Raw
from optimizer.catalog.sections import COMPONENT_SECTIONS, NAMED_SECTIONS, OBSERVATIONS
from optimizer.catalog.trusted import text
from optimizer.catalog.validation import validate
from optimizer.errors import CatalogError, nearest, shown
from optimizer.schema.assumptions import Assumption, CostClass, Licence
from optimizer.schema.base import Record, Source, Sourced
from optimizer.schema.components import Accelerator, Bridge, Platform
from optimizer.schema.offer import CloudRate, CurrencyRate, Offer
from optimizer.schema.request import FINANCE_KEYS, Finance, Workload

Path_ = tuple[str | int, ...]
Texts = Iterator[tuple[str, bytes]]
POOLS = ("llms", "engines", "sites")
"""Sections in which one name means one thing; components share one such pool."""


def assemble(raw: Raw) -> dict[str, Any]:
    """Facts and sections, as :func:`optimizer.catalog.compiled.load` gives them.

    Raises CatalogError.
    """
    whole, make = _Whole(raw), stored.makers()
    observed = {section: raw.distinct(section) for section in OBSERVATIONS}
    found: dict[str, Any] = {
        "sha256": raw.digest(observed),
        "changes": [(c.overlay, c.action, c.section, c.entry, c.keys) for c in raw.changes],
        "sources": compiled.pack(whole.source_texts(), make["sources"]),
    }
    for section in NAMED_SECTIONS:
        found[section] = compiled.pack(whole.named(section), make[section])
    rates = whole.rates(observed.pop("currency_rates"))
    found["currency_rates"] = compiled.pack(rates, make["currency_rates"])
    currencies = {"USD", *found["currency_rates"]}
    offers = whole.offers(observed.pop("offers"), currencies)
    found["offers"] = compiled.pack(offers, make["offers"])
    return {**found, "date": whole.newest}


class _Whole:
    """What entries are held against: the others."""

    def __init__(self, raw: Raw) -> None:
        named = self.raw_named = raw.named
        self.sources: dict[str, Source] = {
            key: validate(Source, entry.data["source"], entry.file, entry.path)
            for key, entry in sorted(named["sources"].items())
        }
        self.kinds: dict[str, str] = {}
        for section, (kind, _) in COMPONENT_SECTIONS.items():
            for key, entry in named[section].items():
                if key in self.kinds:
                    taken = self.kinds[key]
                    raise CatalogError(f"{entry.place()}: the id '{key}' is also a {taken}")
                self.kinds[key] = kind
        self.names = {section: {i.lower(): i for i in named[section]} for section in POOLS}
        self.names["components"] = {i.lower(): i for i in self.kinds}
        self.classes: dict[str, str] = {}
        """Kind of component -> the cost class that covers it."""
        self.newest = ""
        """Day of the newest offer."""

    def source_texts(self) -> Texts:
        """Every source by its key."""
        return ((key, text(source)) for key, source in self.sources.items())

    def named(self, section: str) -> Texts:
        """The entries of a section by id. Raises CatalogError for what does not hold."""
        entries = self.raw_named[section]
        for key in sorted(entries):
            entry = entries[key]
            record = self._record(NAMED_SECTIONS[section], entry)
            for path, name, kind in _references(record):
                self._check_reference(entry, path, name, kind)
            pool = "components" if section in COMPONENT_SECTIONS else section
            if pool in self.names and isinstance(record, Sourced):
                self._check_aliases(entry, record, self.names[pool])
            if isinstance(record, Assumption):
                _check_assumption(entry, record)
            if isinstance(record, CostClass):
                self._check_class(record)
            yield key, text(record)

    def rates(self, entries: Mapping[str, Entry]) -> Texts:
        """Rates by currency, oldest first."""
        for currency, group in _grouped(entries, "currency"):
            rates: list[CurrencyRate] = [self._record(CurrencyRate, e) for e in group]
            yield currency, _listed(sorted(rates, key=lambda r: (r.date, r.usd)))

    def offers(self, entries: Mapping[str, Entry], currencies: set[str]) -> Texts:
        """Offers by component, oldest first."""
        for component, group in _grouped(entries, "component"):
            offers: list[Offer] = [self._record(Offer, entry) for entry in group]
            self._check_reference(group[0], ("component",), component, "component")
            for entry, offer in zip(group, offers, strict=True):
                if offer.currency not in currencies:
                    place = entry.place("currency")
                    raise CatalogError(
                        f"{place}: no rate for {offer.currency}", "Add it under currency_rates"
                    )
                self.newest = max(self.newest, offer.date)
            yield component, _listed(sorted(offers, key=_offer_order))

    # -- what one entry says ----------------------------------------------------------------

    def _record(self, kind: type[Record], entry: Entry) -> Any:
        record = validate(kind, entry.data, entry.file, entry.path)
        if isinstance(record, Sourced):
            for name, reference in record.sources.items():
                self._known_source(reference, entry, ("sources", name))
            if not record.sources:
                place = entry.place()
                raise CatalogError(
                    f"{place}: '{record.id}' names no sources", "Add sources: default:"
                )
            for estimate in record.estimated:
                if estimate.split(".")[0] not in kind.model_fields:
                    place = entry.place("estimated")
                    near = nearest(estimate, kind.model_fields)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    raise CatalogError(
                        f"{place}: estimated names no field '{shown(estimate)}'{hint}"
                    )
        elif isinstance(record, Offer | CurrencyRate | CloudRate):
            self._known_source(record.source, entry, ("source",))
        return record

    def _known_source(self, reference: str, entry: Entry, path: Path_) -> None:
        key = reference.split("#", maxsplit=1)[0]
        if key not in self.sources:
            near = nearest(key, self.sources)
            hint = f"Did you mean {near[0]}?" if near else "Define it under sources:"
            place = entry.place(*path)
            raise CatalogError(f"{place}: unknown source '{shown(key)}'", hint)

    # -- what entries say of each other -----------------------------------------------------

    def _check_reference(self, entry: Entry, path: Path_, name: str, kind: str) -> None:
        found = self.kinds.get(name)
        if found == kind or (found is not None and kind == "component"):
            return
        near = nearest(name, [i for i in self.kinds if kind in ("component", self.kinds[i])])
        hint = f"Did you mean {near[0]}?" if near else ""
        place = entry.place(*path)
        raise CatalogError(f"{place}: no {kind} is called '{shown(name)}'", hint)

    def _check_aliases(self, entry: Entry, record: Sourced, taken: dict[str, str]) -> None:
        """One name means one thing: among LLMs, engines, sites, and components."""
        for alias in record.aliases:
            holder = taken.setdefault(alias.lower(), record.id)
            if holder != record.id:
                place = entry.place("aliases")
                raise CatalogError(f"{place}: the alias '{shown(alias)}' also means {holder}")

    def _check_class(self, record: CostClass) -> None:
        """A kind of component is in one cost class."""
        for kind in record.kinds:
            held = self.classes.setdefault(kind, record.id)
            if held != record.id:
                raise CatalogError(
                    f"the kind '{kind}' is in two cost classes: {held} and {record.id}"
                )


def _grouped(entries: Mapping[str, Entry], by: str) -> Iterator[tuple[str, list[Entry]]]:
    """Observations of one thing together, things in the order of their names."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries.values():
        groups.setdefault(str(entry.data.get(by)), []).append(entry)
    return ((key, groups[key]) for key in sorted(groups))


def _listed(records: list[Any]) -> bytes:
    return b"[" + b",".join([text(record) for record in records]) + b"]"


def _offer_order(offer: Offer) -> tuple[str, str, float, str, str]:
    return (offer.date, offer.condition, offer.typical, offer.vendor, offer.source)


def _references(record: Record) -> Iterator[tuple[Path_, str, str]]:
    """(path, name, kind that it must be) of every component that a record names."""
    if isinstance(record, Platform):
        for at, part in enumerate(record.included):
            yield ("included", at, "id"), part.id, "component"
        for at, card in enumerate(record.accelerators or ()):
            yield ("accelerators", at), card, "accelerator"
    elif isinstance(record, Accelerator) and record.bridge is not None:
        yield ("bridge",), record.bridge, "bridge"
    elif isinstance(record, CloudRate):
        yield ("accelerator",), record.accelerator, "accelerator"
    elif isinstance(record, Bridge):
        for at, card in enumerate(record.accelerators):
            yield ("accelerators", at), card, "accelerator"
    elif isinstance(record, Licence):
        for at, card in enumerate(record.included_with):
            yield ("included_with", at), card, "accelerator"


def _check_assumption(entry: Entry, record: Assumption) -> None:
    """An assumption sets something, to a value that it may have."""
    key = record.id
    if key != "duty" and key not in FINANCE_KEYS:
        near = nearest(key, FINANCE_KEYS)
        hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(FINANCE_KEYS)}"
        raise CatalogError(f"{entry.place('id')}: '{shown(key)}' sets nothing", hint)
    try:
        if key == "duty":
            Workload.model_validate({"llm": "any", key: record.default})
        else:
            Finance.model_validate({FINANCE_KEYS[key]: record.default})
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise CatalogError(f"{entry.place('default')}: {key}: {problem}") from None
