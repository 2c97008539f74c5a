"""Grids of requests: axes of values at dotted paths, every combination one request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import exp, log, prod
from typing import Annotated, Any, Literal

from pydantic import Field

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.reader import Path_
from optimizer.catalog.validation import validate
from optimizer.errors import CatalogError, InputError, shown, unknown_name
from optimizer.scenario import keys
from optimizer.scenario.files import ScenarioFile
from optimizer.scenario.keys import Names, Path, read_plain
from optimizer.scenario.names import Resolve, check_names
from optimizer.scenario.overrides import Touch, changed, check_conflicts, plain_value, touches
from optimizer.scenario.paths import canonical, dotted, told
from optimizer.scenario.request import FileNames, plain_of
from optimizer.schema.base import Record
from optimizer.schema.explanation import Value
from optimizer.schema.request import Request

MOST_POINTS = 100_000
MOST_VALUES = 10_000
SCENARIO = "scenario"
"""The axis that goes through named scenarios."""
SWEEP = "sweep"
RANGE = re.compile(r"(.+?)\.\.(.+?)/(\d{1,5})(log)?")


class Range(Record):
    """Values from one end to the other, both included, evenly or by a constant factor."""

    start: Annotated[Any, Field(alias="from")]
    to: Any
    steps: Annotated[int, Field(ge=2, le=MOST_VALUES)]
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True, slots=True)
class Axis:
    """One path, and the values it takes in turn."""

    name: str
    path: Path
    values: tuple[Any, ...]
    inner: Path_ = ()
    """Where it stands in its file; empty for flags."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a grid varies: a file with its named scenarios, or the flags of one request."""

    plain: Mapping[str, Any]
    names: Names
    file: ScenarioFile | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Axes over a question. Points are numbered from 0, the last axis fastest."""

    question: Question
    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """Number of points."""
        return prod(len(axis.values) for axis in self.axes)

    def places(self, index: int) -> list[int]:
        """Which value of every axis a point has."""
        found = []
        for axis in reversed(self.axes):
            index, at = divmod(index, len(axis.values))
            found.append(at)
        return found[::-1]

    def point(self, places: Sequence[int]) -> int:
        """The number of a point: :meth:`places` backwards."""
        index = 0
        for axis, at in zip(self.axes, places, strict=True):
            index = index * len(axis.values) + at
        return index

    def values(self, index: int) -> dict[str, Value]:
        """The value of every axis at a point, by the axis' name."""
        held = zip(self.axes, self.places(index), strict=True)
        return {axis.name: told(axis.values[at]) for axis, at in held}

    def request(self, index: int, catalog: Catalog) -> Request:
        """The request of a point. Raises InputError where its values do not go together."""
        found: list[Touch] = []
        for axis, at in zip(self.axes, self.places(index), strict=True):
            found += self._touches(axis, axis.values[at], at)
        question = self.question
        return changed(question.plain, found, catalog, question.names)

    def _touches(self, axis: Axis, value: Any, at: int) -> list[Touch]:
        file = self.question.file
        if axis.name == SCENARIO and file is not None:
            names = file.plans.scenarios[value].overrides
            return touches(names, file.plans, file.layers, self.question.plain)
        place = (*axis.inner, at) if axis.inner else ()
        layers = file.layers if file is not None and axis.inner else None
        kind = "remove" if value is None else "set"
        return [Touch(f"--over {axis.name}", "", kind, axis.path, value, layers, place)]


def question_of_file(file: ScenarioFile) -> Question:
    """A file's own request as what a grid varies."""
    return Question(plain_of(file.layers), FileNames(file.layers), file)


def grid_of(question: Question, over: Sequence[str]) -> Grid:
    """The grid of a file's ``sweep``, with the axes of ``--over`` added or put in their place.

    Raises InputError for a path that is not there, two axes on one value, or too many points.
    """
    axes = {axis.path: axis for axis in _of_file(question)}
    axes |= {axis.path: axis for axis in (_of_flag(text, question) for text in over)}
    grid = Grid(question, tuple(axes.values()))
    if not axes:
        raise InputError("nothing to sweep over", "Give --over budget=20k,40k, or sweep: in a file")
    if grid.size > MOST_POINTS:
        raise InputError(
            f"{grid.size:,} requests are too many", f"At most {MOST_POINTS:,} in one sweep"
        )
    check_conflicts([t for a in grid.axes if a.name != SCENARIO for t in grid._touches(a, 1, 0)])
    _check_scenarios(grid)
    return grid


def check_axis_names(grid: Grid, resolve: Resolve) -> None:
    """Raise InputError for a misspelt model, site or accelerator among the values of an axis."""
    for axis in grid.axes:
        for value in axis.values if len(axis.path) == 1 else ():
            try:
                check_names({str(axis.path[0]): value}, resolve, Names())
            except InputError as error:
                raise InputError(f"{_place(grid, axis)}{error.message}", error.advice) from None


def _place(grid: Grid, axis: Axis) -> str:
    """Where an axis was given, as a prefix of a complaint."""
    file = grid.question.file
    return "--over: " if file is None or not axis.inner else f"{file.layers.place(axis.inner)}: "


