"""Where the shipped data lies: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimizer.errors import CatalogError, InputError, nearest, shown

PACKAGE = Path(__file__).resolve().parent.parent
OVERLAYS = "overlays"
"""Folder of a catalog that holds catalogs to lay over it, each by its name. It is not part of the
catalog itself."""


def shipped(folder: str) -> Path:
    """The directory ``catalog`` or ``scenarios`` that came with this installation.

    Raises InputError when the installation lacks it.
    """
    for root in (PACKAGE / "_data", PACKAGE.parent):
        if (root / folder).is_dir():
            return root / folder
    raise InputError(f"this installation has no {folder}", "Install the package again")


def shipped_overlays() -> dict[str, Path]:
    """The overlays that came with this installation, by name."""
    folder = shipped("catalog") / OVERLAYS
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {path.name: path for path in found if path.is_dir()}


def overlay_directory(given: Path) -> Path:
    """The directory that ``--catalog`` means: one that exists, else a shipped overlay by name.

    Raises CatalogError naming the nearest overlays.
    """
    if given.exists() or len(given.parts) != 1:
        return given
    overlays = shipped_overlays()
    if given.name in overlays:
        return overlays[given.name]
    raise CatalogError(
        f"no such catalog directory: {shown(str(given))}, and no shipped overlay of that name",
        _advice(given.name, list(overlays)),
    )


def _advice(name: str, overlays: Sequence[str]) -> str:
    near = nearest(name, overlays)
    if near:
        return f"Did you mean {', '.join(near)}?"
    return f"Shipped overlays: {', '.join(overlays)}" if overlays else ""
