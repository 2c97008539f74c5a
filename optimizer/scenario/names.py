"""How names are looked up, with complaints called and placed by where the name stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from optimizer.errors import InputError
from optimizer.scenario.keys import Names, Path, located

if TYPE_CHECKING:
    from optimizer.catalog.catalog import Catalog

Resolve = Callable[[str, str], str]
"""(kind, name) -> id; raises InputError."""
NAMED_KEYS = (("model", "llm"), ("site", "site"), ("accelerators", "accelerator"))
"""Keys of a request whose values are names, and the kind that they name."""


def resolve_name(catalog: Catalog, kind: str, name: str, names: Names, path: Path) -> str:
    """The id that a name stands for, complaints placed. Raises InputError."""
    return _placed(catalog.resolve, kind, name, names, path)


def check_names(read: Mapping[str, Any], resolve: Resolve, names: Names) -> None:
    """Raise InputError for a misspelt model, site or accelerator, before anything costs time."""
    for key, kind in NAMED_KEYS:
        value = read.get(key)
        for name in value if isinstance(value, list | tuple) else [value]:
            if isinstance(name, str):
                _placed(resolve, kind, name, names, (key,))


def _placed(resolve: Resolve, kind: str, name: str, names: Names, path: Path) -> str:
    try:
        return resolve(kind, name)
    except InputError as error:
        message = f"{names.label(path)}: {error.message}"
        raise located(names, path, InputError(message, error.advice)) from None
