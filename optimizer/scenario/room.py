"""The site of a request: one from the catalog by name, changed in places, or written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, shown
from optimizer.scenario import forms, room_forms
from optimizer.scenario.keys import Names, Path, located, read_one, unknown_key
from optimizer.scenario.names import resolve_name
from optimizer.schema.base import Record
from optimizer.schema.site import Circuit, Site

R = TypeVar("R", bound=Record)
DEFAULT_SITE = "server-room"
IEC_VOLTS = (220, 230, 380, 400)
"""Mains voltages of the IEC world, where a breaker carries its rating for hours."""
READ: dict[str, tuple[str, forms.Parser]] = {
    "electricity": ("electricity_usd_per_kwh", forms.electricity),
    "heat_removal": ("heat_removal_w", room_forms.heat_removal),
    "noise_limit": ("noise_limit_dba", room_forms.noise_limit),
    "new_circuits": ("new_circuits", room_forms.new_circuits),
}
"""Key as people write it -> field of the site, and how its value is read."""
OWN_KEYS = ("base", *(key for key in READ if key not in Site.model_fields))
REQUEST_SOURCE = "request"
"""What a field that the request sets names as its source."""


def build_site(plain: Mapping[str, Any], catalog: Catalog, names: Names) -> Site:
    """The site of a request. Raises InputError for unknown names and values out of range."""
    given = plain.get("site", DEFAULT_SITE)
    if isinstance(given, str):
        site = catalog.sites[resolve_name(catalog, "site", given, names, ("site",))]
    else:
        site = _written(given, catalog, names)
    changes: dict[str, Any] = {}
    if "circuits" in plain:
        changes["circuits"] = _circuits(plain["circuits"], site, names, ("circuits",))
    for key, (field, _) in READ.items():
        if key in plain:
            changes[field] = plain[key]
    return _changed(site, changes, names, ()) if changes else site


def _written(given: dict[str, Any], catalog: Catalog, names: Names) -> Site:
    """A site written out in a file: whole, or as changes of ``base``."""
    allowed = (*OWN_KEYS, *Site.model_fields)
    for key in given:
        if key not in allowed:
            raise located(names, ("site", key), unknown_key(key, allowed))
    changes = {key: value for key, value in given.items() if key not in OWN_KEYS}
    for key, (field, parser) in READ.items():
        if given.get(key) is None:
            continue
        path: Path = ("site", key)
        if key != field and field in changes:
            label = names.label(path)
            error = InputError(f"{label} stands beside {field}", "Give one of them")
            raise located(names, path, error)
        changes[field] = read_one(parser, given[key], names, path)
    base = None
    if given.get("base") is not None:
        path = ("site", "base")
        name = read_one(forms.text, given["base"], names, path)
        base = catalog.sites[resolve_name(catalog, "site", name, names, path)]
    if "circuits" in changes:
        path = ("site", "circuits")
        read = read_one(forms.circuits, changes["circuits"], names, path)
        changes["circuits"] = _circuits(read, base, names, path)
    if base is not None:
        return _changed(base, changes, names, ("site",))
    whole = {"id": "custom", "name": "Custom site", "sources": {"default": REQUEST_SOURCE}}
    return _valid(Site, whole | changes, names, ("site",))


def _circuits(given: list[Any], base: Site | None, names: Names, path: Path) -> tuple[Circuit, ...]:
    found = []
    for index, circuit in enumerate(given):
        here = (*path, index)
        volts = circuit.get("volts")
        fields = {"continuous_share": _continuous_share(volts, base)} | circuit
        if ENDS.isdisjoint(circuit):
            fields |= _ends(circuit, base)
        found.append(_valid(Circuit, fields, names, here))
    if len(found) > 32:
        raise located(names, path, InputError(f"{len(found)} circuits are too many", "At most 32"))
    return tuple(found)


ENDS = frozenset({"outlet", "sockets", "outlets_c13", "outlets_c19"})
"""What a circuit may say about what it ends in."""


def _ends(circuit: Mapping[str, Any], base: Site | None) -> dict[str, Any]:
    """Receptacle and strip as on the site's own circuit of this rating, if it has one."""
    rating = (circuit.get("volts"), circuit.get("amps"), circuit.get("phases", 1))
    own = base.circuits if base else ()
    like = next((c for c in own if (c.volts, c.amps, c.phases) == rating), None)
    held = {key: getattr(like, key) for key in sorted(ENDS)} if like else {}
    return {key: value for key, value in held.items() if value is not None}


def _continuous_share(volts: Any, base: Site | None) -> float:
    """As on the site's own circuits of this voltage; else 1.0 at IEC voltages, 0.8 elsewhere."""
    same = [c.continuous_share for c in base.circuits if c.volts == volts] if base else []
    return min(same, default=1.0 if volts in IEC_VOLTS else 0.8)


def _changed(site: Site, changes: dict[str, Any], names: Names, path: Path) -> Site:
    """The site with some fields replaced; they rest on the request, not on the catalog."""
    fields = dict(site.__dict__)
    for key, value in changes.items():
        held = fields.get(key)
        inner = isinstance(held, Record) and isinstance(value, dict)
        fields[key] = {**held.__dict__, **value} if inner else value
    if "sources" not in changes:
        fields["sources"] = {**site.sources, **dict.fromkeys(changes, REQUEST_SOURCE)}
    if "estimated" not in changes:
        fields["estimated"] = tuple(e for e in site.estimated if e.split(".")[0] not in changes)
    return _valid(Site, fields, names, path)


def _valid(kind: type[R], fields: dict[str, Any], names: Names, path: Path) -> R:
    """``fields`` as ``kind``, with the first problem told in the words of the request."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
    where = (*path, *problem["loc"])
    key = ".".join(str(part) for part in problem["loc"])
    label = f"{names.label(path)} {key}".strip()
    if problem["type"] == "extra_forbidden":
        raise located(names, where, unknown_key(key, tuple(kind.model_fields)))
    if problem["type"] == "missing":
        hint = "Add it, or start from a known site with base:" if kind is Site else ""
        raise located(names, where, InputError(f"{label}: missing", hint))
    message = str(problem["msg"])
    message = message[0].lower() + message[1:]
    given = problem["input"]
    shown_input = "" if isinstance(given, dict | list | tuple) else f" (given: {shown(given)})"
    raise located(names, where, InputError(f"{label}: {message}{shown_input}"))
