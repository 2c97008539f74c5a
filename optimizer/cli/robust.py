"""``optimize robust``: the build to buy when prices are not certain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_extras
from optimizer.cli.output import INFEASIBLE, NO_ANSWER, OK, Outcome, tell
from optimizer.cli.progress import progress_wanted
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import InputError, shown
from optimizer.report.robust import render_robust
from optimizer.scenario import forms
from optimizer.scenario.keys import read_plain
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.studies.robust import Measure, Wish, robust_study

MOST_SAMPLES = 1000


def show_robust(given: Mapping[str, Any]) -> Outcome:
    """Solve the request at sampled prices, and choose."""
    names, plain = main_job.FlagNames(), flags.plain_request(given)
    read_plain(plain, names)  # complaints about forms need no catalog
    settings = {**main_job.solver_settings(given), "explain": False, "notes": False}
    wish = Wish(_measure(given), _samples(given), int(settings.get("seed", 0)))
    catalog = main_job.open_catalog(given)
    request = build_request(plain, catalog, names)
    loud = progress_wanted(bool(given.get("progress")), bool(given.get("quiet")))

    def solve(asked: Request, priced: Catalog, label: str) -> Result:
        if loud:
            tell(f"solving at {label}")
        return main_job.solve_request(asked, priced, given, settings)

    document = robust_study(request, catalog, wish, solve)
    today = Result.model_validate_json(json.dumps(document["result"]), strict=False)
    extras = write_extras(given, today, catalog, "optimize robust", robust=document)
    file = given.get("output")
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    else:
        style = terminal_style() if file is None else plain_style()
        text = render_robust(document, style, {e.id: e.name for e in catalog.llms.values()})
    notes = () if file is None or given.get("quiet") else (f"the choice is in {file}",)
    return Outcome(text, _exit_code(document), (*notes, *extras), file)


def _exit_code(document: Mapping[str, Any]) -> int:
    """0 a choice, 3 proven at every sample that nothing fits, 4 else."""
    if document["chosen"] is not None:
        return OK
    statuses = {document["result"]["status"], *document["statuses"]}
    return INFEASIBLE if statuses == {"infeasible"} else NO_ANSWER


def _measure(given: Mapping[str, Any]) -> Measure:
    text = given.get("measure")
    if text is None:
        return "p90"
    for word in get_args(Measure):
        if text == word:
            measure: Measure = word
            return measure
    raise InputError(f"--measure '{shown(text)}' is not known", "One of: worst, p90")


def _samples(given: Mapping[str, Any]) -> int:
    text = given.get("samples")
    return 20 if text is None else int(forms.whole(1, MOST_SAMPLES)(text, "--samples"))
