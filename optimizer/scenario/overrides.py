"""Named changes of a request, and scenarios that combine them.

An override sets, scales or removes values at dotted paths that a request has, and says why. Two of
one scenario that touch the same value conflict. Values are set and removed first; what is scaled is
the value then in force, a default included, so the order of the names does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.reader import Located, Path_
from optimizer.catalog.validation import validate
from optimizer.errors import CatalogError, InputError, nearest, shown
from optimizer.scenario.expect import Expect
from optimizer.scenario.keys import Names, Path
from optimizer.scenario.layers import Layers
from optimizer.scenario.paths import SAME, canonical, dotted, told, value_at
from optimizer.scenario.request import build_request
from optimizer.scenario.room import DEFAULT_SITE
from optimizer.schema.base import Record, Slug
from optimizer.schema.build import ScenarioChange
from optimizer.schema.request import Request

ON_COMMAND_LINE = "--set"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NOTHING = ("", "null", "none")


class Override(Record):
    """What one named change does. ``scale`` multiplies; ``remove`` takes back to the default."""

    why: Annotated[str, Field(min_length=3, max_length=500)]
    set: dict[str, Any] = Field(default_factory=dict)
    scale: dict[str, Annotated[float, Field(gt=0, le=1e6, strict=False)]] = Field(
        default_factory=dict
    )
    remove: Annotated[tuple[str, ...], Field(strict=False, max_length=100)] = ()


def _entry(value: Any) -> Any:
    return {"overrides": value} if isinstance(value, list) else value


class Combination(Record):
    """A named scenario: its overrides, and what is expected of its answer."""

    overrides: Annotated[tuple[Slug, ...], Field(strict=False, max_length=50)] = ()
    description: Annotated[str, Field(max_length=2_000)] = ""
    expect: Expect = Expect()


NamedScenario = Annotated[Combination, BeforeValidator(_entry)]


class Plans(Record):
    """The named parts of a file."""

    overrides: Annotated[dict[Slug, Override], Field(max_length=500)] = Field(default_factory=dict)
    scenarios: Annotated[dict[Slug, NamedScenario], Field(max_length=500)] = Field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class Touch:
    """One value that an override touches: how, and where the file says so."""

    override: str
    why: str
    kind: str
    path: Path
    value: Any
    file: Located | None
    inner: Path_


def read_plans(file: Layers) -> Plans:
    """Overrides and scenarios of a file, every name of a scenario known. Raises CatalogError."""
    held = {key: file.data[key] for key in ("overrides", "scenarios") if file.data.get(key)}
    plans = validate(Plans, held, file)
    for name, scenario in plans.scenarios.items():
        for override in scenario.overrides:
            if override not in plans.overrides:
                place = file.place(("scenarios", name, "overrides"))
                near = nearest(override, plans.overrides)
                hint = f"Did you mean {', '.join(near)}?" if near else "Define it under overrides:"
                raise CatalogError(f"{place}: no override is called '{shown(override)}'", hint)
        if len(set(scenario.overrides)) != len(scenario.overrides):
            place = file.place(("scenarios", name))
            raise CatalogError(f"{place}: an override stands twice", "Name each once")
    return plans


def touches(
    names: Iterable[str], plans: Plans, file: Layers, plain: Mapping[str, Any]
) -> list[Touch]:
    """What the named overrides touch. Raises CatalogError for unknown paths."""
    found = []
    for name in names:
        override = plans.overrides[name]
        rows: list[tuple[str, Path_, str, Any]] = [
            *(("set", ("set", key), key, value) for key, value in override.set.items()),
            *(("scale", ("scale", key), key, value) for key, value in override.scale.items()),
            *(("remove", ("remove", i), key, None) for i, key in enumerate(override.remove)),
        ]
        if not rows:
            place = file.place(("overrides", name))
            raise CatalogError(f"{place}: '{name}' changes nothing", "Give set, scale or remove")
        for kind, at, key, value in rows:
            inner = ("overrides", name, *at)
            try:
                path = canonical(key, plain)
            except InputError as error:
                message = f"{file.place(inner)}: {error.message}"
                raise CatalogError(message, error.advice) from None
            found.append(Touch(name, override.why, kind, path, value, file, inner))
    return found


def touches_of_flags(given: Sequence[str], plain: Mapping[str, Any]) -> list[Touch]:
    """``--set path=value``, one touch each; ``null`` takes a value back. Raises InputError.

    Of two that set the same path the later counts, as with any flag: a change can be pasted behind.
    """
    found: dict[Path, Touch] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--set: {shown(text)} sets nothing", "Write --set budget=80k")
        try:
            path = canonical(key.strip(), plain)
        except InputError as error:
            raise InputError(f"--set: {error.message}", error.advice) from None
        stripped = value.strip()
        kind = "remove" if stripped.lower() in NOTHING else "set"
        read = plain_value(stripped)
        found[path] = Touch(ON_COMMAND_LINE, "", kind, path, read, None, ())
    return list(found.values())


def plain_value(text: str) -> Any:
    """A number, true or false, or text as it stands; forms read the rest."""
    if NUMBER.fullmatch(text) and len(text) < 16:
        return float(text) if "." in text else int(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def check_conflicts(found: Sequence[Touch]) -> None:
    """Raise CatalogError where two touch one value, or one touches a part of another's."""
    for index, touch in enumerate(found):
        for other in found[:index]:
            shorter = min(len(touch.path), len(other.path))
            if touch.path[:shorter] != other.path[:shorter] or _base_and_part(touch, other):
                continue
            if touch.override == other.override:
                message = f"'{touch.override}' touches {dotted(touch.path)} twice"
            else:
                message = (
                    f"'{other.override}' and '{touch.override}' both touch {dotted(touch.path)}"
                )
            place = f"{touch.file.place(touch.inner)}: " if touch.file is not None else ""
            raise CatalogError(f"{place}{message}", "Keep one of them in a scenario")


