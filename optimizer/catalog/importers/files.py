"""Files of others, read with bounds: text, CSV rows with their numbers, JSON without surprises."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from optimizer.errors import InputError, nearest, shown

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000
MAX_PROBLEMS = 8
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell (OWASP, CSV injection)."""
NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Content:
    """A file's name for messages, its bytes, and their SHA-256."""

    name: str
    data: bytes

    @property
    def digest(self) -> str:
        """First 12 hex digits of the SHA-256: enough to know the file again."""
        return sha256(self.data).hexdigest()[:12]

    def text(self) -> str:
        """The content as UTF-8. Raises InputError."""
        if b"\0" in self.data:
            raise InputError(f"{self.name}: not UTF-8 text", "Save it as UTF-8")
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"{self.name}: not UTF-8 text", "Save it as UTF-8") from None


def read_content(path: Path, limit: int = MAX_BYTES) -> Content:
    """Read one plain file. Raises InputError for what is missing, no plain file, or too large."""
    name = shown(path.name or str(path))
    try:
        if not path.is_file():
            raise InputError(f"{shown(str(path))}: no such file, or not a plain file")
        if path.stat().st_size > limit:
            raise InputError(f"{name}: larger than {limit:,} bytes")
        data = path.read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {shown(str(path))}: {shown(reason)}") from None
    if not data.strip():
        raise InputError(f"{name}: an empty file")
    return Content(name, data)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file: its cells by column, and where it stands."""

    file: str
    line: int
    cells: dict[str, str]

    def place(self, column: str = "") -> str:
        """``file:line`` and the column."""
        return f"{self.file}:{self.line}" + (f": {column}" if column else "")

    def get(self, column: str) -> str:
        """The cell, without the space around it; empty when the file lacks the column."""
        return self.cells.get(column, "").strip()


def read_rows(content: Content, required: Sequence[str], known: Iterable[str]) -> list[Row]:
    """The rows of a CSV file that has a header. Raises InputError.

    Column names are lower-cased. A column that is not ``known`` is an error when ``known`` is not
    empty; one that is ``required`` must be there.
    """
    text = content.text()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        heads = [cell.strip().lower() for cell in next(reader, [])]
        _check_header(content.name, heads, required, list(known))
        return [
            Row(content.name, line, dict(zip(heads, cells, strict=True)))
            for line, cells in _lines(content.name, reader, len(heads))
        ]
    except csv.Error as error:
        raise InputError(f"{content.name}:{reader.line_num}: {shown(str(error))}") from None


def _check_header(name: str, heads: list[str], required: Sequence[str], known: list[str]) -> None:
    for head in heads:
        if known and head not in known:
            near = nearest(head, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}"
            raise InputError(f"{name}:1: unknown column '{shown(head)}'", hint)
        if heads.count(head) > 1:
            raise InputError(f"{name}:1: the column '{shown(head)}' stands twice")
    for head in required:
        if head not in heads:
            raise InputError(f"{name}:1: the column '{head}' is missing", "The first line names it")


def _lines(name: str, reader: Any, width: int) -> Iterable[tuple[int, list[str]]]:
    for count, cells in enumerate(reader):
        if count >= MAX_ROWS:
            raise InputError(f"{name}: more than {MAX_ROWS:,} rows", "Split the file")
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            raise InputError(
                f"{name}:{reader.line_num}: {len(cells)} cells, the header has {width}",
                'Put cells that contain commas in quotes "..."',
            )
        yield reader.line_num, cells


def cell_text(row: Row, column: str, most: int = 200) -> str:
    """A cell of text. Raises InputError for formulas, control characters, and overlong text."""
    raw = row.cells.get(column, "")
    text = raw.strip()
    if raw.startswith(FORMULA) or text.startswith(FORMULA):
        raise InputError(
            f"{row.place(column)}: {shown(text)} looks like a formula",
            "Cells may not start with = + - @",
        )
    if not text.isprintable():
        raise InputError(f"{row.place(column)}: control characters in {shown(text)}")
    if len(text) > most:
        raise InputError(f"{row.place(column)}: longer than {most} characters")
    return text


def cell_number(row: Row, column: str, most: float = 1e9) -> float:
    """A cell that holds a positive number: ``1234.50`` or ``$1,234.50``. Raises InputError."""
    text = row.get(column).removeprefix("$").strip()
    if not NUMBER.fullmatch(text) or not 0 < float(text.replace(",", "")) <= most:
        raise InputError(
            f"{row.place(column)}: {shown(row.get(column)) or 'nothing'} is not a usable number",
            f"Give a number above 0, at most {most:,.0f}, such as 1234.50",
        )
    return float(text.replace(",", ""))


def all_problems(name: str, problems: Sequence[InputError]) -> InputError:
    """One error that lists what is wrong, so that a file is mended in one go."""
    if len(problems) == 1:
        return problems[0]
    lines = [str(problem) for problem in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"... and {len(problems) - MAX_PROBLEMS} more")
    return InputError(f"{name} has {len(problems)} problems\n" + "\n".join(lines))


def parse_json(content: Content) -> dict[str, Any]:
    """A JSON object; equal keys, broken syntax and deep nesting are errors. Raises InputError."""
    text = content.text()

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InputError(f"{content.name}: the key '{shown(twice)}' stands twice")
        return found

    try:
        data = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        place = f"{content.name}:{error.lineno}:{error.colno}"
        raise InputError(f"{place}: {shown(error.msg)}", "Expected JSON") from None
    except (RecursionError, ValueError) as error:
        problem = "nested too deeply" if isinstance(error, RecursionError) else "a number too long"
        raise InputError(f"{content.name}: {problem}") from None
    if not isinstance(data, dict):
        raise InputError(f"{content.name}: expected a JSON object, got {shown(data)}")
    return data
