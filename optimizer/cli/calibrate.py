"""``optimize calibrate``: corrections of the speed model from the user's own measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from optimizer.catalog.importers.files import read_content
from optimizer.catalog.importers.result import check_import, target_file, write_import
from optimizer.cli.output import Outcome
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.report import quantity as q
from optimizer.report.style import Style, clean, wrap
from optimizer.report.table import render_table
from optimizer.studies.local import ENOUGH, Errors, Local, calibrate_locally
from optimizer.studies.measurements import read_measurements


def calibrate(file: str, given: Mapping[str, Any]) -> Outcome:
    """Fit, tell what changed, and write the catalog when a directory is named."""
    content = read_content(Path(file))
    rows = read_measurements(content)
    catalog = open_catalog(given)
    found = calibrate_locally(catalog, content, rows)
    directory = None if given.get("output") is None else Path(given["output"])
    target = None
    if directory is not None:
        target = target_file(found.imported, directory, bool(given.get("force")))
    overlays = [Path(o) for o in given.get("catalog") or ()]
    check_import(found.imported, directory, overlays, not given.get("no_builtin_catalog"))
    if target is not None:
        write_import(found.imported, target)
    if given.get("json"):
        return Outcome(json.dumps(_document(found, target), indent=2) + "\n")
    if target is not None:
        note = f"written: {clean(str(target))}; use it with --catalog {clean(str(directory))}"
    else:
        note = "nothing written; --output DIR writes the corrections into a catalog of your own"
    return Outcome(_page(found, terminal_style()), notes=(note,))


def _document(found: Local, target: Path | None) -> dict[str, Any]:
    data = asdict(found)
    data["imported"] = {"file": found.imported.file, "sections": found.imported.sections}
    data["written"] = None if target is None else str(target)
    return data


def _page(found: Local, style: Style) -> str:
    used = f"{q.count(found.rows, 'row')} at {q.count(found.points, 'point')} used"
    if found.refused:
        used += f", {found.refused:,} refused or repeated"
    heads = ["error", "median", "mean"]
    cells = [_row("as shipped", found.before), _row("corrected", found.after)]
    if found.held_out is not None:
        cells.append(_row("corrected, held out", found.held_out))
    errors = render_table(heads, cells, style, [False, True, True])
    pages = [[style.title(used)], errors]
    if found.held_out is None:
        few = f"fewer than {ENOUGH} points: how well the corrections carry over is not known"
        pages.append([f"! {line}" for line in wrap(few, style.width - 2)])
    if found.changed:
        table = [[c.name, q.three(c.old), q.three(c.new)] for c in found.changed]
        heads = ["constant", "shipped", "corrected"]
        pages.append(render_table(heads, table, style, [False, True, True]))
    else:
        pages.append(["no constant changes by more than half a per cent"])
    return style.page(pages)


def _row(name: str, errors: Errors) -> list[str]:
    return [name, q.percent(errors.median), q.percent(errors.mean)]
