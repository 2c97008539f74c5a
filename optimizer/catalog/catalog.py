"""The catalog: everything an answer may choose from, validated as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

from optimizer.catalog import compiled, stored
from optimizer.catalog.merge import Change, Raw
from optimizer.catalog.names import index, resolve
from optimizer.catalog.raw import folders, resolve_raw
from optimizer.catalog.sections import NAMED_SECTIONS
from optimizer.errors import CatalogError
from optimizer.schema.assumptions import Assumption, CostClass, Licence
from optimizer.schema.base import Source, Sourced
from optimizer.schema.calibration import Calibration
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.offer import CloudRate, CurrencyRate, Offer
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
        catalog = Catalog(**stored.fields(held), raw_of=raw_of)
        if check is not None:
            check(catalog.resolve)
        return catalog
    raw = files.read()
    if check is not None:
        check(lambda kind, name: resolve_raw(raw, kind, name))
    # Validating takes modules that a catalog from the cache needs not import.
    held = import_module("optimizer.catalog.assembly").assemble(raw)
    compiled.save(path, held, stored.FACTS)
    return Catalog(**stored.fields(held), raw_of=raw_of)
