"""Filter and sort catalog entries by their fields: ``vram_mib>=81920``, ``-tdp_w``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from pydantic import BaseModel

from optimizer.errors import InputError, nearest, shown
from optimizer.schema.base import Sourced

TEST = re.compile(r"\s*([a-z_][a-z0-9_.]*)\s*(>=|<=|!=|==|=|>|<|~)\s*(.+?)\s*", re.DOTALL)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
EQUALITY = ("=", "==", "!=")
WORDS = {"true": True, "yes": True, "false": False, "no": False}
PRICE = "price"
Price = Callable[[Sourced], float | None]


def value_of(record: Sourced, field: str) -> Any:
    """The value of a field, or of a field inside it (``rack.units``); None when not known."""
    value: Any = record
    for part in field.split("."):
        value = getattr(value, part, None)
    return None if callable(value) else value


class Select:
    """Conditions that must all hold, and the field to sort by."""

    def __init__(self, tests: Sequence[str], sort: str | None) -> None:
        self._tests = [_parse(test) for test in tests]
        self._sort = (sort or "").removeprefix("-")
        self._descending = (sort or "").startswith("-")
        names = [field for field, _, _ in self._tests] + [self._sort]
        self.fields = [f for f in names if f and f not in ("id", "name", PRICE)]

    def apply(self, records: Sequence[Sourced], price: Price) -> list[Sourced]:
        """Entries that pass, sorted. Raises InputError for a field that no entry has."""
        for field in self.fields:
            _check(field, records)

        def get(record: Sourced, field: str) -> Any:
            return price(record) if field == PRICE else value_of(record, field)

        found = [r for r in records if all(_holds(f, get(r, f), op, v) for f, op, v in self._tests)]
        if self._sort:
            known = [r for r in found if get(r, self._sort) is not None]
            known.sort(key=lambda r: _order(get(r, self._sort)), reverse=self._descending)
            found = known + [r for r in found if get(r, self._sort) is None]
        return found


def _parse(test: str) -> tuple[str, str, str]:
    match = TEST.fullmatch(test)
    if match is None:
        raise InputError(
            f"--filter: {shown(test)} is not understood",
            "Write FIELD>=VALUE, with one of >= <= > < = != or ~ (contains)",
        )
    return match[1], match[2], match[3]


def _check(field: str, records: Sequence[Sourced]) -> None:
    """A field that no entry has, or that none has inside it, is an error with the nearest names."""
    first, _, inner = field.partition(".")
    known = {name for record in records for name in type(record).model_fields}
    if records and first not in known:
        near = nearest(field, [*known, PRICE])
        hint = f"Did you mean {', '.join(near)}?" if near else ""
        raise InputError(f"no field is called '{shown(field)}' here", hint)
    if not inner:
        return
    parts = [v for r in records if isinstance(v := value_of(r, first), BaseModel)]
    inside = {f"{first}.{name}" for part in parts for name in type(part).model_fields}
    if field not in inside:
        near = nearest(field, inside) or sorted(inside)
        hint = f"Did you mean {', '.join(near)}?" if near else f"{first} holds no fields"
        raise InputError(f"no field is called '{shown(field)}' here", hint)


def _holds(field: str, value: Any, sign: str, text: str) -> bool:
    """An unknown value passes no test."""
    if value is None:
        return False
    if isinstance(value, BaseModel):
        names = ", ".join(f"{field}.{name}" for name in type(value).model_fields)
        raise InputError(f"--filter: {field} holds several figures", f"Compare one: {names}")
    if isinstance(value, tuple | dict):
        return _among(field, value, sign, text)
    if sign == "~":
        return text.lower() in str(value).lower()
    if isinstance(value, bool):
        if text.lower() not in WORDS or sign not in EQUALITY:
            raise InputError(f"--filter: {field} is yes or no", f"Write {field}=yes or {field}=no")
        return COMPARE[sign](value, WORDS[text.lower()])
    if isinstance(value, int | float):
        return COMPARE[sign](value, _number(text))
    return COMPARE[sign](str(value).lower(), text.lower())


def _among(field: str, value: Any, sign: str, text: str) -> bool:
    """A list has the item, or not."""
    if sign not in (*EQUALITY, "~"):
        raise InputError(f"--filter: {field} is a list", f"Write {field}=VALUE or {field}~TEXT")
    items = [str(item).lower() for item in value]
    if sign == "~":
        return any(text.lower() in item for item in items)
    return (text.lower() in items) == (sign != "!=")


def _number(text: str) -> float:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise InputError(f"--filter: {shown(text)} is not a number")
    return number


def _order(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value).lower())
