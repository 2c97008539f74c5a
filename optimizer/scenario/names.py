"""How values are called in complaints, and names looked up in the catalog."""

from __future__ import annotations

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.scenario.keys import Names, Path, located


def resolve_name(catalog: Catalog, kind: str, name: str, names: Names, path: Path) -> str:
    """The id that a name stands for, complaints placed. Raises InputError."""
    try:
        return catalog.resolve(kind, name)
    except InputError as error:
        message = f"{names.label(path)}: {error.message}"
        raise located(names, path, InputError(message, error.advice)) from None
