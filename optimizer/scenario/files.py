"""Scenario files: a request in YAML, and what is expected of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.reader import Located, read_yaml
from optimizer.catalog.validation import validate
from optimizer.errors import CatalogError
from optimizer.scenario import forms, keys
from optimizer.scenario.expect import Expect
from optimizer.scenario.request import build_request
from optimizer.schema.request import Request

FILE_KEYS = ("name", "description", "expect")
"""Keys of a file that are not part of the request."""


class FileNames(keys.Names):
    """Values are named by their key, and placed by file, line and column."""

    def __init__(self, file: Located) -> None:
        self._file = file

    def place(self, path: keys.Path) -> str:
        """``file:line:column: ``."""
        return f"{self._file.place(path)}: "


@dataclass(frozen=True, slots=True)
class Scenario:
    """A file read: its request, and its expectations (empty when it states none)."""

    name: str
    description: str
    request: Request
    expect: Expect


def load_scenario(path: Path, catalog: Catalog) -> Scenario:
    """Read a scenario file. Raises InputError naming file, line and column."""
    file = read_yaml(path)
    if not isinstance(file.data, dict):
        raise CatalogError(
            f"{file.place(())}: expected keys and values", "Begin with model: llama-405b"
        )
    plain: dict[str, Any] = {k: v for k, v in file.data.items() if k not in FILE_KEYS}
    expect = validate(Expect, file.data.get("expect") or {}, file, ("expect",))
    label = file.data.get("name") or path.stem
    return Scenario(
        name=forms.text(label, f"{file.place(('name',))}: name"),
        description=str(file.data.get("description") or ""),
        request=build_request(plain, catalog, FileNames(file)),
        expect=expect,
    )


def load_request(path: Path, catalog: Catalog) -> Request:
    """The request of a YAML file. Raises InputError naming file, line and column."""
    return load_scenario(path, catalog).request
