"""Records from data that was validated before: the same objects, without validating them again.

Only for data of this program's own making: what came out of :func:`text` goes back in. Nothing is
checked, so that a large catalog costs its parsing and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

Build = Callable[[Any], Any]
MOST_SHARED = 10_000


def text(record: BaseModel) -> bytes:
    """What was stated of a record, as JSON: defaults are left out, as in its file."""
    return type(record).__pydantic_serializer__.to_json(record, exclude_unset=True)


@cache
def builder(kind: type[BaseModel]) -> Build:
    """How to make a ``kind`` from the data that :func:`text` states."""
    template: dict[str, Any] = {}
    factories: dict[str, Callable[[], Any]] = {}
    converters: list[tuple[str, Build]] = []
    for name, field in kind.model_fields.items():
        template[name] = None  # all fields in their order; what is required is always stated
        if field.default_factory is not None:
            factories[name] = field.default_factory  # type: ignore[assignment]
        elif not field.is_required():
            template[name] = field.default
        convert = _converter(field.annotation)
        if convert is not None:
            converters.append((name, convert))
    new, put = kind.__new__, object.__setattr__
    stated: dict[tuple[str, ...], set[str]] = {}

    def build(data: dict[str, Any]) -> Any:
        values = {**template, **data}
        for name, convert in converters:
            value = data.get(name)
            if value is not None:
                values[name] = convert(value)
        for name, factory in factories.items():
            if name not in data:
                values[name] = factory()
        keys = tuple(data)
        made = new(kind)
        put(made, "__dict__", values)
        put(made, "__pydantic_fields_set__", stated.get(keys) or stated.setdefault(keys, set(keys)))
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made

    return build


def _converter(annotation: Any) -> Build | None:
    """JSON value to the value of a field; None where they are the same."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _converter(arguments[0])
    if origin in (Union, UnionType):
        kinds = [a for a in arguments if a is not NoneType]
        if len(kinds) == 1:
            return _converter(kinds[0])
        if any(_converter(kind) is not None for kind in kinds):
            raise TypeError(f"no way to tell {kinds} apart")
        return None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _shared(builder(annotation))
    if origin is tuple:
        return _tuple(arguments)
    if origin is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        inner = _converter(arguments[1])
        return None if inner is None else lambda d: {k: inner(v) for k, v in d.items()}
    return None


def _shared(build: Build) -> Build:
    """Small records inside others are often equal, and frozen: one object stands for all."""
    held: dict[Any, Any] = {}

    def shared(data: dict[str, Any]) -> Any:
        key = tuple(data.items())
        try:
            found = held.get(key)
        except TypeError:  # a list inside
            return build(data)
        if found is None:
            if len(held) >= MOST_SHARED:
                held.clear()
            found = held[key] = build(data)
        return found

    return shared


def _tuple(arguments: tuple[Any, ...]) -> Build:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = _converter(arguments[0])
        return tuple if inner is None else lambda d: tuple([inner(v) for v in d])
    each = [_converter(a) for a in arguments]
    return lambda d: tuple([v if c is None else c(v) for c, v in zip(each, d, strict=True)])
