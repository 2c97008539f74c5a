"""``optimize alternatives``: builds that are nearly as good, and what each trades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_extras
from optimizer.cli.output import INFEASIBLE, INTERRUPTED, NO_ANSWER, OK, Outcome
from optimizer.cli.progress import told_progress
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.report.alternatives import render_alternatives
from optimizer.report.document import json_document
from optimizer.scenario import forms
from optimizer.scenario.keys import read_plain
from optimizer.scenario.names import check_names
from optimizer.scenario.request import build_request
from optimizer.schema.alternatives import Alternatives
from optimizer.solve.alternatives import FEATURES, alternatives

READERS = {
    "within": forms.portion(),
    "count": forms.whole(1, 50),
    "differ": forms.whole(1, len(FEATURES)),
}
FIELDS = {"within": "within", "count": "count", "differ": "least_differences"}


def show_alternatives(given: Mapping[str, Any]) -> Outcome:
    """Solve, look for the best builds that differ, and show them."""
    names, plain = main_job.FlagNames(), flags.plain_request(given)
    read = read_plain(plain, names)
    settings = main_job.solver_settings(given)
    asked = {
        FIELDS[key]: reader(given[key], f"--{key}")
        for key, reader in READERS.items()
        if given.get(key) is not None
    }
    catalog = main_job.open_catalog(given, lambda resolve: check_names(read, resolve, names))
    request = build_request(plain, catalog, names)
    progress = told_progress(given)
    try:
        found = alternatives(request, catalog, **asked, **settings, progress=progress)
    finally:
        progress.clear()
    extras: tuple[str, ...] = ()
    if given.get("report") is not None or given.get("charts") is not None:
        result = main_job.solve_request(request, catalog, given, settings)
        words = "optimize alternatives"
        extras = write_extras(given, result, catalog, words, alternatives=dump(found))
    file = given.get("output")
    if given.get("json"):
        text = json_document(found)
    else:
        style = terminal_style() if file is None else plain_style()
        text = render_alternatives(found, catalog, style)
    notes = () if file is None or given.get("quiet") else (f"the alternatives are in {file}",)
    return Outcome(text, exit_code(found), (*notes, *extras), file)


def dump(found: Alternatives) -> dict[str, Any]:
    """The plain document."""
    return found.model_dump(mode="json", by_alias=True)


def exit_code(found: Alternatives) -> int:
    """0 a build at least, 3 none and proven, 4 none in time, 130 interrupted before one."""
    if found.builds:
        return OK
    if found.status == "infeasible":
        return INFEASIBLE
    return INTERRUPTED if found.interrupted else NO_ANSWER
