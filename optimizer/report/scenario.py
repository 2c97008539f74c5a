"""A request as it will be solved: every value, and what a scenario changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optimizer.report.style import Style, clean, wrap
from optimizer.schema.build import Result, ScenarioChange, ScenarioUsed
from optimizer.schema.request import Request

WIDTH = 80
LABEL = 36


def request_document(name: str, request: Request, used: ScenarioUsed) -> dict[str, Any]:
    """The effective request and its changes, for programs."""
    return {
        "name": name,
        "request": request.model_dump(mode="json"),
        "scenario": used.model_dump(mode="json", by_alias=True),
    }


def request_text(name: str, request: Request, used: ScenarioUsed, description: str = "") -> str:
    """The effective request, a value a line, below what was changed and why."""
    lines = wrap(clean(name), WIDTH)
    if description:
        lines += ["", *wrap(clean(" ".join(description.split())), WIDTH)]
    if used.changes:
        lines += ["", "Changed"]
        for change in used.changes:
            lines += change_lines(change)
    lines += ["", "Effective request"]
    for path, value in _leaves(request.model_dump(mode="json"), ""):
        if _is_shown(path):
            lines += _pair(path, _word(value))
    return "\n".join(lines) + "\n"


def change_text(change: ScenarioChange) -> str:
    """``budget: 60,000 -> 80,000``."""
    return f"{change.path}: {_word(change.before)} -> {_word(change.after)}"


def change_lines(change: ScenarioChange) -> list[str]:
    """The change, with the override's name and reason."""
    text = change_text(change)
    reason = f"{change.override}: {change.why}" if change.why else change.override
    lines = [f"  {line}" for line in wrap(clean(text), WIDTH - 2)]
    return lines + [f"    {line}" for line in wrap(clean(reason), WIDTH - 4)]


def render_changes(result: Result, style: Style) -> list[str]:
    """What a scenario changed of its file's request; nothing where it changed nothing."""
    used = result.scenario
    if used is None or not used.changes:
        return []
    name = used.file if used.scenario is None else f"{used.file}, scenario {used.scenario}"
    lines = [style.title(line) for line in wrap(f"Changed: {clean(name)}", style.width)]
    return lines + [line for change in used.changes for line in change_lines(change)]


def _pair(path: str, value: str) -> list[str]:
    head = f"  {path}".ljust(LABEL) + " "
    parts = wrap(clean(value), WIDTH - LABEL - 1) or [""]
    return [head + parts[0], *(" " * (LABEL + 1) + part for part in parts[1:])]


def _is_shown(path: str) -> bool:
    """Sources and notes of the site are the catalog's business."""
    return not path.startswith(("site.sources", "site.notes", "site.aliases", "site.estimated"))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{index}")
    else:
        yield path, value


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
