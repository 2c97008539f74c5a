"""Files that extend files: one mapping, each value with the file and the place it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.catalog.reader import Located, Path_, read_yaml
from optimizer.errors import CatalogError, shown

MOST_LAYERS = 8
SUFFIXES = (".yaml", ".yml")
OWN = ("name", "description", "expect", "extends")
"""What a file says about itself alone: never taken over from the one it extends."""
MERGED = ("targets", "site", "sweep", "overrides", "scenarios")
"""Mappings that are merged key by key; every other value is replaced as a whole."""
NAMED = ("overrides", "scenarios")
"""Mappings in which one name may stand once among all layers."""


@dataclass(slots=True)
class Layers(Located):
    """A file over those it extends. ``origins`` says who set what."""

    origins: dict[Path_, tuple[Located, Path_]] = field(default_factory=dict)

    def place(self, path: Path_) -> str:
        """``file:line:column`` of the value at ``path``, in the file that set it."""
        head = path
        while head and head not in self.origins:
            head = head[:-1]
        if not head:
            return f"{self.name}:1:1"
        file, inner = self.origins[head]
        return file.place((*inner, *path[len(head) :]))

    def put(self, path: Path_, file: Located, inner: Path_) -> None:
        """Note that ``file`` set the value at ``path``, all of it."""
        self.forget(path)
        self.origins[path] = (file, inner)

    def forget(self, path: Path_) -> None:
        """Drop what is known of a value that another replaces."""
        for old in [p for p in self.origins if p[: len(path)] == path]:
            del self.origins[old]


def read_layers(path: Path) -> Layers:
    """A scenario file over all that it extends. Raises InputError naming file, line and column."""
    files = _files(path)
    merged = Layers(files[0].name, {})
    for file in reversed(files):
        own = file is files[0]
        for key, value in file.data.items():
            if key in OWN:
                if own:
                    merged.data[key] = value
                    merged.put((key,), file, (key,))
            elif key in MERGED and isinstance(value, dict):
                _merge(merged, key, value, file)
            else:
                merged.data[key] = value
                merged.put((key,), file, (key,))
    return merged


def _files(path: Path) -> list[Located]:
    """The file, then what it extends, and so on."""
    seen: list[Path] = []
    files: list[Located] = []
    while True:
        file = read_yaml(path)
        if not isinstance(file.data, dict):
            raise CatalogError(
                f"{file.place(())}: expected keys and values", "Begin with model: llama-405b"
            )
        seen.append(path.resolve())
        files.append(file)
        given = file.data.get("extends")
        if given is None:
            return files
        place = f"{file.place(('extends',))}: extends"
        path = _extended(given, path, place)
        if path.resolve() in seen:
            raise CatalogError(f"{place}: {shown(given)} leads back to where it began")
        if len(files) == MOST_LAYERS:
            raise CatalogError(f"{place}: more than {MOST_LAYERS} files extend each other")


def _extended(given: Any, path: Path, place: str) -> Path:
    if not isinstance(given, str) or not given.endswith(SUFFIXES) or Path(given).is_absolute():
        raise CatalogError(
            f"{place}: {shown(given)} is not a scenario file",
            "Name a .yaml file, by its path from this file",
        )
    return path.parent / given


def _merge(merged: Layers, key: str, value: dict[str, Any], file: Located) -> None:
    held = merged.data.get(key)
    if not isinstance(held, dict):
        held = {}
        merged.put((key,), file, (key,))
    merged.data[key] = dict(held)
    for name, inner in value.items():
        if key in NAMED and name in held:
            raise CatalogError(
                f"{file.place((key, name))}: {key} has '{shown(name)}' already",
                f"See {merged.place((key, name))}",
            )
        merged.data[key][name] = inner
        merged.put((key, name), file, (key, name))
