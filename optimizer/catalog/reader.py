"""Strict YAML: what a file says, and where it says it.

YAML 1.1 has traps that change data in silence (``no`` is false, ``10:30`` is 630, ``012`` is 10,
the last of two equal keys wins, a dozen aliases expand to billions of nodes). This reader takes the
JSON-like core of YAML 1.2 only and refuses the rest: ``events.py`` builds plain data and an index
of positions from the C parser's events.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from optimizer.errors import MAX_PATH, CatalogError, InputError, shown

MAX_BYTES = 5_000_000
Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Located:
    """Plain data, and the (line, column) of every node by its path.

    Positions are only needed to complain, so there are none until the first question, when the
    file's ``content`` is parsed again.
    """

    name: str
    data: Any
    positions: dict[Path_, tuple[int, int]] | None = None
    content: bytes = b""

    def place(self, path: Path_) -> str:
        """``file:line:column`` of the node at ``path``, or of its nearest ancestor."""
        if self.positions is None:
            self.positions = _events().positions(self.content.decode("utf-8-sig"))
        while path and path not in self.positions:
            path = path[:-1]
        line, column = self.positions.get(path, (1, 1))
        return f"{self.name}:{line}:{column}"


def read_bytes(path: Path, root: Path | None = None) -> tuple[str, bytes]:
    """The file's name for messages, and its bytes.

    Raises CatalogError for what is not a plain, readable, small file inside ``root``.
    """
    name = _display(path, root)
    try:
        resolved = path.resolve(strict=True)
        if root is not None and not resolved.is_relative_to(root.resolve()):
            raise CatalogError(f"{name}: the file lies outside its directory", "Copy it inside")
        if not resolved.is_file():
            raise CatalogError(f"{name}: not a plain file")
        if resolved.stat().st_size > MAX_BYTES:
            raise CatalogError(f"{name}: larger than {MAX_BYTES:,} bytes", "Split it")
        return name, resolved.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from None
    except RuntimeError:  # pathlib before Python 3.13
        raise InputError(f"cannot read {name}: links that lead in a circle") from None


def read_yaml(path: Path, root: Path | None = None) -> Located:
    """Read one YAML file strictly. Raises CatalogError with file:line:column."""
    name, content = read_bytes(path, root)
    return parse_yaml(content, name)


def parse_yaml(content: bytes, name: str) -> Located:
    """Parse a file's bytes strictly; ``name`` stands for the file in messages."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CatalogError(f"{name}: not UTF-8 text") from None
    return Located(name, _events().build(text, name), content=content)


def _display(path: Path, root: Path | None) -> str:
    if root is not None:
        try:
            return shown(str(Path(root.name) / path.relative_to(root)), MAX_PATH)
        except ValueError:
            pass
    return shown(str(path), MAX_PATH)


def read_yaml_text(text: str, name: str) -> Located:
    """Parse YAML text strictly; ``name`` stands for the file in messages."""
    return Located(name, _events().build(text, name), content=text.encode())


def _events() -> Any:
    """Imported when something must be parsed: a catalog from the cache needs no PyYAML."""
    return import_module("optimizer.catalog.events")
