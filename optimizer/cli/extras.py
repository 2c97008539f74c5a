"""Files beside the answer: the HTML page, charts, exports, the purchase list."""

# ruff: noqa: PLC0415

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.cli.output import check_writable, write_file
from optimizer.errors import InputError, shown

if TYPE_CHECKING:
    from optimizer.catalog.catalog import Catalog
    from optimizer.report.charts import Chart
    from optimizer.schema.build import Result

OWN = ("report", "charts", "export", "purchase_list", "output", "json", "progress", "quiet")
"""Parameters that change where an answer goes, not what it is."""


def check_extras(given: Mapping[str, Any]) -> None:
    """Refuse files that cannot be written, before the solve. Raises InputError."""
    for flag, file in _files(given):
        check_writable(file, flag)
    if given.get("export") or given.get("purchase_list"):
        from optimizer.report.export import PURCHASES, export_for

        for file in given.get("export") or ():
            export_for(file, "--export")
        if given.get("purchase_list"):
            export_for(given["purchase_list"], "--purchase-list", PURCHASES)
    charts = given.get("charts")
    if charts is not None and (charts.exists() and not charts.is_dir()):
        raise InputError(f"--charts: {shown(str(charts))} is not a directory", "Name a directory")
    if charts is not None and not charts.exists() and not os.access(charts.parent, os.W_OK):
        raise InputError(f"--charts: cannot make {shown(str(charts))}")


def _files(given: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for key in ("output", "report", "purchase_list"):
        if given.get(key) is not None:
            yield f"--{key.replace('_', '-')}", given[key]
    for file in given.get("export") or ():
        yield "--export", file


def write_extras(
    given: Mapping[str, Any],
    result: Result,
    catalog: Catalog,
    words: str,
    **studies: Mapping[str, Any],
) -> tuple[str, ...]:
    """Write what was asked for, and say where it is. Raises InputError.

    ``words`` begin the command that gives this answer; ``studies`` are documents by name.
    """
    notes = []
    if given.get("report") is not None:
        from optimizer.report.page.render import render_page

        page = render_page(result, catalog, command=command_line(words, given), **studies)
        write_file(given["report"], page)
        notes.append(f"the page is in {given['report']}")
    if given.get("charts") is not None:
        from optimizer.report.charts import charts_of

        notes.append(_write_charts(given["charts"], charts_of(result, catalog, **studies)))
    for file in given.get("export") or ():
        from optimizer.report.export import export_for

        write_file(file, export_for(file, "--export")(result, catalog))
        notes.append(f"exported to {file}")
    if given.get("purchase_list") is not None:
        from optimizer.report.export import PURCHASES, export_for

        file = given["purchase_list"]
        write_file(file, export_for(file, "--purchase-list", PURCHASES)(result, catalog))
        notes.append(f"the purchase list is in {file}")
    return () if given.get("quiet") else tuple(notes)


def write_sweep_extras(
    given: Mapping[str, Any], document: Mapping[str, Any], words: str
) -> tuple[str, ...]:
    """The page and the charts of a sweep, where asked for. Raises InputError."""
    notes = []
    if given.get("report") is not None:
        from optimizer.report.page.render import render_sweep_page

        page = render_sweep_page(document, command=command_line(words, given))
        write_file(given["report"], page)
        notes.append(f"the page is in {given['report']}")
    if given.get("charts") is not None:
        from optimizer.report.charts.sweep import sweep_charts

        notes.append(_write_charts(given["charts"], sweep_charts(document)))
    return () if given.get("quiet") else tuple(notes)


def _write_charts(folder: Path, charts: Sequence[Chart]) -> str:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"--charts: cannot make {shown(str(folder))}: {error.strerror}") from None
    for chart in charts:
        write_file(folder / f"{chart.name}.svg", chart.svg)
        write_file(folder / f"{chart.name}.png", chart.png())
    if not charts:
        return "no charts: there is no build"
    return f"charts are in {folder}: {', '.join(chart.name for chart in charts)}"


def command_line(words: str, given: Mapping[str, Any]) -> str:
    """What to type for the same answer, without the flags that say where it goes."""
    parts = [words]
    for key, value in given.items():
        flag = f"--{key.replace('_', '-')}"
        if key in OWN or value is None or value == []:
            continue
        if isinstance(value, bool):
            parts += [flag] if value else [flag.replace("--", "--no-", 1)]
            continue
        for one in value if isinstance(value, list) else [value]:
            parts += [flag, shlex.quote(str(one))]
    return " ".join(parts)
