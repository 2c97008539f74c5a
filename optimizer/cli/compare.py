"""``optimize compare``: one request, one thing varied, the answers side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.output import INFEASIBLE, INTERRUPTED, NO_ANSWER, OK, Outcome, tell
from optimizer.cli.progress import progress_wanted
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import InputError, nearest, shown
from optimizer.report.compare import render_comparison
from optimizer.scenario.keys import read_plain
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.studies.compare import Variant, compare, condition_variants

CONDITION = "condition"
BY = {
    "accelerator": "accelerators",
    "site": "site",
    "context": "context",
    "model": "model",
    "concurrency": "concurrency",
    "weights": "weights",
    "budget": "budget",
    "horizon": "horizon",
    "price-point": "price_point",
    "electricity": "electricity",
    "objective": "objective",
}
"""What can be varied, by flag -> the key of the request."""
LISTS = ("accelerators", "weights")
MOST = 16


def show_comparison(given: Mapping[str, Any]) -> Outcome:
    """Solve every variant, then one table or one document."""
    by, values = _asked(given)
    plain = flags.plain_request(given)
    settings = main_job.solver_settings(given)
    settings["explain"] = False
    plains = [(value, plain | {BY[by]: _value(by, value)}) for value in values]
    for _, one in plains or [("", plain)]:
        read_plain(one, main_job.FlagNames())  # complaints about forms need no catalog
    catalog = main_job.open_catalog(given)
    if by == CONDITION:
        request = build_request(plain, catalog, main_job.FlagNames())
        variants = condition_variants(request, catalog)
    else:
        variants = [
            Variant(value, build_request(one, catalog, main_job.FlagNames()))
            for value, one in plains
        ]

    def solve(request: Request, label: str) -> Result:
        if progress_wanted(bool(given.get("progress")), bool(given.get("quiet"))):
            tell(f"solving {by} {shown(label)}")
        return main_job._solve(request, catalog, given, settings)

    document = compare(by, variants, catalog, solve)
    return _outcome(document, catalog, given)


def _outcome(document: dict[str, Any], catalog: Catalog, given: Mapping[str, Any]) -> Outcome:
    file = given.get("output")
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    else:
        style = terminal_style() if file is None else plain_style()
        text = render_comparison(document, style, {e.id: e.name for e in catalog.llms.values()})
    notes = () if file is None or given.get("quiet") else (f"the comparison is in {file}",)
    return Outcome(text, exit_code(document), notes, file)


def exit_code(document: Mapping[str, Any]) -> int:
    """0 a build at least, 3 none and proven, 4 none in time, 130 interrupted."""
    columns = document["variants"]
    if document["interrupted"]:
        return INTERRUPTED
    if any(column["result"]["build"] is not None for column in columns):
        return OK
    return INFEASIBLE if all(c["status"] == "infeasible" for c in columns) else NO_ANSWER


def _asked(given: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What is varied, and over which values. Raises InputError."""
    by = given.get("by")
    allowed = ", ".join((CONDITION, *BY))
    if by is None:
        raise InputError("no --by given", f"One of: {allowed}")
    if by not in BY and by != CONDITION:
        near = nearest(by, (CONDITION, *BY))
        hint = f"Did you mean {', '.join(near)}?" if near else f"Allowed: {allowed}"
        raise InputError(f"--by '{shown(by)}' is not something to compare by", hint)
    key = by.replace("-", "_")
    if given.get(key):
        advice = "Leave it out" if by == CONDITION else "Name its values with --values"
        raise InputError(f"--{by} is what is compared", advice)
    values = [v.strip() for text in given.get("values") or () for v in _split(by, text)]
    if by == CONDITION:
        if values:
            raise InputError("--values goes with another --by", "Conditions are all compared")
        return by, []
    if "" in values or len(set(values)) != len(values):
        raise InputError("--values has an empty or a repeated value", "Name each value once")
    if not 2 <= len(values) <= MOST:
        raise InputError(
            f"--values names {len(values)} of the 2 to {MOST} values to compare",
            f"optimize compare --by {by} --values A,B",
        )
    return by, values


def _split(by: str, text: str) -> list[str]:
    """Values of one --values; in amounts of money a comma may group digits."""
    return [text] if by == "budget" and "$" in text else text.split(",")


def _value(by: str, value: str) -> Any:
    return value.split("+") if BY[by] in LISTS else value
