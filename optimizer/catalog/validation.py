"""Plain data to typed records, with problems told in the file's own terms."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from optimizer.catalog.reader import Located, Path_
from optimizer.errors import CatalogError, nearest, shown

M = TypeVar("M", bound=BaseModel)
MAX_PROBLEMS = 5


def validate(kind: type[M], data: Any, file: Located, path: Path_ = ()) -> M:
    """``data`` (at ``path`` of ``file``) as ``kind``. Raises CatalogError naming each problem."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        problems = [_problem(kind, item, file, path) for item in error.errors()[:MAX_PROBLEMS]]
        more = error.error_count() - len(problems)
        if more > 0:
            problems.append(f"... and {more} more")
        raise CatalogError("\n".join(problems)) from None


def _problem(kind: type[BaseModel], item: Any, file: Located, path: Path_) -> str:
    location: Path_ = (*path, *item["loc"])
    place = file.place(location)
    key = ".".join(str(part) for part in item["loc"]) or kind.__name__
    if item["type"] == "extra_forbidden":
        allowed = _keys_at(kind, item["loc"][:-1])
        near = nearest(str(item["loc"][-1]), allowed)
        hint = f"did you mean {', '.join(near)}?" if near else f"allowed: {', '.join(allowed)}"
        return f"{place}: unknown key '{shown(key)}'; {hint}"
    if item["type"] == "missing":
        return f"{place}: the key '{shown(key)}' is missing"
    if item["type"] == "literal_error":
        expected = str(item["ctx"]["expected"]).replace("'", "")
        near = nearest(str(item["input"]), expected.replace(" or ", ", ").split(", "))
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{place}: {key} is '{shown(item['input'])}'; allowed: {expected}{hint}"
    message = item["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    given = "" if isinstance(item["input"], dict | list) else f" (given: {shown(item['input'])})"
    return f"{place}: {shown(key)}: {message}{given}"


def _keys_at(kind: Any, location: tuple[str | int, ...]) -> list[str]:
    """Field names of the record at ``location`` inside ``kind``."""
    for part in location:
        if isinstance(part, int):
            continue
        field = getattr(kind, "model_fields", {}).get(part)
        if field is None:
            return []
        kind = _record_in(field.annotation)
    return sorted(getattr(kind, "model_fields", {}))


def _record_in(annotation: Any) -> Any:
    """The record type inside an annotation such as ``tuple[X, ...]`` or ``X | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _record_in(argument)
        if found is not None:
            return found
    return None
