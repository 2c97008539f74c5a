"""A validated catalog on disk, so that the next process neither parses nor validates it.

One file: a line of JSON (what there is and where), then one JSON text per entry, read when asked
for. It is found by a hash over every byte of the catalog's files and over the program's own types,
so it is never stale; it is written in one piece under its final name, so processes may share it; it
holds plain data only and is taken only from a directory and a file that nobody but the user can
write. Deleting it costs time, never an answer.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from optimizer.atomic import write_bytes_atomic
from optimizer.catalog.location import PACKAGE

V = TypeVar("V")
FORMAT = "2"
KEPT = 6
"""Compiled catalogs kept: the newest by use."""
HELD = 50_000
"""Entries kept in memory per section; more are read again when asked for again."""


class Lazy(Mapping[str, V]):
    """Entries by id, each made from its text when first asked for."""

    def __init__(self, body: bytes, ids: list[str], ends: list[int], make: Callable[[Any], V]):
        self._body, self._make = body, make
        self._spans = dict(zip(ids, zip([0, *ends], ends, strict=False), strict=True))
        self._held: dict[str, V] = {}

    def __getitem__(self, key: str) -> V:
        held = self._held.get(key)
        if held is None:
            begin, end = self._spans[key]
            if len(self._held) >= HELD:
                self._held.clear()
            held = self._held[key] = self._make(json.loads(self._body[begin:end]))
        return held

    def __contains__(self, key: object) -> bool:
        return key in self._spans

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


def directory() -> Path:
    """Where the user's caches lie."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "llm-build-optimizer"


@cache
def program() -> bytes:
    """What tells this state of the program's types and readers from another."""
    digest = sha256(FORMAT.encode())
    for folder in ("schema", "catalog"):
        for path in sorted((PACKAGE / folder).glob("*.py")):
            seen = path.stat()
            digest.update(f"{path.name}\0{seen.st_size}\0{seen.st_mtime_ns}\0".encode())
    return digest.digest()


def path_of(digest: bytes) -> Path:
    """The file for a catalog whose files hash to ``digest``."""
    return directory() / f"compiled-{sha256(program() + digest).hexdigest()[:40]}.json"


def load(path: Path, makers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any] | None:
    """The facts of a compiled catalog, with a mapping for each section; None when there is none.

    ``makers`` turn the data of an entry into the entry, by section.
    """
    try:
        if not _only_mine(path.parent) or not _only_mine(path):
            return None
        content = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    line, _, body = content.partition(b"\n")
    try:
        head = json.loads(line)
        if head["format"] != FORMAT or [len(body), crc32(body)] != head["body"]:
            return None
        sections = {}
        for name, (start, size, ids, ends) in head["sections"].items():
            sections[name] = Lazy(body[start : start + size], ids, ends, makers[name])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return {**head["facts"], **sections}


def save(
    path: Path, facts: Mapping[str, Any], sections: Mapping[str, Iterable[tuple[str, Any]]]
) -> None:
    """Best effort: a read-only home costs time, never an answer."""
    parts: list[bytes] = []
    index: dict[str, Any] = {}
    start = 0
    for name, entries in sections.items():
        ids, ends, size = [], [], 0
        for key, data in entries:
            text = json.dumps(data, separators=(",", ":")).encode()
            size += len(text)
            ids.append(key)
            ends.append(size)
            parts.append(text)
        index[name] = (start, size, ids, ends)
        start += size
    body = b"".join(parts)
    head = {
        "format": FORMAT,
        "body": [len(body), crc32(body)],
        "facts": facts,
        "sections": index,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _only_mine(path.parent):
            path.parent.chmod(0o700)  # refused where it is somebody else's
        line = json.dumps(head, separators=(",", ":")).encode()
        write_bytes_atomic(path, line + b"\n" + body, private=True)
        old = sorted(path.parent.glob("compiled-*.json"), key=lambda p: p.stat().st_mtime)
        for other in old[:-KEPT]:
            other.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return


def _only_mine(path: Path) -> bool:
    """Whether nobody else can change what stands here. Raises OSError where there is nothing."""
    seen = path.stat()
    mine = not hasattr(os, "getuid") or seen.st_uid == os.getuid()
    return mine and not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
