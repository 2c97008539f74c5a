"""Requests: from a plain mapping or a YAML file to one validated ``Request``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.reader import Located
from optimizer.scenario import keys
from optimizer.scenario.finance import build_finance
from optimizer.scenario.keys import Names, read_plain
from optimizer.scenario.layers import read_layers
from optimizer.scenario.policy import build_policy
from optimizer.scenario.room import build_site
from optimizer.scenario.workload import build_workload
from optimizer.schema.request import Request

FILE_KEYS = ("name", "description", "extends", "expect", "overrides", "scenarios", "sweep")
"""Keys of a file that are not part of the request."""


def build_request(
    plain: Mapping[str, Any], catalog: Catalog, names: Names | None = None
) -> Request:
    """The request that a plain mapping asks for, with every default filled in.

    Keys are those of :mod:`optimizer.scenario.keys`, values any of the friendly forms ("150k",
    "8K", "30A/240V:2"). Flags and YAML files both come through here. Raises InputError.
    """
    names = names or Names()
    read = read_plain(plain, names)
    loads: list[tuple[dict[str, Any], keys.Path]] = [(read, ())]
    if "workloads" in read:
        loads = [(entry, ("workloads", i)) for i, entry in enumerate(read["workloads"])]
    return Request(
        workloads=tuple(build_workload(entry, catalog, names, path) for entry, path in loads),
        site=build_site(read, catalog, names),
        finance=build_finance(read, catalog, names),
        policy=build_policy(read, catalog, names),
        objective=read.get("objective") or ("throughput" if "budget" in read else "tco"),
    )


class FileNames(Names):
    """Values are called by their key, and placed by file, line and column."""

    def __init__(self, file: Located) -> None:
        self._file = file

    def place(self, path: keys.Path) -> str:
        """``file:line:column: ``."""
        return f"{self._file.place(path)}: "


def plain_of(file: Located) -> dict[str, Any]:
    """The part of a file that is its request."""
    return {key: value for key, value in file.data.items() if key not in FILE_KEYS}


def load_request(path: Path, catalog: Catalog) -> Request:
    """The request of a YAML file. Raises InputError naming file, line and column."""
    file = read_layers(path)
    return build_request(plain_of(file), catalog, FileNames(file))
