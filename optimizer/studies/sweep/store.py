"""Rows on disk: a file per batch as it finishes, one file at the end.

``results.parquet`` grows as ``results.parquet.parts/``: a manifest that says which sweep this is,
and a part per finished batch. Every file is written whole or not at all, so after any stop each
batch is either there or not; the same command goes on with those that are not.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.atomic import write_bytes_atomic, write_text_atomic
from optimizer.errors import InputError, shown
from optimizer.studies.sweep.rows import COLUMNS, COUNTS, NUMBERS, Row

FORMATS = (".parquet", ".csv")
MANIFEST = "sweep.json"
RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Store:
    """Where the rows of one sweep go. ``axes``: name -> whether its values are numbers."""

    file: Path
    axes: dict[str, bool]

    @property
    def folder(self) -> Path:
        """Where parts lie until all are there."""
        return self.file.with_name(self.file.name + ".parts")

    def open(self, manifest: dict[str, Any], again: bool) -> set[int]:
        """Begin or go on; the numbers of batches that are done.

        Raises InputError when something else is there; ``again`` begins anew instead.
        """
        name = shown(self.file.name)
        if self.file.exists() and not again:
            raise InputError(f"--output: {name} is there already", "Use --force to replace it")
        held = self.folder / MANIFEST
        if again and self.folder.is_dir():
            shutil.rmtree(self.folder)
        self.folder.mkdir(exist_ok=True)
        text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        if held.exists():
            if held.read_text("utf-8") != text:
                raise InputError(
                    f"{shown(self.folder.name)} holds the parts of another sweep",
                    "Name another file, or use --force to begin anew",
                )
        elif any(self.folder.iterdir()):
            raise InputError(f"{shown(self.folder.name)} is not empty", "Name another file")
        else:
            write_text_atomic(held, text)
        return {int(p.stem.split("-")[1]) for p in self.folder.glob(f"part-*{self.file.suffix}")}

    def part(self, number: int) -> Path:
        """The file of one batch."""
        return self.folder / f"part-{number:06d}{self.file.suffix}"

    def write(self, number: int, rows: Sequence[Row]) -> None:
        """Keep the rows of one batch."""
        write_bytes_atomic(self.part(number), self._bytes(rows))

    def forget_empty(self) -> None:
        """Leave nothing behind where no batch was kept."""
        if not any(self.folder.glob("part-*")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def finish(self, numbers: Sequence[int]) -> list[Row]:
        """All rows in the order of their points, in one file; the parts go."""
        parts = [self.part(number) for number in numbers]
        joined = _joined_csv if self.file.suffix == ".csv" else _joined_parquet
        write_bytes_atomic(self.file, joined(parts))
        shutil.rmtree(self.folder)
        return self.read(self.file)

    def read(self, path: Path) -> list[Row]:
        """The rows of a file of this sweep."""
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as stream:
                return [self._typed(row) for row in csv.DictReader(stream)]
        from pyarrow import parquet  # noqa: PLC0415 (heavy)

        found: list[Row] = parquet.read_table(path).to_pylist()
        return found

    def _typed(self, row: dict[str, str]) -> Row:
        """The cells of a CSV file as the values that they were."""
        kinds = {column: self._kind(column) for column in row}
        return {c: None if text == "" else kinds[c](text) for c, text in row.items()}

    def _kind(self, column: str) -> type[int] | type[float] | type[str]:
        """What the values of a column are."""
        if column in COUNTS:
            return int
        return float if self.axes.get(column, column in NUMBERS) else str

    @property
    def columns(self) -> tuple[str, ...]:
        """``point``, the axes, what came of it."""
        return ("point", *self.axes, *COLUMNS)

    def _bytes(self, rows: Sequence[Row]) -> bytes:
        return self._csv(rows) if self.file.suffix == ".csv" else self._parquet(rows)

    def _csv(self, rows: Sequence[Row]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        for row in rows:
            writer.writerow([_cell(row.get(column)) for column in self.columns])
        return out.getvalue().encode("utf-8")

    def _parquet(self, rows: Sequence[Row]) -> bytes:
        import pyarrow as pa  # noqa: PLC0415

        kinds = {int: pa.int64(), float: pa.float64(), str: pa.string()}

        def array(column: str) -> Any:
            kind = self._kind(column)
            convert = _text if kind is str else kind
            values = [row.get(column) for row in rows]
            return pa.array([None if v is None else convert(v) for v in values], kinds[kind])

        return _parquet_bytes(pa.table({column: array(column) for column in self.columns}))


def _parquet_bytes(table: Any) -> bytes:
    from pyarrow import parquet  # noqa: PLC0415

    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def _joined_parquet(parts: Sequence[Path]) -> bytes:
    """The rows of all parts in the order of their points."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    table = pa.concat_tables([parquet.read_table(part) for part in parts])
    return _parquet_bytes(table.sort_by("point").combine_chunks())


def _joined_csv(parts: Sequence[Path]) -> bytes:
    """The same of CSV files; cells stay as they were written."""
    heads: list[str] = []
    rows: list[list[str]] = []
    for part in parts:
        with part.open(encoding="utf-8", newline="") as stream:
            heads, *more = csv.reader(stream)
            rows += more
    rows.sort(key=lambda row: int(row[heads.index("point")]))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([heads, *rows])
    return out.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, list | tuple):
        value = _text(value)
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return "" if value is None else value


def _text(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def check_target(file: Path) -> None:
    """Refuse a file that cannot hold a sweep. Raises InputError."""
    if file.suffix not in FORMATS:
        raise InputError(f"--output: {shown(file.name)} is neither .parquet nor .csv")
    if not file.parent.is_dir():
        raise InputError(f"--output: there is no directory {shown(str(file.parent))}", "Make it")
