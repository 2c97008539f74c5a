"""Requests: from a plain mapping or a YAML file to one validated ``Request``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.reader import Located
from optimizer.errors import InputError
from optimizer.scenario import keys
from optimizer.scenario.finance import build_finance
from optimizer.scenario.keys import Names, located, read_plain
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
    request = Request(
        workloads=tuple(build_workload(entry, catalog, names, path) for entry, path in loads),
        site=build_site(read, catalog, names),
        finance=build_finance(read, catalog, names),
        policy=build_policy(read, catalog, names),
        objective=read.get("objective") or ("throughput" if "budget" in read else "tco"),
    )
    _check_feeds(request, names)
    return request


def _check_feeds(request: Request, names: Names) -> None:
    """A feed can only be lost where there are two. Raises InputError."""
    feeds: dict[int, set[str | None]] = {}
    for circuit in request.site.circuits:
        feeds.setdefault(circuit.volts, set()).add(circuit.feed)
    two = any({"a", "b"} <= found for found in feeds.values())
    if request.policy.psu_redundancy == "2n" and not two:
        error = InputError(
            f"{names.label(('psu_redundancy',))}: 2n needs circuits of one voltage on two feeds,"
            f" and the site {request.site.id} names none",
            "Name them: --circuit 30A/240V@a,30A/240V@b, or feed: a and feed: b in a file",
        )
        raise located(names, ("psu_redundancy",), error)


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
