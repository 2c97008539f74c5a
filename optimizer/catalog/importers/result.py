"""What an import makes, and how it reaches a catalog directory: checked first, whole or not."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.atomic import write_text_atomic
from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.importers.yaml_text import document
from optimizer.errors import CatalogError, InputError, shown

MAX_SLUG = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """Sections of a catalog file, what was left out and why, and what to know about the rest."""

    file: str
    comment: str
    sections: Mapping[str, Any]
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """The catalog file."""
        return document(self.sections, self.comment)

    def counts(self) -> dict[str, int]:
        """Entries by section."""
        return {section: len(entries) for section, entries in self.sections.items()}


def slug(text: str) -> str:
    """A text as an id: lower case, hyphens, nothing else that needs quotes."""
    made = re.sub(r"[^a-z0-9.+_]+", "-", text.lower()).strip("-._+")
    return made[:MAX_SLUG].rstrip("-._+") or "unnamed"


def check_import(
    imported: Imported,
    directory: Path | None,
    overlays: Sequence[Path] = (),
    builtin: bool = True,
) -> Catalog:
    """The catalog with the import in it, before anything is written. Raises CatalogError.

    The import is laid over ``overlays`` together with what ``directory`` already holds.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / (directory.name if directory and directory.name else "import")
        root.mkdir()
        for path in _present(directory):
            target = root / path.relative_to(directory or path.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        (root / imported.file).write_text(imported.text(), encoding="utf-8")
        return load_catalog([*overlays, root], builtin=builtin)


def _present(directory: Path | None) -> list[Path]:
    if directory is None or not directory.is_dir():
        return []
    found = sorted(p for p in directory.rglob("*") if p.suffix in (".yaml", ".yml"))
    for path in found:
        if path.is_symlink() or not path.is_file():
            raise CatalogError(f"{shown(str(path))}: not a plain file", "Take it out first")
    return found


def target_file(imported: Imported, directory: Path, force: bool) -> Path:
    """Where the import goes. Raises InputError when it must not go there."""
    target = directory / imported.file
    if directory.exists() and not directory.is_dir():
        raise InputError(f"--output: {shown(str(directory))} is not a directory")
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise InputError(f"--output: {shown(str(target))} is not a plain file")
    if target.exists() and not force:
        raise InputError(
            f"--output: {shown(str(target))} exists already", "Give --force to replace it"
        )
    return target


def write_import(imported: Imported, target: Path) -> None:
    """Write the catalog file whole or not at all. Raises InputError."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomic(target, imported.text())
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {shown(str(target))}: {reason}") from None
