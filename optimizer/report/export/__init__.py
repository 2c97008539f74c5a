"""The answer in the files of other programs; nothing in a cell or a name can act there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, nearest, shown
from optimizer.report.export.comma import bill_csv, purchase_csv
from optimizer.report.export.markdown import answer_markdown, purchase_markdown
from optimizer.schema.build import Result

Export = Callable[[Result, Catalog], bytes]


def _json(result: Result, _: Catalog) -> bytes:
    from optimizer.report.document import json_document  # noqa: PLC0415

    return json_document(result).encode()


def _xlsx(result: Result, catalog: Catalog) -> bytes:
    from optimizer.report.export.workbook import answer_workbook  # noqa: PLC0415  (openpyxl)

    return answer_workbook(result, catalog)


ANSWERS: Mapping[str, Export] = {
    ".csv": lambda result, catalog: bill_csv(result, catalog).encode(),
    ".json": _json,
    ".md": lambda result, catalog: answer_markdown(result, catalog).encode(),
    ".xlsx": _xlsx,
}
"""Ending of a file -> what makes it, for bill of materials and TCO."""
PURCHASES: Mapping[str, Export] = {
    ".csv": lambda result, catalog: purchase_csv(result, catalog).encode(),
    ".md": lambda result, catalog: purchase_markdown(result, catalog).encode(),
}
"""The same for purchase lists."""


def export_for(file: Path, flag: str, known: Mapping[str, Export] = ANSWERS) -> Export:
    """What makes this file, by its ending. Raises InputError for an ending that is not known."""
    ending = file.suffix.lower()
    if ending in known:
        return known[ending]
    near = nearest(ending, known)
    hint = f"Did you mean {near[0]}?" if near else f"Endings: {', '.join(known)}"
    raise InputError(f"{flag}: {shown(file.name)} does not say what it should be", hint)
