"""Scenario files: a request in YAML, and what is expected of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.reader import read_yaml
from optimizer.catalog.validation import validate
from optimizer.scenario import forms
from optimizer.scenario.expect import Expect
from optimizer.scenario.request import FileNames, build_request, plain_of
from optimizer.schema.request import Request


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
    request = build_request(plain_of(file), catalog, FileNames(file))
    expect = file.data.get("expect")
    label = file.data.get("name") or path.stem
    return Scenario(
        name=forms.text(label, f"{file.place(('name',))}: name"),
        description=str(file.data.get("description") or ""),
        request=request,
        expect=validate(Expect, {} if expect is None else expect, file, ("expect",)),
    )
