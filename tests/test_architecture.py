"""The floors of the house, read from the imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "optimizer"
FLOORS = (
    ("units", "errors", "atomic", "air"),
    ("schema",),
    ("catalog",),
    ("scenario", "physics", "finance"),
    ("instance",),
    ("model", "verify"),
    ("solve",),
    ("studies", "report"),
    ("cli",),
)
"""Ground first. A module imports from lower floors and from its own package."""
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
GROUND = ("units", "errors", "atomic", "air")
"""Single files on one floor; ``units`` may use ``errors``."""
SOLVER_ROOMS = ("model", "solve")
READERS = ("catalog", "scenario")
MAX_LINES = 400


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The package (or the single file) that a module belongs to; empty for the public API."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted module) of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def neighbours(path: Path) -> Iterator[tuple[int, str]]:
    """(line, room) of every import of this program."""
    for line, name in imported(path):
        parts = name.split(".")
        if parts[0] == "optimizer" and len(parts) > 1:
            yield line, parts[1]


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(p) for p in modules()} - {""}
    assert rooms == set(LEVEL)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    here = room_of(path)
    if not here:
        return  # the public API stands on top
    for line, there in neighbours(path):
        place = f"{path.relative_to(ROOT)}:{line}: {here} imports {there}"
        if there not in LEVEL:
            assert here == "cli", f"{place}: only the command line may use the public API"
            continue
        if there == here or (here in GROUND and there in GROUND):
            continue
        assert LEVEL[there] < LEVEL[here], place


def test_ground_floor_has_no_circles() -> None:
    """``errors`` and ``atomic`` stand alone."""
    for name in ("errors", "atomic"):
        assert not list(neighbours(PACKAGE / f"{name}.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_model_and_solve_see_the_solver(path: Path) -> None:
    names = [name for _, name in imported(path) if name.split(".")[0] == "ortools"]
    assert not names or room_of(path) in SOLVER_ROOMS


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_catalog_and_scenario_parse_yaml(path: Path) -> None:
    names = [name for _, name in imported(path) if name.split(".")[0] == "yaml"]
    assert not names or room_of(path) in READERS


def test_ortools_has_one_door() -> None:
    """One adapter, so that a new version of the solver touches one file."""
    doors = [
        str(p.relative_to(PACKAGE))
        for p in modules()
        if any(name.split(".")[0] == "ortools" for _, name in imported(p))
    ]
    assert doors == ["solve/engine.py"]


def test_the_twin_does_not_know_the_model() -> None:
    for path in (PACKAGE / "verify").rglob("*.py"):
        assert "model" not in {room for _, room in neighbours(path)}


def sources() -> list[Path]:
    return [*modules(), *sorted((ROOT / "tests").rglob("*.py"))]


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_LINES
