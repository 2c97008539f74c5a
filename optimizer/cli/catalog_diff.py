"""``optimize catalog diff``: what changed between two catalogs, and which answers with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.location import shipped
from optimizer.cli.output import Outcome, tell
from optimizer.cli.solve import solver_settings
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError, shown
from optimizer.report.entry import plain
from optimizer.report.quantity import count
from optimizer.report.style import Style, clean, wrap
from optimizer.studies.catalog_diff import (
    AnswerDiff,
    CatalogDiff,
    Change,
    diff_answers,
    diff_catalogs,
)

SHIPPED = "shipped"
"""Stands for the catalog that came with the program."""


def show_diff(old: str, new: str, given: Mapping[str, Any]) -> Outcome:
    """Differences of entries, offers and (when asked) answers."""
    from optimizer.solve.run import SolveOptions  # noqa: PLC0415  (slow)

    settings = solver_settings({k: given.get(k) for k in ("time_limit", "workers", "seed")})
    alone = bool(given.get("no_builtin_catalog"))
    files = scenario_files(given.get("scenarios")) if given.get("answers") else []
    before, after = (_open(name, alone) for name in (old, new))
    found = diff_catalogs(before, after)
    answers: list[AnswerDiff] | None = None
    if given.get("answers"):
        options = SolveOptions(explain=False, **settings)
        answers = diff_answers(files, before, after, options, lambda name: tell(f"solving {name}"))
    if given.get("json"):
        data = _document(found) | {"same": found.same}
        if answers is not None:
            data["answers"] = [asdict(answer) for answer in answers]
        return Outcome(json.dumps(data, indent=2) + "\n")
    style = terminal_style()
    return Outcome(style.page([*_pages(found, style), *_answers(answers, style)]))


def _open(name: str, alone: bool) -> Catalog:
    if name == SHIPPED and not Path(name).exists():
        return load_catalog()
    return load_catalog([Path(name)], builtin=not alone)


def scenario_files(directory: Path | None) -> list[Path]:
    """Scenario files of a directory, or those that are shipped. Raises InputError."""
    folder = Path(directory) if directory is not None else shipped("scenarios")
    found = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    if not found:
        raise InputError(f"no scenario files in {shown(str(folder))}", "Name a directory with some")
    return found


def _document(found: CatalogDiff) -> dict[str, Any]:
    return {
        "added": [{"section": s, "id": i} for s, i in found.added],
        "removed": [{"section": s, "id": i} for s, i in found.removed],
        "changed": [asdict(change) for change in found.changed],
        "observations_added": [{"section": s, **o} for s, o in found.observations_added],
        "observations_removed": [{"section": s, **o} for s, o in found.observations_removed],
    }


def _pages(found: CatalogDiff, style: Style) -> list[list[str]]:
    if found.same:
        return [["nothing differs"]]
    return [
        _names("Added", "+", found.added, style),
        _names("Removed", "-", found.removed, style),
        _changes(found.changed, style),
        _observed("New observations", "+", found.observations_added, style),
        _observed("Observations gone", "-", found.observations_removed, style),
    ]


def _names(title: str, sign: str, names: Sequence[tuple[str, str]], style: Style) -> list[str]:
    if not names:
        return []
    lines = [style.title(f"{title} ({len(names)})")]
    return lines + [f"{sign} {section} {clean(key)}" for section, key in names]


def _changes(changes: Sequence[Change], style: Style) -> list[str]:
    if not changes:
        return []
    lines = [style.title(f"Changed ({count(len(changes), 'field')})")]
    last = ("", "")
    for change in changes:
        if (change.section, change.id) != last:
            last = (change.section, change.id)
            lines.append(f"~ {change.section} {clean(change.id)}")
        text = f"{clean(change.field)}: {_value(change.old)} → {_value(change.new)}"
        lines += [f"    {part}" for part in wrap(text, style.width - 4)]
    return lines


def _value(value: Any) -> str:
    return "none" if value is None else plain(value)


def _observed(
    title: str, sign: str, found: Sequence[tuple[str, dict[str, Any]]], style: Style
) -> list[str]:
    if not found:
        return []
    lines = [style.title(f"{title} ({len(found)})")]
    for _, data in found:
        if "component" not in data:
            text = f"{data.get('currency')} {plain(data.get('usd'))} USD {data.get('date')}"
        else:
            money = f"{data.get('currency', 'USD')} {plain(data['typical'])}"
            text = f"{data['component']} {data['condition']} {money} {data['date']}"
            text += f", {data['vendor']}"
        lines += [f"{sign} {part}" for part in wrap(clean(text), style.width - 2)[:1]]
    return lines


def _answers(answers: Sequence[AnswerDiff] | None, style: Style) -> list[list[str]]:
    if answers is None:
        return []
    changed = [answer for answer in answers if answer.differences]
    title = f"Answers that change: {len(changed)} of {count(len(answers), 'scenario')}"
    lines = [style.title(title)]
    for answer in changed:
        lines.append(f"~ {clean(answer.scenario)}")
        for key, (old, new) in answer.differences.items():
            text = f"{clean(key)}: {_value(old)} → {_value(new)}"
            lines += [f"    {part}" for part in wrap(text, style.width - 4)]
    return [lines]
