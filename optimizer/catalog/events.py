"""Parser events to plain data: the part of the strict reader that needs PyYAML.

It stands apart because a catalog that comes from the cache needs no parser, nor the time to import
one.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from optimizer.errors import CatalogError, shown

MAX_DEPTH = 20
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")
CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path_ = tuple[str | int, ...]
Positions = dict[Path_, tuple[int, int]]


def build(text: str, name: str) -> tuple[Any, Positions]:
    """Plain data and the (line, column) of every node by its path. Raises CatalogError."""
    if "\0" in text:
        raise CatalogError(f"{name}: a binary file")
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise CatalogError(_syntax(name, error)) from None
    if not builder.done:
        raise CatalogError(f"{name}: an empty file", "Expected a mapping of keys and values")
    return builder.root, builder.positions


def _syntax(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return f"{place}: {shown(str(problem))}"


class _Builder:
    """Turns parser events into data; every refusal names its place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.done = False
        self.positions: dict[Path_, tuple[int, int]] = {}
        self._stack: list[Any] = []
        self._keys: list[str | None] = []
        self._path: Path_ = ()
        self._documents = 0

    def _refuse(self, event: Any, problem: str, advice: str = "") -> None:
        mark = event.start_mark
        raise CatalogError(f"{self.name}:{mark.line + 1}:{mark.column + 1}: {problem}", advice)

    def take(self, event: Any) -> None:
        """Take one parser event."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
            self._keys.pop()
            self._path = self._path[:-1]
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(event, "aliases are not allowed", "Write the value out")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "a second document", "Use one document per file")

    def _check(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, "anchors are not allowed", "Write the value out")
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"the tag {shown(event.tag)} is not allowed")

    def _open(self, event: Any, container: Any) -> None:
        self._check(event)
        if self._expects_key():
            self._refuse(event, "a key must be plain text")
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        self._path = self._place(event, container)
        self._stack.append(container)
        self._keys.append(None)

    def _expects_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1], dict) and self._keys[-1] is None

    def _scalar(self, event: Any) -> None:
        self._check(event)
        if self._expects_key():
            key = event.value
            if key == "<<":
                self._refuse(event, "merge keys are not allowed", "Write the values out")
            if key in self._stack[-1]:
                self._refuse(event, f"the key '{shown(key)}' stands twice", "Keep one of them")
            self._keys[-1] = key
            return
        self._place(event, self._value(event))

    def _place(self, event: Any, value: Any) -> Path_:
        mark = event.start_mark
        if not self._stack:
            path: Path_ = ()
            self.root, self.done = value, True
        elif isinstance(self._stack[-1], list):
            path = (*self._path, len(self._stack[-1]))
            self._stack[-1].append(value)
        else:
            key = self._keys[-1]
            assert key is not None
            path = (*self._path, key)
            self._stack[-1][key] = value
            self._keys[-1] = None
        self.positions[path] = (mark.line + 1, mark.column + 1)
        return path

    def _value(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            return text
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
