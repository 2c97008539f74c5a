"""A validated catalog on disk, so that the next process neither parses nor validates it.

One file: a line of JSON (what there is and where), then one JSON text per entry, read when asked
for; of a large file only what is asked for is ever in memory. It is found by a hash over every byte
of the catalog's files and over the program's own types, so it is never stale; it is written in one
piece under its final name, so processes may share it; it holds plain data only and is taken only
from a directory and a file that nobody but the user can write. Deleting it costs time, never an
answer.
"""

from __future__ import annotations

import json
import os
import stat
import weakref
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from itertools import accumulate, chain
from pathlib import Path
from typing import IO, Any, Generic, TypeVar
from zlib import crc32

from pydantic_core import from_json

from optimizer.atomic import write_chunks_atomic
from optimizer.catalog.location import PACKAGE

V = TypeVar("V")
FORMAT = "3"
KEPT = 6
"""Compiled catalogs kept: the newest by use."""
HELD = 150_000
"""Entries kept in memory per section; more are read again when asked for again."""
FEW_HELD = {"offers": 1_000}
"""Of sections that are gone through once, when parts are priced."""
WHOLE = 32_000_000
"""Bytes of entries up to which they are read at once; of more, windows."""
WINDOW = 65_536


class OnDisk:
    """A file that stays open. It may be replaced meanwhile: what was opened stays what it was."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.number = os.dup(stream.fileno())
        weakref.finalize(self, os.close, self.number)


class Window:
    """Bytes of a file from ``start`` on, of which a part is in memory.

    Entries that are asked for in their order are so read many at once.
    """

    def __init__(self, file: OnDisk, start: int) -> None:
        self._file, self._start = file, start
        self._held = (0, b"")

    def __getitem__(self, span: slice) -> bytes:
        begin, held = self._held
        if not begin <= span.start <= span.stop <= begin + len(held):
            begin, size = span.start, max(WINDOW, span.stop - span.start)
            held = os.pread(self._file.number, size, self._start + begin)
            self._held = (begin, held)
        return held[span.start - begin : span.stop - begin]


Body = bytes | bytearray | Window


class Lazy(Mapping[str, V], Generic[V]):
    """Entries by id, each made from its text when first asked for."""

    def __init__(
        self,
        body: Body,
        ids: Iterable[str],
        ends: Iterable[int],
        make: Callable[[Any], V],
        start: int = 0,
        most: int | None = None,
    ):
        self._body, self._make = body, make
        self._numbers = {key: number for number, key in enumerate(ids)}
        self._ends = array("q", [start, *ends])
        self._held: dict[str, V] = {}
        self._most = HELD if most is None else most

    def text(self, key: str) -> bytes:
        """The JSON text of an entry."""
        number = self._numbers[key]
        return bytes(self._body[self._ends[number] : self._ends[number + 1]])

    def __getitem__(self, key: str) -> V:
        held = self._held.get(key)
        if held is None:
            held = self._make(from_json(self.text(key)))  # equal texts become one object
            if len(self._held) >= self._most:
                self._held.clear()
            self._held[key] = held
        return held

    def __contains__(self, key: object) -> bool:
        return key in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def pack(entries: Iterable[tuple[str, bytes]], make: Callable[[Any], V]) -> Lazy[V]:
    """Entries by id, held as their texts: a tenth of what they take as objects."""
    body, ids, ends = bytearray(), [], array("q")
    for key, text in entries:
        body += text
        ids.append(key)
        ends.append(len(body))
    return Lazy(body, ids, ends, make)


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
        with path.open("rb") as stream:
            line = stream.readline()
            seen, body = _body(stream)
        os.utime(path)
    except OSError:
        return None
    try:
        head = json.loads(line)
        if head["format"] != FORMAT or seen != head["body"]:
            return None
        sections, first = {}, 0
        for name, (ids, sizes) in head["sections"].items():
            ends = array("q", accumulate(sizes, initial=first))
            few = FEW_HELD.get(name)
            sections[name] = Lazy(body(), ids, ends[1:], makers[name], first, few)
            first = ends[-1]
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    return {**head["facts"], **sections}


def _body(stream: IO[bytes]) -> tuple[list[int], Callable[[], Body]]:
    """Length and checksum of what follows; what gives it, to each section its own if it is long."""
    start = stream.tell()
    if os.fstat(stream.fileno()).st_size - start <= WHOLE:
        content = stream.read()
        return [len(content), crc32(content)], lambda: content
    size = checksum = 0
    while chunk := stream.read(WINDOW):
        size, checksum = size + len(chunk), crc32(chunk, checksum)
    file = OnDisk(stream)
    return [size, checksum], lambda: Window(file, start)


def save(path: Path, held: Mapping[str, Any], facts: Collection[str]) -> None:
    """Keep ``held``: its ``facts`` are plain data, the rest is sections.

    Best effort: a read-only home costs time, never an answer.
    """
    sections: dict[str, Lazy[Any]] = {k: v for k, v in held.items() if k not in facts}
    index: dict[str, Any] = {}
    size = checksum = 0
    for name, entries in sections.items():
        sizes = []
        for key in entries:
            text = entries.text(key)
            sizes.append(len(text))
            size, checksum = size + len(text), crc32(text, checksum)
        index[name] = (list(entries), sizes)
    head = {
        "format": FORMAT,
        "body": [size, checksum],
        "facts": {name: held[name] for name in facts},
        "sections": index,
    }
    texts = (entries.text(key) for entries in sections.values() for key in entries)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _only_mine(path.parent):
            path.parent.chmod(0o700)  # refused where it is somebody else's
        line = json.dumps(head, separators=(",", ":")).encode() + b"\n"
        write_chunks_atomic(path, chain([line], texts), private=True)
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
