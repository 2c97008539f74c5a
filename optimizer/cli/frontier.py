"""``optimize frontier``: what costs how much."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.atomic import write_bytes_atomic
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_extras
from optimizer.cli.output import (
    INFEASIBLE,
    INTERRUPTED,
    NO_ANSWER,
    OK,
    Outcome,
    check_writable,
    write_file,
)
from optimizer.cli.progress import Progress, progress_wanted
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import InputError, shown
from optimizer.report.charts.frontier import frontier_picture
from optimizer.report.frontier import frontier_csv, render_frontier
from optimizer.scenario import forms
from optimizer.scenario.keys import read_plain
from optimizer.scenario.names import check_names
from optimizer.scenario.request import build_request
from optimizer.solve.clock import Clock
from optimizer.solve.frontier import COSTS, GAINS
from optimizer.studies.frontier import LOADS, Asked, trace_frontier

DEFAULT_LIMIT_S = 600.0
PICTURES = ("svg", "png")


def show_frontier(given: Mapping[str, Any]) -> Outcome:
    """Trace the frontier, and write it as a table, a document, CSV and a picture."""
    names, plain = main_job.FlagNames(), flags.plain_request(given)
    read = read_plain(plain, names)
    settings = main_job.solver_settings(given)
    x, y = _axes(given)
    points = _count(given, "points", 2, 1000)
    up_to = None if given.get("up_to") is None else forms.tokens(given["up_to"], "--up-to")
    if up_to is not None and y not in LOADS:
        raise InputError("--up-to goes with --y users or context")
    kind = picture_kind(given.get("plot"))
    if given.get("csv") is not None:
        check_writable(given["csv"])
    catalog = main_job.open_catalog(given, lambda resolve: check_names(read, resolve, names))
    request = build_request(plain, catalog, names)
    clock = Clock(
        settings.get("time_limit_s", DEFAULT_LIMIT_S),
        settings.get("workers"),
        settings.get("seed", 0),
    )
    progress = Progress(progress_wanted(bool(given.get("progress")), bool(given.get("quiet"))))
    try:
        document = trace_frontier(Asked(request, x, y, points, up_to), catalog, clock, progress)
    finally:
        progress.clear()
    extras: tuple[str, ...] = ()
    if given.get("report") is not None or given.get("charts") is not None:
        result = main_job.solve_request(request, catalog, given, settings)
        extras = write_extras(given, result, catalog, "optimize frontier", frontier=document)
    return _outcome(document, given, kind, extras)


def _outcome(
    document: dict[str, Any], given: Mapping[str, Any], kind: str, extras: tuple[str, ...]
) -> Outcome:
    notes = [*extras]
    if kind:
        write_picture(given["plot"], frontier_picture(document, kind))
        notes.append(f"the picture is in {shown(str(given['plot']))}")
    if given.get("csv") is not None:
        write_file(given["csv"], frontier_csv(document))
        notes.append(f"the table is in {shown(str(given['csv']))}")
    file = given.get("output")
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    else:
        style = terminal_style() if file is None else plain_style()
        text = render_frontier(document, style)
    return Outcome(text, exit_code(document), () if given.get("quiet") else tuple(notes), file)


def exit_code(document: Mapping[str, Any]) -> int:
    """0 a point at least, 3 none and proven, 4 none in time, 130 interrupted before one."""
    if document["points"]:
        return OK
    if document["interrupted"]:
        return INTERRUPTED
    return INFEASIBLE if document["complete"] else NO_ANSWER


def _axes(given: Mapping[str, Any]) -> tuple[str, str]:
    x = forms.choice(lambda: tuple(COSTS))(given.get("x") or "tco", "--x")
    y = forms.choice(lambda: (*GAINS, *LOADS))(given.get("y") or "throughput", "--y")
    return x, y


def _count(given: Mapping[str, Any], key: str, low: int, high: int) -> int | None:
    value = given.get(key)
    return None if value is None else int(forms.whole(low, high)(value, f"--{key}"))


def picture_kind(file: Path | None) -> str:
    """``svg`` or ``png`` by the ending, empty without a file. Raises InputError."""
    if file is None:
        return ""
    kind = file.suffix.lower().removeprefix(".")
    if kind not in PICTURES:
        raise InputError(f"--plot: {shown(file.name)} is neither .svg nor .png")
    check_writable(file)
    return kind


def write_picture(file: Path, content: bytes) -> None:
    """Write a picture whole or not at all. Raises InputError."""
    try:
        write_bytes_atomic(file, content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {shown(str(file))}: {reason}") from None
