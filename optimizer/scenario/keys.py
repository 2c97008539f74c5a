"""The keys of a request as people write it, and the form of each value.

Flags and YAML files both become a plain mapping with these keys; :func:`read_plain` checks names
and forms without the catalog, so that a typo costs no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from optimizer.errors import InputError, nearest, shown
from optimizer.scenario import forms, room_forms
from optimizer.scenario.forms import Parser

Path = tuple[str | int, ...]


class Names:
    """How complaints name a value: by its dotted key. Flags and files name it their own way."""

    def label(self, path: Path) -> str:
        """What to call the value at ``path``."""
        return ".".join(str(part) for part in path)

    def place(self, path: Path) -> str:
        """Where it stands, as a prefix of the message; empty when that says nothing."""
        return ""


def located(names: Names, path: Path, error: InputError) -> InputError:
    """The same complaint with its place in front."""
    return type(error)(names.place(path) + error.message, error.advice)


def _schema(name: str) -> Callable[[], tuple[str, ...]]:
    """Allowed words of a literal type; the schema is imported only when they are needed."""

    def words() -> tuple[str, ...]:
        from optimizer.schema import base, request  # noqa: PLC0415 (see above)

        literal = getattr(base, name, None) or getattr(request, name)
        return tuple(get_args(literal))

    return words


TARGETS: dict[str, Parser] = {
    "min_tok_s": forms.real(0, 1e9, "tok/s", above=True),
    "min_tok_s_per_user": forms.real(0, 1e6, "tok/s", above=True),
    "max_ttft_s": forms.real(0, 1e6, "seconds", above=True),
}
WORKLOAD: dict[str, Parser] = {
    "model": forms.text,
    "context": forms.tokens,
    "concurrency": forms.whole(1, 100_000),
    "input_tokens": forms.tokens,
    "output_tokens": forms.tokens,
    "weights": forms.formats(forms.WEIGHTS, forms.WEIGHT_WORDS),
    "kv": forms.formats(forms.KV, forms.KV_WORDS),
    "duty": forms.portion(0.001),
}
FINANCE: dict[str, Parser] = {
    "horizon": forms.years,
    "price_point": forms.choice(_schema("PricePoint")),
    "prices_as_of": forms.day,
    "discount_rate": forms.portion(),
    "electricity_escalation": forms.portion(-0.5),
    "sales_tax": forms.portion(),
    "shipping": forms.portion(),
    "import_duty": forms.portion(),
    "home_currency": forms.choice(_schema("Currency")),
    "installation": forms.money,
    "spares": forms.portion(),
    "service_escalation": forms.portion(-0.5),
    "failure_growth": forms.portion(),
    "licences": forms.many(forms.text),
    "staff": forms.money,
    "decommissioning": forms.money,
    "financing": forms.choice(lambda: ("cash", "loan", "lease")),
    "loan_rate": forms.portion(),
    "loan_years": forms.years,
    "loan_share": forms.portion(),
    "lease_per_month": forms.portion(0.0001),
    "price_correlation": forms.portion(),
}
POLICY: dict[str, Parser] = {
    "budget": forms.money,
    "max_tco": forms.money,
    "conditions": forms.many(forms.choice(_schema("Condition")), empty=False),
    "accelerators": forms.many(forms.text),
    "exclude": forms.many(forms.text),
    "engines": forms.many(forms.text, empty=False),
    "speed_basis": forms.choice(lambda: ("calibrated", "roofline")),
    "price_ground": forms.choice(lambda: ("published", "estimated")),
    "max_price_age_months": forms.whole(1, 600),
    "max_nodes": forms.whole(1, 64),
    "memory_per_vram": forms.memory_per_vram,
    "storage_per_weights": forms.real(0, 100),
    "storage_base_gb": forms.whole(0, 100_000),
    "psu_headroom": forms.portion(),
    "psu_redundancy": forms.choice(_schema("Redundancy")),
    "power_cap": forms.power_cap,
    "ups": forms.flag,
    "ups_minutes": forms.real(0, 1440, "minutes"),
    "owned": forms.owned,
}
SITE: dict[str, Parser] = {
    "circuits": forms.circuits,
    "electricity": forms.electricity,
    "heat_removal": room_forms.heat_removal,
    "noise_limit": room_forms.noise_limit,
    "new_circuits": room_forms.new_circuits,
}
OBJECTIVE: dict[str, Parser] = {"objective": forms.choice(_schema("ObjectiveName"))}
TOP: dict[str, Parser] = {**WORKLOAD, **FINANCE, **POLICY, **SITE, **OBJECTIVE}
MAPPINGS = ("targets", "workloads", "site")
"""Keys whose values hold keys of their own."""


def read_plain(plain: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The same mapping with canonical values; a ``null`` is a key not given.

    Raises InputError for an unknown key, a value of the wrong form, or a key given twice over.
    """
    found = _read(plain, TOP, names, (), MAPPINGS)
    if plain.get("targets") is not None:
        found["targets"] = _mapping(plain["targets"], TARGETS, names, ("targets",))
    if plain.get("workloads") is not None:
        found["workloads"] = _workloads(plain, names)
    site = plain.get("site")
    if isinstance(site, dict):
        found["site"] = site
    elif site is not None:
        found["site"] = read_one(forms.text, site, names, ("site",))
    return found


def _workloads(plain: Mapping[str, Any], names: Names) -> list[dict[str, Any]]:
    path: Path = ("workloads",)
    entries = plain["workloads"]
    if not isinstance(entries, list) or not 1 <= len(entries) <= 8:
        error = InputError("workloads: expected a list of 1 to 8 workloads", "Start each with '-'")
        raise located(names, path, error)
    for key in (*WORKLOAD, "targets"):
        if plain.get(key) is not None:
            error = InputError(
                f"{names.label((key,))} stands beside workloads", "Put it inside each workload"
            )
            raise located(names, (key,), error)
    found = []
    for index, entry in enumerate(entries):
        inner = (*path, index)
        read = _mapping(entry, WORKLOAD, names, inner, ("targets",))
        if entry.get("targets") is not None:
            read["targets"] = _mapping(entry["targets"], TARGETS, names, (*inner, "targets"))
        found.append(read)
    return found


def _mapping(
    value: Any, keys: Mapping[str, Parser], names: Names, path: Path, nested: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(value, dict):
        error = InputError(
            f"{names.label(path)}: expected keys and values", f"Allowed: {', '.join(keys)}"
        )
        raise located(names, path, error)
    return _read(value, keys, names, path, nested)


def _read(
    plain: Mapping[str, Any],
    keys: Mapping[str, Parser],
    names: Names,
    path: Path,
    nested: tuple[str, ...],
) -> dict[str, Any]:
    found = {}
    for key, value in plain.items():
        if key in nested:
            continue
        if key not in keys:
            raise located(names, (*path, key), unknown_key(key, (*keys, *nested)))
        if value is not None:
            found[key] = read_one(keys[key], value, names, (*path, key))
    return found


def read_one(parser: Parser, value: Any, names: Names, path: Path) -> Any:
    """One value in canonical form, complaints placed."""
    try:
        return parser(value, names.label(path))
    except InputError as error:
        raise located(names, path, error) from None


def unknown_key(key: str, allowed: tuple[str, ...]) -> InputError:
    """The complaint about a key that nothing has, with the nearest ones."""
    near = nearest(str(key), allowed)
    hint = f"Did you mean {', '.join(near)}?" if near else f"Allowed: {', '.join(allowed)}"
    return InputError(f"unknown key '{shown(key)}'", hint)