def _check_scenarios(grid: Grid) -> None:
    """No scenario of the grid touches what another axis sets."""
    for axis in grid.axes:
        if axis.name == SCENARIO:
            others = [t for a in grid.axes if a is not axis for t in grid._touches(a, 1, 0)]
            for at, name in enumerate(axis.values):
                check_conflicts([*grid._touches(axis, name, at), *others])


def _of_file(question: Question) -> list[Axis]:
    file = question.file
    held = None if file is None else file.layers.data.get(SWEEP)
    if file is None or held is None:
        return []
    if not isinstance(held, dict):
        place = file.layers.place((SWEEP,))
        raise CatalogError(f"{place}: sweep: expected paths and their values")
    found = []
    for name, value in held.items():
        inner = (SWEEP, name)
        place = file.layers.place(inner)
        try:
            if isinstance(value, dict):
                spread = validate(Range, value, file.layers, inner)
                found.append(_axis(name, spread, question, inner))
            else:
                found.append(_axis(name, value, question, inner))
        except CatalogError:
            raise
        except InputError as error:
            raise CatalogError(f"{place}: sweep: {error.message}", error.advice) from None
    return found


def _of_flag(text: str, question: Question) -> Axis:
    """``budget=20k,40k`` or ``budget=20k..200k/10`` or ``context=4K..128K/6log``."""
    name, equals, given = text.partition("=")
    if not equals or not given.strip():
        raise InputError(f"--over: {shown(text)} names no values", "Write --over budget=20k,40k")
    spread = RANGE.fullmatch(given.strip())
    try:
        if spread is not None:
            scale = "log" if spread[4] else "linear"
            held = Range.model_validate(
                {"from": spread[1], "to": spread[2], "steps": int(spread[3]), "scale": scale}
            )
            return _axis(name.strip(), held, question, ())
        values = [plain_value(part.strip()) for part in given.split(",")]
        return _axis(name.strip(), values, question, ())
    except InputError as error:
        raise InputError(f"--over: {error.message}", error.advice) from None
    except ValueError:
        raise InputError(f"--over: {shown(text)}: at least 2 steps, at most 10,000") from None


def _axis(name: str, given: Any, question: Question, inner: Path_) -> Axis:
    path: Path = (SCENARIO,)
    if name != SCENARIO or question.file is None:
        path = canonical(name, question.plain)
    if isinstance(given, Range):
        values = _spread(given, path)
    else:
        values = tuple(given) if isinstance(given, list) else (given,)
    if name == SCENARIO and question.file is not None:
        known = question.file.names
        wrong = [v for v in values if v not in known]
        if wrong:
            error = unknown_name("scenario", str(wrong[0]), known)
            some = f"The file has {', '.join(known)}" if known else "The file names none"
            raise InputError(error.message, error.advice or some)
    else:
        values = tuple(_read(value, path) for value in values)
    if not values or len(values) > MOST_VALUES:
        raise InputError(f"{dotted(path)}: {len(values)} values", f"1 to {MOST_VALUES:,}")
    often = Counter(map(repr, values)).most_common(1)
    if often[0][1] > 1:
        raise InputError(f"{dotted(path)}: {often[0][0]} stands twice", "Name each value once")
    return Axis(name, path, values, inner)


def _read(value: Any, path: Path) -> Any:
    """A value in its form, so that a typo is told before anything is solved; 20k is 20,000."""
    target = len(path) == 2 and path[0] == "targets"
    if value is None or not (len(path) == 1 or target):
        return value

    def read(given: Any) -> Any:
        name = str(path[-1])
        if target:
            return read_plain({"targets": {name: given}}, Names())["targets"][name]
        return read_plain({name: given}, Names())[name]

    number = read(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        return value
    with suppress(InputError):  # of a number without its unit, where it needs one
        if read(number) == number:
            return number
    return value


def _spread(given: Range, path: Path) -> tuple[Any, ...]:
    low, high = (_number(end, path) for end in (given.start, given.to))
    whole = isinstance(low, int) and isinstance(high, int)
    if given.scale == "log" and min(low, high) <= 0:
        raise InputError(f"{dotted(path)}: a log range lies above 0", "Use scale: linear")
    found: list[Any] = []
    for step in range(given.steps):
        share = step / (given.steps - 1)
        if given.scale == "log":
            value = exp(log(low) + share * (log(high) - log(low)))
        else:
            value = low + share * (high - low)
        ends = {0: low, given.steps - 1: high}
        found.append(ends.get(step, round(value) if whole else round(value, 6)))
    return tuple(dict.fromkeys(found))


def _number(value: Any, path: Path) -> int | float:
    """An end of a range as the key's own form reads it: 20k, 8K, 3y."""
    parser = keys.TOP.get(str(path[-1])) if len(path) == 1 else None
    parser = keys.TARGETS.get(str(path[1])) if path[0] == "targets" else parser
    read = plain_value(value) if isinstance(value, str) else value
    number = read if parser is None else parser(read, dotted(path))
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise InputError(f"{dotted(path)}: {shown(value)} is not the end of a range")
    return number
