"""Catalog directories to raw entries; parsed files are kept in a cache keyed by their content."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from optimizer.atomic import write_text_atomic
from optimizer.catalog.compiled import directory as cache_directory
from optimizer.catalog.location import overlay_directory, shipped
from optimizer.catalog.merge import Raw, merge, yaml_files
from optimizer.catalog.names import index, resolve, sections_of
from optimizer.catalog.reader import Located, parse_yaml, read_bytes
from optimizer.errors import CatalogError

CACHE_VERSION = "1"
MAX_KEPT = 20_000_000
"""Bytes of files up to which what they say is kept as parsed, for whoever asks for places."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Catalog directories, each laid over those before it."""

    paths: tuple[Path, ...]

    def digest(self) -> bytes:
        """SHA-256 over the names and bytes of all files. Raises CatalogError, InputError."""
        whole = sha256()
        for folder in self.paths:
            whole.update(f"\n{folder.name}\n".encode())
            for path in yaml_files(folder):
                name, content = read_bytes(path, folder)
                whole.update(f"{name}\0{len(content)}\0".encode() + content)
        return whole.digest()

    def read(self) -> Raw:
        """Their entries, not yet validated. Raises CatalogError naming file, line and column."""
        return merge((folder.name, _read(folder)) for folder in self.paths)


def folders(overlays: Sequence[Path] = (), builtin: bool = True) -> Folders:
    """The shipped catalog with ``overlays`` laid over it. Raises CatalogError for none at all."""
    laid_over = [overlay_directory(Path(o)) for o in overlays]
    found = ([shipped("catalog")] if builtin else []) + laid_over
    if not found:
        raise CatalogError("no catalog", "Give --catalog DIR, or leave the shipped one in")
    return Folders(tuple(found))


def read_raw(overlays: Sequence[Path] = (), builtin: bool = True) -> Raw:
    """The entries of the shipped catalog with ``overlays`` laid over it, not yet validated.

    Raises CatalogError naming file, line and column.
    """
    return folders(overlays, builtin).read()


def resolve_raw(raw: Raw, kind: str, name: str) -> str:
    """The id that a name stands for among raw entries. Raises InputError."""
    entries = (e.data for section in sections_of(kind) for e in raw.named[section].values())
    return resolve(kind, name, index(entries))


def _read(directory: Path) -> list[Located]:
    """All files of a directory; parsed data is kept in a cache keyed by the files' content."""
    files = yaml_files(directory)
    contents = [(path, *read_bytes(path, directory)) for path in files]
    digest = sha256(CACHE_VERSION.encode())
    for _, name, content in contents:
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    cache = cache_directory() / f"catalog-{digest.hexdigest()[:32]}.json"
    held = _load_cache(cache)
    if held is not None and [h[0] for h in held] == [name for _, name, _ in contents]:
        return [
            Located(name, data, content=content)
            for (_, name, content), (_, data) in zip(contents, held, strict=True)
        ]
    read = [parse_yaml(content, name) for _, name, content in contents]
    if sum(len(content) for _, _, content in contents) <= MAX_KEPT:
        _save_cache(cache, [(file.name, file.data) for file in read])
    return read


def _load_cache(path: Path) -> list[Any] | None:
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    well_formed = isinstance(held, list) and all(
        isinstance(h, list) and len(h) == 2 and isinstance(h[0], str) for h in held
    )
    return held if well_formed else None


def _save_cache(path: Path, data: list[tuple[str, Any]]) -> None:
    """Best effort: a read-only home costs time, never an answer."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in sorted(path.parent.glob("catalog-*.json"), key=lambda p: p.stat().st_mtime)[:-8]:
            old.unlink(missing_ok=True)
        write_text_atomic(path, json.dumps(data, separators=(",", ":")))
    except (OSError, RuntimeError):
        return
