"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_text_atomic(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, as :func:`write_bytes_atomic` does. Raises OSError."""
    write_bytes_atomic(path, text.encode("utf-8"))


def write_bytes_atomic(path: Path, content: bytes) -> None:
    """Write through a temporary file in the same directory. Raises OSError."""
    write_chunks_atomic(path, [content])


def write_chunks_atomic(path: Path, chunks: Iterable[bytes], private: bool = False) -> None:
    """Write one after another, as :func:`write_bytes_atomic` does. Raises OSError.

    With ``private`` only the user may read or change the file.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        os.fchmod(handle, 0o600 if private else 0o666 & ~_umask())
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(chunks)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    """The mode bits that new files go without; reading it means setting it for a moment."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
