"""A calibration as YAML that reads well: short tables on one line, long ones in blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.catalog.importers.yaml_text import scalar

WIDTH = 100
HEAD = """\
# yaml-language-server: $schema=../../docs/schemas/catalog.schema.json
# Constants of the serving-speed model. Efficiencies are shares of datasheet figures, times are in
# microseconds. Fitted on published measurements; docs/accuracy.md says how, and what error is left.
"""
FOLDED = ("notes",)


def calibration_file(entry: Mapping[str, Any]) -> str:
    """The file of one calibration."""
    lines = _mapping(_shortened(entry), 4)
    return "\n".join([HEAD, "calibrations:", f"  - {lines[0].lstrip()}", *lines[1:]]) + "\n"


def _shortened(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Without what holds its default: ``null``, no aliases, engine fields at 1 or off."""
    made = {k: v for k, v in entry.items() if v is not None and v not in ((), [], "")}
    engines = entry.get("engines", {})
    defaults = {"hbm_read": 1.0, "kv_read": 1.0, "compute": 1.0, "eager": False, "queue": None}
    defaults |= {"half_accumulation": False, "prompt_chunk": 8192}
    defaults |= {"token_passes": 0.0, "unpacks": False, "score_passes": 0.0}
    made["engines"] = {
        name: {k: v for k, v in row.items() if k not in defaults or v != defaults[k]}
        for name, row in engines.items()
    }
    return made


def _mapping(table: Mapping[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, value in table.items():
        lines += _item(f"{' ' * indent}{key}:", key, value, indent)
    return lines


def _item(head: str, key: str, value: Any, indent: int) -> list[str]:
    if key in FOLDED and len(str(value)) > WIDTH - indent - 8:
        return [f"{head} >-", *_wrapped(str(value), indent + 2)]
    flow = f"{head} {_flow(value)}"
    if not isinstance(value, Mapping | list | tuple):
        return [flow]
    if len(flow) <= WIDTH and not _deep(value):
        return [flow]
    if isinstance(value, Mapping):
        return [head, *_mapping(value, indent + 2)]
    return [head, *(line for item in value for line in _entry(_flow(item), indent + 2))]


def _entry(flow: str, indent: int) -> list[str]:
    """An item of a list; a long one goes on under its first word."""
    lines = [f"{' ' * indent}-"]
    parts = flow.split(", ")
    for index, part in enumerate(parts):
        word = f" {part}," if index + 1 < len(parts) else f" {part}"
        if len(lines[-1]) + len(word) > WIDTH:
            lines.append(" " * (indent + 2))
        lines[-1] += word
    return lines


def _deep(value: Any) -> bool:
    """Whether a table holds tables."""
    inside = value.values() if isinstance(value, Mapping) else value
    return any(isinstance(item, Mapping) for item in inside)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(float(f"{value:.12g}"))
    return scalar(value)


def _wrapped(text: str, indent: int) -> list[str]:
    lines, line = [], " " * indent
    for word in text.split():
        if len(line) + len(word) + 1 > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = " " * indent
        line += word + " "
    return [*lines, line.rstrip()]
