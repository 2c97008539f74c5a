"""Scenario files: a request in YAML, its named changes, and what is expected of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.validation import validate
from optimizer.errors import InputError, unknown_name
from optimizer.scenario import forms
from optimizer.scenario.expect import Expect
from optimizer.scenario.keys import read_plain
from optimizer.scenario.layers import Layers, read_layers
from optimizer.scenario.overrides import (
    Plans,
    apply,
    check_conflicts,
    read_plans,
    touches,
    touches_of_flags,
)
from optimizer.scenario.request import FileNames, plain_of
from optimizer.schema.build import ScenarioUsed
from optimizer.schema.request import Request


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question of a file: its request, how it came about, and what is expected."""

    name: str
    description: str
    request: Request
    expect: Expect
    used: ScenarioUsed


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A file read over all that it extends; forms and names are checked, the catalog is not."""

    path: Path
    layers: Layers
    plans: Plans
    expect: Expect

    @property
    def names(self) -> tuple[str, ...]:
        """The named scenarios, in the order of the file."""
        return tuple(self.plans.scenarios)

    @property
    def title(self) -> str:
        """What the file calls itself, else its file name."""
        label = self.layers.data.get("name") or self.path.stem
        return forms.text(label, f"{self.layers.place(('name',))}: name")

    def scenario(
        self, catalog: Catalog, name: str | None = None, changes: Sequence[str] = ()
    ) -> Scenario:
        """The file's own request, or a named scenario, with ``--set`` changes on top.

        Raises InputError for an unknown name, a path that is not there, or a conflict.
        """
        names = FileNames(self.layers)
        plain = plain_of(self.layers)
        description = str(self.layers.data.get("description") or "")
        expect, title = self.expect, self.title
        wanted: tuple[str, ...] = ()
        if name is not None:
            if name not in self.plans.scenarios:
                raise _unknown_scenario(name, self)
            held = self.plans.scenarios[name]
            expect, wanted = held.expect, held.overrides
            title, description = f"{title} · {name}", held.description or description
        found = touches(wanted, self.plans, self.layers, plain)
        check_conflicts(found)
        set_by_flags = touches_of_flags(changes, plain)
        check_conflicts(set_by_flags)
        if set_by_flags:
            expect = Expect()  # another question than the one that the file speaks of
        request, made = apply(plain, [*found, *set_by_flags], catalog, names)
        used = ScenarioUsed(file=self.path.name, scenario=name, changes=made)
        return Scenario(title, description, request, expect, used)


def _unknown_scenario(name: str, file: ScenarioFile) -> InputError:
    if not file.names:
        return InputError(f"{file.path.name} has no named scenarios", "Leave --scenario out")
    error = unknown_name("scenario", name, file.names)
    return InputError(error.message, error.advice or f"It has: {', '.join(file.names)}")


def read_scenario_file(path: Path) -> ScenarioFile:
    """Read a scenario file; complaints about its keys and forms need no catalog.

    Raises InputError naming file, line and column.
    """
    layers = read_layers(path)
    read_plain(plain_of(layers), FileNames(layers))
    given = layers.data.get("expect")
    expect = validate(Expect, {} if given is None else given, layers, ("expect",))
    return ScenarioFile(path, layers, read_plans(layers), expect)


def load_scenario(path: Path, catalog: Catalog, name: str | None = None) -> Scenario:
    """A scenario of a file (its own request when no ``name`` is given). Raises InputError."""
    return read_scenario_file(path).scenario(catalog, name)


def split_reference(text: str) -> tuple[Path, str | None]:
    """``plan.yaml:NAME`` as the file and the name of a scenario in it."""
    file, colon, name = text.rpartition(":")
    if colon and file.endswith((".yaml", ".yml")):
        return Path(file), name
    return Path(text), None
