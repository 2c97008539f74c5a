"""The header of a GGUF file: key-values, and names and shapes of its tensors; never the weights.

Source: the GGUF specification of ggml (versions 2 and 3, little-endian). Every length is checked
against a bound and against what is left of the file before anything is read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from optimizer.errors import InputError, shown

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_KEYS = 4_096
MAX_TENSORS = 100_000
MAX_STRING = 4_000_000
MAX_ARRAY = 4_000_000
KEPT_ARRAY = 4_096
"""Longer arrays, and arrays of text, are counted and passed over."""
STRING, ARRAY = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}
SCALARS[12] = "d"


@dataclass(frozen=True, slots=True)
class Counted:
    """An array that was passed over: only its length is kept."""

    length: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Key-values; and the shape of each tensor, empty where the file ends before them."""

    name: str
    version: int
    values: dict[str, Any]
    tensors: dict[str, tuple[int, ...]]


class _Stream:
    """Bytes of a file, never more than it has."""

    def __init__(self, handle: BinaryIO, name: str, size: int) -> None:
        self._handle, self._name, self._left = handle, name, size

    def refuse(self, problem: str) -> InputError:
        return InputError(f"{self._name}: {problem}", "Is it a whole GGUF file?")

    def take(self, count: int) -> bytes:
        if count > self._left:
            raise self.refuse("the file ends inside its header")
        self._left -= count
        data = self._handle.read(count)
        if len(data) != count:
            raise self.refuse("the file ends inside its header")
        return data

    def skip(self, count: int) -> None:
        if count > self._left:
            raise self.refuse("the file ends inside its header")
        self._left -= count
        self._handle.seek(count, 1)

    def number(self, form: str) -> Any:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]

    def text(self, most: int = MAX_STRING) -> str:
        length = self.number("Q")
        if length > most:
            raise self.refuse(f"a text of {length:,} bytes in the header")
        return self.take(length).decode("utf-8", "replace")


def read_gguf(path: Path) -> GgufHeader:
    """Read the header of a file. Raises InputError for anything that is not a sound GGUF header."""
    name = shown(path.name or str(path))
    try:
        if not path.is_file():
            raise InputError(f"{shown(str(path))}: no such file, or not a plain file")
        with path.open("rb") as handle:
            return _read(_Stream(handle, name, path.stat().st_size), name)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {shown(str(path))}: {shown(reason)}") from None


def _read(stream: _Stream, name: str) -> GgufHeader:
    if stream.take(4) != MAGIC:
        raise stream.refuse("not a GGUF file")
    version = stream.number("I")
    if version not in VERSIONS:
        raise stream.refuse(f"GGUF version {version} is not supported (2 and 3 are)")
    tensor_count, key_count = stream.number("Q"), stream.number("Q")
    if key_count > MAX_KEYS or tensor_count > MAX_TENSORS:
        raise stream.refuse(f"{key_count:,} keys and {tensor_count:,} tensors are too many")
    values: dict[str, Any] = {}
    for _ in range(key_count):
        key = stream.text(65_535)
        if key in values:
            raise stream.refuse(f"the key '{shown(key)}' stands twice")
        values[key] = _value(stream, stream.number("I"))
    return GgufHeader(name, version, values, _tensors(stream, tensor_count))


def _value(stream: _Stream, kind: int) -> Any:
    if kind in SCALARS:
        return stream.number(SCALARS[kind])
    if kind == STRING:
        return stream.text()
    if kind == ARRAY:
        return _array(stream)
    raise stream.refuse(f"a value of the unknown type {kind}")


def _array(stream: _Stream) -> list[Any] | Counted:
    kind, length = stream.number("I"), stream.number("Q")
    if length > MAX_ARRAY:
        raise stream.refuse(f"an array of {length:,} items")
    if kind == STRING:
        for _ in range(length):
            size = stream.number("Q")
            if size > MAX_STRING:
                raise stream.refuse(f"a text of {size:,} bytes in the header")
            stream.skip(size)
        return Counted(length)
    if kind not in SCALARS:
        raise stream.refuse(f"an array of the type {kind}")
    if length > KEPT_ARRAY:
        stream.skip(length * struct.calcsize(f"<{SCALARS[kind]}"))
        return Counted(length)
    return [stream.number(SCALARS[kind]) for _ in range(length)]


def _tensors(stream: _Stream, count: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes; none at all where the file was cut off before them."""
    found: dict[str, tuple[int, ...]] = {}
    try:
        for _ in range(count):
            name = stream.text(1_024)
            dimensions = stream.number("I")
            if dimensions > 8:
                raise stream.refuse(f"a tensor of {dimensions} dimensions")
            found[name] = tuple(stream.number("Q") for _ in range(dimensions))
            stream.skip(12)  # type and offset
    except InputError as error:
        if "ends inside" in error.message:
            return {}
        raise
    return found
