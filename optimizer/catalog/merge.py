"""Files of one or more catalog directories to one set of raw entries, with their places.

A later directory overlays an earlier one: an entry with a known id changes the keys it names, a
new id adds, ``remove: true`` takes away. Observations (offers, rates) only add up. A key that an
overlay changes takes its source and its mark as an estimate from the overlay, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import JSONEncoder
from pathlib import Path
from typing import Any, Literal

from optimizer.catalog.location import OVERLAYS
from optimizer.catalog.names import COMPONENT_KINDS, NAMED, OBSERVED, SECTIONS
from optimizer.catalog.reader import Located, Path_
from optimizer.errors import MAX_PATH, CatalogError, nearest, shown

MAX_FILES = 5_000
UNSOURCED = {"id", "name", "aliases", "notes", "sources", "estimated"}
"""Keys that are no figures, so that nothing says where they come from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One raw entry and where it stands."""

    data: dict[str, Any]
    file: Located
    path: Path_

    def place(self, *below: str | int) -> str:
        """``file:line:column`` of the entry, or of a key below it.

        Only for messages: the first question to a file that came from the cache parses it again.
        """
        return self.file.place((*self.path, *below))


@dataclass(frozen=True, slots=True)
class Change:
    """What an overlay did to one entry. ``keys`` are those that it changed."""

    overlay: str
    action: Literal["added", "changed", "removed"]
    section: str
    entry: str
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Raw:
    """All raw entries. ``named`` is keyed by section and id."""

    named: dict[str, dict[str, Entry]] = field(
        default_factory=lambda: {section: {} for section in (*NAMED, "sources")}
    )
    removed: set[str] = field(default_factory=set)
    """Ids of components that an overlay took away."""
    changes: list[Change] = field(default_factory=list)
    """What the directories after the first did, in their order."""
    observed: dict[str, list[Entry]] = field(
        default_factory=lambda: {section: [] for section in OBSERVED}
    )

    def distinct(self, section: str) -> dict[str, Entry]:
        """Observations by their content: what stands in two overlays counts once."""
        write = JSONEncoder(sort_keys=True).encode
        held = {write(entry.data): entry for entry in reversed(self.observed[section])}
        return {content: held[content] for content in sorted(held)}

    def digest(self, observed: Mapping[str, Iterable[str]]) -> str:
        """SHA-256 of the content, whatever files and order it came in.

        ``observed`` are the keys of :meth:`distinct`, by section.
        """
        write = JSONEncoder(sort_keys=True, separators=(",", ":")).encode
        whole = sha256(b"[{")
        for at, section in enumerate(sorted(self.named)):
            entries = self.named[section]
            whole.update(f'{"," if at else ""}"{section}":'.encode() + b"{")
            for number, key in enumerate(sorted(entries)):
                comma = "," if number else ""
                whole.update(f"{comma}{write(key)}:{write(entries[key].data)}".encode())
            whole.update(b"}")
        whole.update(b"},{")
        for at, section in enumerate(sorted(observed)):
            whole.update(f'{"," if at else ""}"{section}":['.encode())
            for number, content in enumerate(observed[section]):
                whole.update(f"{',' if number else ''}{write(content)}".encode())
            whole.update(b"]")
        whole.update(b"}]")
        return whole.hexdigest()


def yaml_files(directory: Path) -> list[Path]:
    """Every YAML file below a directory, sorted, its ``overlays`` left out. Raises CatalogError."""
    if not directory.exists():
        raise CatalogError(f"no such catalog directory: {shown(str(directory), MAX_PATH)}")
    if not directory.is_dir():
        raise CatalogError(f"{shown(str(directory), MAX_PATH)} is not a directory")
    try:
        found = sorted(p for p in directory.rglob("*") if p.suffix in (".yaml", ".yml"))
        found = [p for p in found if p.relative_to(directory).parts[0] != OVERLAYS]
    except OSError as error:
        raise CatalogError(
            f"cannot read {shown(str(directory), MAX_PATH)}: {error.strerror or error}"
        ) from None
    if not found:
        raise CatalogError(f"{shown(str(directory), MAX_PATH)} has no YAML files")
    if len(found) > MAX_FILES:
        raise CatalogError(
            f"{shown(str(directory), MAX_PATH)} has more than {MAX_FILES:,} YAML files"
        )
    return found


def merge(directories: Iterable[tuple[str, list[Located]]]) -> Raw:
    """Lay directories (a name, and the files read) over each other. Raises CatalogError."""
    raw = Raw()
    for index, (name, files) in enumerate(directories):
        before = {s: dict(entries) for s, entries in raw.named.items()}
        prices = {s: len(found) for s, found in raw.observed.items()}
        fresh: set[tuple[str, str]] = set()
        for file in files:
            _take(raw, fresh, file)
        if index:
            raw.changes += _changes(name, before, raw.named)
            raw.changes += [
                Change(name, "added", section, f"{len(found) - prices[section]} records")
                for section, found in raw.observed.items()
                if len(found) > prices[section]
            ]
    _forget(raw, raw.removed)
    return raw


def _changes(
    overlay: str, before: dict[str, dict[str, Entry]], after: dict[str, dict[str, Entry]]
) -> list[Change]:
    found = []
    for section, entries in after.items():
        held = before[section]
        for key in sorted(entries.keys() | held.keys()):
            if key not in entries:
                found.append(Change(overlay, "removed", section, key))
            elif key not in held:
                found.append(Change(overlay, "added", section, key))
            elif held[key].data != entries[key].data:
                old, new = held[key].data, entries[key].data
                keys = sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))
                found.append(Change(overlay, "changed", section, key, tuple(keys)))
    return found


def _take(raw: Raw, fresh: set[tuple[str, str]], file: Located) -> None:
    if not isinstance(file.data, dict):
        raise CatalogError(f"{file.place(())}: expected sections such as accelerators: or offers:")
    for section, entries in file.data.items():
        if section not in SECTIONS:
            near = nearest(section, SECTIONS)
            hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(SECTIONS)}"
            raise CatalogError(
                f"{file.place((section,))}: unknown section '{shown(section)}'; {hint}"
            )
        for path, data in _entries(file, section, entries):
            if section in OBSERVED:
                raw.observed[section].append(Entry(data, file, path))
            else:
                _name(raw.named[section], fresh, section, Entry(data, file, path))
                if data.get("remove") is True and section in COMPONENT_KINDS:
                    raw.removed.add(str(data.get("id")))


def _entries(file: Located, section: str, entries: Any) -> list[tuple[Path_, dict[str, Any]]]:
    if section == "sources":
        if not isinstance(entries, dict):
            raise CatalogError(f"{file.place((section,))}: expected source keys with their fields")
        return [((section, key), {"id": key, "source": data}) for key, data in entries.items()]
    if not isinstance(entries, list):
        raise CatalogError(f"{file.place((section,))}: expected a list of entries, each with '-'")
    found: list[tuple[Path_, dict[str, Any]]] = []
    for index, data in enumerate(entries):
        if not isinstance(data, dict):
            place = file.place((section, index))
            raise CatalogError(f"{place}: expected keys and values, got {shown(data)}")
        found.append(((section, index), data))
    return found


def _forget(raw: Raw, removed: set[str]) -> None:
    """What hangs on a removed component goes with it: prices, rates, platforms that hold it."""
    gone = removed - {i for section in COMPONENT_KINDS for i in raw.named[section]}
    if not gone:
        return
    raw.observed["offers"] = [
        e for e in raw.observed["offers"] if e.data.get("component") not in gone
    ]
    rates, platforms = raw.named["cloud_rates"], raw.named["platforms"]
    for key in [k for k, e in rates.items() if e.data.get("accelerator") in gone]:
        del rates[key]
    for key in [k for k, e in platforms.items() if _holds(e.data, gone)]:
        del platforms[key]
    for section, field_name in (("platforms", "accelerators"), ("bridges", "accelerators")):
        for key, entry in raw.named[section].items():
            listed = entry.data.get(field_name)
            if isinstance(listed, list) and gone.intersection(str(i) for i in listed):
                kept = [i for i in listed if i not in gone]
                data = {**entry.data, field_name: kept}
                raw.named[section][key] = Entry(data, entry.file, entry.path)


def _holds(platform: dict[str, Any], gone: set[str]) -> bool:
    inside = platform.get("included")
    parts = inside if isinstance(inside, list) else []
    return any(isinstance(p, dict) and p.get("id") in gone for p in parts)


def _name(held: dict[str, Entry], fresh: set[tuple[str, str]], section: str, entry: Entry) -> None:
    key = entry.data.get("id")
    if not isinstance(key, str):
        raise CatalogError(f"{entry.place()}: every entry needs an id, as text")
    if (section, key) in fresh:
        first = held[key]
        raise CatalogError(
            f"{entry.place()}: the id '{shown(key)}' stands twice in {section}",
            f"The first is at {first.place()}",
        )
    fresh.add((section, key))
    if entry.data.get("remove") is True:
        gone = held.pop(key, None)
        if gone is None:
            near = nearest(key, held)
            hint = f"Did you mean {near[0]}?" if near else ""
            raise CatalogError(f"{entry.place()}: nothing called '{shown(key)}' to remove", hint)
        return
    before = held.get(key)
    merged = _laid_over(before.data, entry.data) if before is not None else entry.data
    held[key] = Entry(merged, entry.file, entry.path)


def _laid_over(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """One entry with the keys of an overlay changed.

    The rest keeps its sources and marks: ``default`` of the overlay covers what the overlay names.
    """
    merged = {**before, **after}
    changed = set(after) - UNSOURCED
    old, new = before.get("sources"), after.get("sources")
    if isinstance(old, dict) and isinstance(new, dict):
        kept = {key: ref for key, ref in old.items() if key not in changed}
        stated = {key: new.get(key, new["default"]) for key in sorted(changed) if "default" in new}
        own = {key: ref for key, ref in new.items() if key != "default"}
        merged["sources"] = {**kept, **stated, **own}
    marked, marks = before.get("estimated"), after.get("estimated", [])
    if isinstance(marked, list) and isinstance(marks, list):
        kept_marks = [m for m in marked if str(m).split(".")[0] not in changed]
        merged["estimated"] = list(dict.fromkeys([*kept_marks, *marks]))
    return merged