def _base_and_part(one: Touch, other: Touch) -> bool:
    """A site by name and a field of it do not exclude each other: the field changes that site."""
    paths = sorted((one.path, other.path), key=len)
    return paths[0] == ("site",) and len(paths[1]) > 1


@dataclass(slots=True)
class Applied:
    """A plain request with changes applied, and who set what."""

    plain: dict[str, Any]
    sources: dict[Path, Touch] = field(default_factory=dict)

    def put(self, touch: Touch, value: Any) -> None:
        """Set one value."""
        path = touch.path
        self.sources[path] = touch
        site = self.plain.get("site")
        if path == ("site",) and isinstance(value, str) and isinstance(site, dict):
            path = ("site", "base")
        elif path[0] == "site" and len(path) > 1 and not isinstance(site, dict):
            self.plain["site"] = {"base": site or DEFAULT_SITE}
        self._parent(path)[path[-1]] = value

    def drop(self, touch: Touch) -> None:
        """Take one value back to its default. Raises InputError where none was given."""
        same = [path for path, other in SAME.items() if other == touch.path]
        given = [path for path in (touch.path, *same) if self._given(path)]
        if not given:
            raise InputError(f"nothing to remove: {dotted(touch.path)} is not given")
        for path in given:
            del self._parent(path)[path[-1]]

    def _given(self, path: Path) -> bool:
        value: Any = self.plain
        for part in path:
            value = _held(value, part)
        return value is not None

    def _parent(self, path: Path) -> Any:
        """What holds the value at ``path``, copied on the way: the input is left alone."""
        target: Any = self.plain
        for part in path[:-1]:
            held = _held(target, part)
            target[part] = list(held) if isinstance(held, list) else dict(held or {})
            target = target[part]
        return target


def _held(parent: Any, part: str | int) -> Any:
    """What a mapping or a list holds under a key; None where it holds nothing."""
    if isinstance(parent, dict):
        return parent.get(part)
    return parent[part] if isinstance(parent, list) and isinstance(part, int) else None


class TouchNames(Names):
    """Complaints about a changed value point at the override that set it."""

    def __init__(self, applied: Applied, base: Names) -> None:
        self._applied, self._base = applied, base

    def place(self, path: Path) -> str:
        """``file:line:column: `` of the override, else of the file's own value."""
        head = path
        while head:
            touch = self._applied.sources.get(head)
            if touch is not None:
                rest = path[len(head) :]
                if touch.file is None:
                    return f"{ON_COMMAND_LINE}: "
                return f"{touch.file.place((*touch.inner, *rest))}: "
            head = head[:-1]
        return self._base.place(path)


def apply(
    plain: Mapping[str, Any], found: Sequence[Touch], catalog: Catalog, names: Names
) -> tuple[Request, tuple[ScenarioChange, ...]]:
    """The request with every change made, and each change old to new. Raises InputError."""
    base = build_request(plain, catalog, names)
    if not found:
        return base, ()
    request = changed(plain, found, catalog, names)
    return request, tuple(_changes(found, base, request))


def changed(
    plain: Mapping[str, Any], found: Sequence[Touch], catalog: Catalog, names: Names
) -> Request:
    """The request with every change made; the one without need not be whole. Raises InputError."""
    applied = Applied(dict(plain))
    placed = TouchNames(applied, names)
    for touch in found:
        if touch.kind == "set":
            applied.put(touch, touch.value)
        elif touch.kind == "remove":
            with _placed(touch):
                applied.drop(touch)
    scaled = [touch for touch in found if touch.kind == "scale"]
    if scaled:
        before = build_request(applied.plain, catalog, placed)
        for touch in scaled:
            with _placed(touch):
                applied.put(touch, _times(value_at(before, touch.path), touch))
    return build_request(applied.plain, catalog, placed)


class _placed:
    """Puts the place of an override in front of a complaint."""

    def __init__(self, touch: Touch) -> None:
        self._touch = touch

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        file = self._touch.file
        if isinstance(error, InputError) and file is not None:
            place = f"{file.place(self._touch.inner)}: "
            raise CatalogError(place + error.message, error.advice) from None


def _times(value: Any, touch: Touch) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        what = "is not given" if value is None else "is not a number"
        raise InputError(f"nothing to scale: {dotted(touch.path)} {what}", "Set it instead")
    factor = float(touch.value)
    return max(1, round(value * factor)) if isinstance(value, int) else round(value * factor, 10)


def _changes(found: Sequence[Touch], base: Request, request: Request) -> Iterator[ScenarioChange]:
    for touch in found:
        yield ScenarioChange(
            override=touch.override,
            why=touch.why,
            path=dotted(touch.path),
            before=told(value_at(base, touch.path)),
            after=told(value_at(request, touch.path)),
        )
