"""Where the shipped data lies: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

from optimizer.errors import InputError

PACKAGE = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """The directory ``catalog`` or ``scenarios`` that came with this installation.

    Raises InputError when the installation lacks it.
    """
    for root in (PACKAGE / "_data", PACKAGE.parent):
        if (root / folder).is_dir():
            return root / folder
    raise InputError(f"this installation has no {folder}", "Install the package again")
