"""The small catalog of the command line's tests, and a solve that asks for nothing but a proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.schema.request import Request
from optimizer.solve.run import SolveOptions, solve

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = ROOT / "tests" / "cli" / "catalog" / "small.yaml"
SHARED = ("calibrations/serving.yaml", "sources/calibrations.yaml")
"""The constants of the speed model are the shipped ones."""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Two cards and one workstation that has all else inside."""
    folder = tmp_path_factory.mktemp("small-catalog")
    copy(SMALL, folder)
    for name in SHARED:
        copy(ROOT / "catalog" / name, folder / name.replace("/", "-"))
    return load_catalog((folder,), builtin=False)


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    """The catalog that people get."""
    return load_catalog(())


Status = Callable[[Request, Catalog], str]


@pytest.fixture(scope="session")
def status() -> Status:
    """``status(request, catalog)``: how a solve without explanations ends."""

    def of(request: Request, catalog: Catalog) -> str:
        return solve(request, catalog, SolveOptions(explain=False)).status

    return of
