"""What the buyer accepts: the policy of a request, with names resolved."""

from __future__ import annotations

from typing import Any, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, nearest, unknown_name
from optimizer.scenario.keys import POLICY, Names, located
from optimizer.scenario.names import resolve_name
from optimizer.schema.components import Platform
from optimizer.schema.request import Owned, Policy

POLICY_FIELDS = {"budget": "budget_usd", "max_tco": "max_tco_usd"}
RESOLVED = ("accelerators", "exclude", "engines", "owned")
"""Keys of the policy that name things in the catalog."""


def build_policy(read: dict[str, Any], catalog: Catalog, names: Names) -> Policy:
    """The policy of a request. Raises InputError."""
    fields: dict[str, Any] = {
        POLICY_FIELDS.get(key, key): tuple(read[key]) if isinstance(read[key], list) else read[key]
        for key in POLICY
        if key in read and key not in RESOLVED
    }
    for key, kind in (("accelerators", "accelerator"), ("engines", "engine")):
        if read.get(key):
            found = [resolve_name(catalog, kind, name, names, (key,)) for name in read[key]]
            fields[key] = tuple(dict.fromkeys(found))
    if fields.get("ups_minutes"):
        if fields.get("ups") is False:
            message = f"{names.label(('ups_minutes',))}: asked for, but no supply that bridges them"
            raise located(names, ("ups_minutes",), InputError(message, "Leave out ups: false"))
        fields["ups"] = True
    if read.get("exclude"):
        found = [_excluded(catalog, name, names) for name in read["exclude"]]
        fields["exclude"] = tuple(dict.fromkeys(found))
    if read.get("owned"):
        fields["owned"] = _owned(read["owned"], catalog, names)
    return Policy.model_validate(fields)


def _excluded(catalog: Catalog, name: str, names: Names) -> str:
    """A component, or a kind of platform such as ``turnkey``."""
    kinds = get_args(Platform.model_fields["kind"].annotation)
    if name.lower() in kinds:
        return name.lower()
    try:
        return catalog.resolve("component", name)
    except InputError as error:
        advice = error.advice
        if nearest(name, kinds, 1):
            advice = unknown_name("component", name, [*kinds, *catalog.components]).advice
        message = f"{names.label(('exclude',))}: {error.message}"
        raise located(names, ("exclude",), InputError(message, advice)) from None


def _owned(held: list[dict[str, Any]], catalog: Catalog, names: Names) -> tuple[Owned, ...]:
    found: dict[str, Owned] = {}
    for fields in held:
        part = resolve_name(catalog, "component", fields["id"], names, ("owned",))
        if part in found:
            message = f"{names.label(('owned',))}: {part} stands twice"
            raise located(names, ("owned",), InputError(message, "Give one number for it"))
        found[part] = Owned.model_validate({**fields, "id": part})
    return tuple(found[part] for part in sorted(found))
