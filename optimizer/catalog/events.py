"""Parser events to plain data: the part of the strict reader that needs PyYAML.

It stands apart because a catalog that comes from the cache needs no parser, nor the time to import
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from optimizer.errors import CatalogError, shown

MAX_DEPTH = 20
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")
CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path_ = tuple[str | int, ...]
Positions = dict[Path_, tuple[int, int]]


def build(text: str, name: str) -> Any:
    """Plain data. Raises CatalogError naming file, line and column."""
    if "\0" in text:
        raise CatalogError(f"{name}: a binary file")
    try:
        return _Builder(name).data(yaml.parse(text, Loader=LOADER))
    except yaml.YAMLError as error:
        raise CatalogError(_syntax(name, error)) from None


def positions(text: str) -> Positions:
    """The (line, column) of every node by its path, of a text that :func:`build` has read.

    They are only needed to complain, so that reading does not collect them.
    """
    found: Positions = {}
    open_nodes: list[tuple[Path_, int | None]] = []  # path, and the next index of a list
    key: str | None = None

    def step() -> Path_:
        """The path of the node that begins here."""
        nonlocal key
        if not open_nodes:
            return ()
        path, index = open_nodes[-1]
        if index is not None:
            open_nodes[-1] = (path, index + 1)
            return (*path, index)
        assert key is not None
        step, key = key, None
        return (*path, step)

    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.ScalarEvent):
            if open_nodes and open_nodes[-1][1] is None and key is None:
                key = event.value
                continue
            found[step()] = _mark(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            path = step()
            found[path] = _mark(event)
            open_nodes.append((path, 0 if isinstance(event, yaml.SequenceStartEvent) else None))
        elif isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
    return found


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _syntax(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return f"{place}: {shown(str(problem))}"


class _Builder:
    """Turns parser events into data; every refusal names its place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: dict[str, str] = {}
        """Keys and quoted texts seen, each held once."""
        self.plain: dict[str, Any] = {}
        """Plain scalars seen, and what they mean."""
        self.documents = 0

    def _refuse(self, event: Any, problem: str, advice: str = "") -> NoReturn:
        line, column = _mark(event)
        raise CatalogError(f"{self.name}:{line}:{column}: {problem}", advice)

    def data(self, events: Iterator[Any]) -> Any:
        """The one document of these events. This loop runs once per node of a catalog."""
        whole: list[Any] = []  # the document, as if it stood in a list
        parents: list[tuple[Any, str | None]] = []
        held: Any = whole  # the list or mapping that is open
        mapping = False
        key: str | None = None  # of the value that comes next, in a mapping
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                if mapping and key is None:
                    key = self._key(event, held)
                    continue
                value = self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._check(event)
                if mapping and key is None:
                    self._refuse(event, "a key must be plain text")
                if len(parents) >= MAX_DEPTH:
                    self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
                parents.append((held, key))
                mapping, key = kind is yaml.MappingStartEvent, None
                held = {} if mapping else []
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                value = held
                held, key = parents.pop()
                mapping = key is not None
            else:
                self._other(event)
                continue
            if mapping:
                held[key] = value
                key = None
            else:
                held.append(value)
        if not whole:
            raise CatalogError(
                f"{self.name}: an empty file", "Expected a mapping of keys and values"
            )
        return whole[0]

    def _key(self, event: Any, held: dict[str, Any]) -> str:
        if event.anchor is not None or event.tag is not None:
            self._check(event)
        key: str = event.value
        if key == "<<":
            self._refuse(event, "merge keys are not allowed", "Write the values out")
        if key in held:
            self._refuse(event, f"the key '{shown(key)}' stands twice", "Keep one of them")
        return self.texts.setdefault(key, key)

    def _scalar(self, event: Any) -> Any:
        if event.anchor is not None or event.tag is not None:
            self._check(event)
        text = event.value
        if not event.implicit[0]:
            return self.texts.setdefault(text, text)
        if text not in self.plain:
            self.plain[text] = self._value(event)
        return self.plain[text]

    def _other(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, "aliases are not allowed", "Write the value out")
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(event, "a second document", "Use one document per file")

    def _check(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, "anchors are not allowed", "Write the value out")
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"the tag {shown(event.tag)} is not allowed")

    def _value(self, event: Any) -> Any:
        text = event.value
        if text.lower() in CONSTANTS and text in (text.lower(), text.title(), text.upper()):
            return CONSTANTS[text.lower()]
        if INTEGER.fullmatch(text):
            if len(text) > 19 or abs(int(text)) >= 2**63:
                self._refuse(event, f"the number {shown(text)} is too large")
            return int(text)
        if FLOAT.fullmatch(text) and not re.fullmatch(r"[-+]?0[0-9]+", text):
            value = float(text)
            if value in (float("inf"), float("-inf")):
                self._refuse(event, f"the number {shown(text)} is too large")
            return value
        if text.lower().lstrip("+-") in (".nan", ".inf"):
            self._refuse(event, f"{text} is not a number that can be used")
        return text
