"""``optimize sensitivity``: what the answer rests on, and how firmly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_extras
from optimizer.cli.output import INFEASIBLE, INTERRUPTED, NO_ANSWER, OK, Outcome, tell
from optimizer.cli.progress import progress_wanted
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import shown
from optimizer.report.sensitivity import render_sensitivity
from optimizer.scenario import forms
from optimizer.scenario.grid import Question
from optimizer.scenario.keys import read_plain
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.studies.chance import chance
from optimizer.studies.sensitivity import (
    Bench,
    break_points,
    read_assumption,
    tornado,
    usual,
)

MOST_SAMPLES = 10_000
NOTHING = "Nothing fits as asked, which is proven. The same flags after `optimize` alone say why.\n"


def show_sensitivity(given: Mapping[str, Any]) -> Outcome:
    """A tornado over the usual assumptions or those of --vary, break points, chance."""
    names, plain = main_job.FlagNames(), flags.plain_request(given)
    read_plain(plain, names)
    question = Question(plain, names)
    varied = [read_assumption(text, question) for text in given.get("vary") or ()]
    sought = [read_assumption(text, question, "--breaks") for text in given.get("breaks") or ()]
    samples = given.get("samples")
    count = None if samples is None else int(forms.whole(1, MOST_SAMPLES)(samples, "--samples"))
    settings = {**main_job.solver_settings(given), "explain": False, "notes": False}
    catalog = main_job.open_catalog(given)
    loud = progress_wanted(bool(given.get("progress")), bool(given.get("quiet")))

    def solve(asked: Request, priced: Catalog, label: str) -> Result:
        if loud:
            tell(f"solving with {shown(label)}")
        result = main_job.solve_request(asked, priced, given, settings)
        if result.interrupted:
            raise KeyboardInterrupt
        return result

    bench = Bench(question, catalog, solve)
    base = bench.base()
    document: dict[str, Any] = {"schema_version": "1", "catalog_sha256": catalog.sha256}
    if base.build is not None:
        if varied or (not sought and count is None):
            document["tornado"] = tornado(bench, varied or usual(bench.request))
        document["break_points"] = [break_points(bench, one) for one in sought]
        if count is not None:
            document["chance"] = chance(bench, count, int(settings.get("seed", 0)))
    document["result"] = base.model_dump(mode="json")
    extras = write_extras(given, base, catalog, "optimize sensitivity", sensitivity=document)
    return _outcome(document, base, given, extras)


def _outcome(
    document: dict[str, Any], base: Result, given: Mapping[str, Any], extras: tuple[str, ...]
) -> Outcome:
    file = given.get("output")
    code = OK
    if base.build is None:
        code = INTERRUPTED if base.interrupted else NO_ANSWER
        code = INFEASIBLE if base.status == "infeasible" else code
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    elif base.build is None:
        text = NOTHING if code == INFEASIBLE else "No answer in time (--time-limit).\n"
    else:
        text = render_sensitivity(document, terminal_style() if file is None else plain_style())
    return Outcome(text, code, extras, file)
