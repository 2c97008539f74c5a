"""What changed between two catalogs, and which answers change with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.sections import OBSERVATIONS
from optimizer.errors import InputError
from optimizer.scenario.files import load_scenario
from optimizer.schema.build import Result
from optimizer.solve.run import SolveOptions, solve

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one entry, by its dotted path; ``None`` where a side does not state it."""

    section: str
    id: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class CatalogDiff:
    """Entries and observations on one side only, and fields that differ."""

    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    changed: tuple[Change, ...] = ()
    observations_added: tuple[tuple[str, dict[str, Any]], ...] = ()
    observations_removed: tuple[tuple[str, dict[str, Any]], ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not any(asdict(self).values())


@dataclass(frozen=True, slots=True)
class AnswerDiff:
    """One scenario under both catalogs; ``old`` and ``new`` are short accounts of the answers."""

    scenario: str
    old: dict[str, Any]
    new: dict[str, Any]
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def diff_catalogs(old: Catalog, new: Catalog) -> CatalogDiff:
    """Differences by section, id and field."""
    added: list[tuple[str, str]] = []
    removed: list[tuple[str, str]] = []
    changed: list[Change] = []
    for section, entries in old.raw.named.items():
        others = new.raw.named[section]
        removed += [(section, key) for key in sorted(entries) if key not in others]
        added += [(section, key) for key in sorted(others) if key not in entries]
        for key in sorted(entries):
            if key in others:
                changed += _changes(section, key, entries[key].data, others[key].data)
    return CatalogDiff(
        tuple(added),
        tuple(removed),
        tuple(changed),
        tuple(_observed(new, old)),
        tuple(_observed(old, new)),
    )


def _changes(
    section: str, key: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    before, after = dict(_leaves(old)), dict(_leaves(new))
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield Change(section, key, path, before.get(path), after.get(path))


def _leaves(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted paths and values; a missing key and a null are the same."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value


def _observed(have: Catalog, lack: Catalog) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in OBSERVATIONS:
        mine, theirs = (
            Counter({json.dumps(e.data, sort_keys=True) for e in side.raw.observed[section]})
            for side in (have, lack)
        )
        for text in sorted(mine - theirs):
            yield section, json.loads(text)


def diff_answers(
    files: Sequence[Path],
    old: Catalog,
    new: Catalog,
    options: SolveOptions,
    told: Callable[[str], None] = lambda _: None,
) -> list[AnswerDiff]:
    """Every scenario solved under both catalogs. ``told`` hears what is being solved."""
    found = []
    for file in files:
        told(file.stem)
        before, after = (_account(file, catalog, options) for catalog in (old, new))
        found.append(AnswerDiff(file.stem, before, after, differences(before, after)))
    return found


def _account(file: Path, catalog: Catalog, options: SolveOptions) -> dict[str, Any]:
    """The answer in short; a scenario that one catalog cannot even state says why."""
    try:
        scenario = load_scenario(file, catalog)
    except InputError as error:
        return {"status": "cannot be asked", "reason": error.message}
    return summary(solve(scenario.request, catalog, options))


def summary(result: Result) -> dict[str, Any]:
    """What a person compares: status, objective, price, and the parts."""
    goal = result.objective
    account: dict[str, Any] = {"status": result.status, "objective": goal.name}
    if result.build is None:
        return account
    costs, parts = result.build.costs, Counter[str]()
    for line in result.build.bill_of_materials:
        parts[f"{line.id} ({line.condition})"] += line.quantity
    return account | {
        f"{goal.name} ({goal.unit})": goal.value,
        "capex_usd": costs.capex_usd,
        "tco_usd": costs.tco_usd,
        "parts": dict(parts),
    }


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Keys whose values differ; parts by their own names."""
    found: dict[str, tuple[Any, Any]] = {}
    for key in [*old, *(k for k in new if k not in old)]:
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) or isinstance(after, dict):
            parts = differences(before or {}, after or {})
            found |= {f"{key}.{part}": pair for part, pair in parts.items()}
        elif isinstance(before, float) and isinstance(after, float):
            if abs(before - after) > TOLERANCE * max(1.0, abs(before)):
                found[key] = (before, after)
        elif before != after:
            found[key] = (before, after)
    return found
