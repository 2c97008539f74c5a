"""Catalog entries as YAML that one likes to edit by hand, and that the strict reader takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./+-]*(?: [A-Za-z0-9(][A-Za-z0-9_./+()-]*)*")
WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
FLOW = 70


def scalar(value: Any) -> str:
    """One value; text is quoted unless every YAML reader takes it for text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        whole = isinstance(value, float) and value == int(value) and abs(value) < 1e15
        return str(int(value)) if whole else _float(value)
    text = str(value)
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _float(value: float) -> str:
    text = repr(value)
    return text if "e" not in text else format(value, ".12f").rstrip("0")


def lines_of(value: Any, indent: int = 0) -> list[str]:
    """Block-style lines of a mapping or a list; empty when it holds nothing."""
    pad = " " * indent
    made: list[str] = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            head = f"{pad}{scalar(key)}:"
            made += _under(head, item, indent + 2)
    else:
        for item in value:
            inner = lines_of(item, indent + 2) if _is_block(item) else []
            made.append(f"{pad}- {inner[0].lstrip() if inner else _flat(item)}")
            made += inner[1:]
    return made


def _under(head: str, item: Any, indent: int) -> list[str]:
    if isinstance(item, Mapping) and not item:
        return [f"{head} {{}}"]
    if not _is_block(item):
        return [f"{head} {_flat(item)}"]
    return [head, *lines_of(item, indent)]


def _is_block(item: Any) -> bool:
    if isinstance(item, Mapping):
        return bool(item)
    if isinstance(item, list | tuple):
        nested = any(isinstance(i, Mapping | list | tuple) for i in item)
        return bool(item) and (nested or len(_flat(item)) > FLOW)
    return False


def _flat(item: Any) -> str:
    if isinstance(item, list | tuple):
        return f"[{', '.join(scalar(i) for i in item)}]"
    return "{}" if isinstance(item, Mapping) else scalar(item)


def document(sections: Mapping[str, Any], comment: str) -> str:
    """A catalog file: a comment, then sections; entries are set apart by an empty line."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for section, entries in sections.items():
        lines += ["", f"{section}:"]
        if isinstance(entries, Mapping):
            lines += lines_of(entries, 2)
            continue
        for index, entry in enumerate(entries):
            lines += ([""] if index else []) + lines_of([entry], 2)
    return "\n".join(lines) + "\n"
