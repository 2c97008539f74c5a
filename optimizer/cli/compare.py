"""``optimize compare``: one request, one thing varied, the answers side by side."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_extras
from optimizer.cli.output import INFEASIBLE, INTERRUPTED, NO_ANSWER, OK, Outcome, tell
from optimizer.cli.progress import progress_wanted
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import InputError, nearest, shown, unknown_name
from optimizer.report.compare import render_comparison
from optimizer.scenario.files import Scenario, read_scenario_file, split_reference
from optimizer.scenario.keys import read_plain
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.studies.compare import Variant, compare, condition_variants
from optimizer.studies.flip import flip_study

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


def show_comparison(items: Sequence[str], given: Mapping[str, Any]) -> Outcome:
    """Solve every variant, then one table or one document."""
    if given.get("by") is None and items:
        return _scenarios(items, given)
    by, values = _asked(items, given)
    plain = flags.plain_request(given)
    settings = main_job.solver_settings(given)
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
    document, results = _compared(by, variants, catalog, given, settings)
    if by == CONDITION and not document["interrupted"] and document["best"] is not None:
        document["flip"] = _flip(catalog, given, settings, results[-1])
    words = " ".join(["optimize compare", *map(shlex.quote, items)])
    return outcome_of(document, catalog, given, words)


def _flip(
    catalog: Catalog,
    given: Mapping[str, Any],
    settings: Mapping[str, Any],
    mixed: Result,
) -> dict[str, Any]:
    """At which price of used accelerators another choice wins; ``mixed`` admits all conditions."""
    loud = progress_wanted(bool(given.get("progress")), bool(given.get("quiet")))
    quick = {**settings, "explain": False, "notes": False}

    def solve(asked: Request, priced: Catalog, label: str) -> Result:
        if loud:
            tell(f"solving with {label}")
        return main_job.solve_request(asked, priced, given, quick)

    return flip_study(mixed.request, catalog, solve, mixed)


def _scenarios(items: Sequence[str], given: Mapping[str, Any]) -> Outcome:
    """Scenarios of files: their requests stand in the files, not in flags."""
    asked = flags.plain_request(given)
    if asked:
        flag = flags.BY_PATH.get((next(iter(asked)),), "a flag of the request")
        raise InputError(f"{flag} stands beside scenario files", "Put it into the files")
    if len(items) < 2 or len(items) > MOST:
        raise InputError(
            f"{len(items)} of the 2 to {MOST} scenarios to compare",
            "optimize compare A.yaml B.yaml",
        )
    settings = main_job.solver_settings(given)
    files = [(read_scenario_file(file), name) for file, name in map(split_reference, items)]
    catalog = main_job.open_catalog(given)
    scenarios = [file.scenario(catalog, name) for file, name in files]
    labels = short_names(items)
    wanted = given.get("baseline")
    if wanted in items:
        wanted = labels[items.index(wanted)]
    told = {**given, "baseline": wanted}
    document, _ = compare_scenarios(scenarios, catalog, told, settings, labels)
    words = " ".join(["optimize compare", *map(shlex.quote, items)])
    return outcome_of(document, catalog, given, words)


def short_names(items: Sequence[str]) -> list[str]:
    """Each without its directories, where the rest tells all apart."""
    names = [Path(item).name for item in items]
    return names if len(set(names)) == len(names) else list(items)


def compare_scenarios(
    scenarios: Sequence[Scenario],
    catalog: Catalog,
    given: Mapping[str, Any],
    settings: Mapping[str, Any],
    labels: Sequence[str] | None = None,
) -> tuple[dict[str, Any], list[Result]]:
    """Scenarios side by side, called by ``labels`` or by their own names; and their answers."""
    names = labels or [s.used.scenario or s.used.file for s in scenarios]
    if len(set(names)) != len(names):
        raise InputError("one scenario stands twice", "Name each once")
    variants = [Variant(n, s.request) for n, s in zip(names, scenarios, strict=True)]
    return _compared("scenario", variants, catalog, given, settings)


def _compared(
    by: str,
    variants: list[Variant],
    catalog: Catalog,
    given: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> tuple[dict[str, Any], list[Result]]:
    """The document, and the answers in the order of ``variants``."""
    results: dict[str, Result] = {}

    def solve(request: Request, label: str) -> Result:
        if progress_wanted(bool(given.get("progress")), bool(given.get("quiet"))):
            tell(f"solving {by} {shown(label)}")
        quick = {**settings, "explain": False}
        results[label] = main_job.solve_request(request, catalog, given, quick)
        return results[label]

    ordered = baseline_first(variants, given.get("baseline"))
    document = compare(by, ordered, catalog, solve)
    return document, [results[v.label] for v in variants if v.label in results]


def baseline_first(variants: list[Variant], wanted: str | None) -> list[Variant]:
    """The variants with the baseline in front. Raises InputError for a name that none has."""
    if wanted is None:
        return variants
    found = [v for v in variants if v.label == wanted]
    if not found:
        labels = [v.label for v in variants]
        error = unknown_name("baseline", wanted, labels)
        raise InputError(
            f"--baseline: {error.message}", error.advice or f"One of: {', '.join(labels)}"
        )
    return found + [v for v in variants if v is not found[0]]


def outcome_of(
    document: dict[str, Any], catalog: Catalog, given: Mapping[str, Any], words: str
) -> Outcome:
    """The comparison as a table, or as a document for programs; ``words`` begin the command."""
    wanted = document["best"] or document["baseline"]
    best = next(v["result"] for v in document["variants"] if v["label"] == wanted)
    result = Result.model_validate_json(json.dumps(best), strict=False)
    extras = write_extras(given, result, catalog, words, comparison=document)
    file = given.get("output")
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    else:
        style = terminal_style() if file is None else plain_style()
        text = render_comparison(document, style, {e.id: e.name for e in catalog.llms.values()})
    notes = () if file is None or given.get("quiet") else (f"the comparison is in {file}",)
    return Outcome(text, exit_code(document), (*notes, *extras), file)


def exit_code(document: Mapping[str, Any]) -> int:
    """0 a build at least, 3 none and proven, 4 none in time, 130 interrupted."""
    columns = document["variants"]
    if document["interrupted"]:
        return INTERRUPTED
    if any(column["result"]["build"] is not None for column in columns):
        return OK
    return INFEASIBLE if all(c["status"] == "infeasible" for c in columns) else NO_ANSWER


def _asked(items: Sequence[str], given: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What is varied, and over which values. Raises InputError."""
    by = given.get("by")
    allowed = ", ".join((CONDITION, *BY))
    if by is None:
        raise InputError("no --by given", f"One of: {allowed}; or name scenario files")
    if by not in BY and by != CONDITION:
        near = nearest(by, (CONDITION, *BY))
        hint = f"Did you mean {', '.join(near)}?" if near else f"Allowed: {allowed}"
        raise InputError(f"--by '{shown(by)}' is not something to compare by", hint)
    key = by.replace("-", "_")
    if given.get(key):
        advice = "Leave it out" if by == CONDITION else "Name its values with --values"
        raise InputError(f"--{by} is what is compared", advice)
    texts = [*items, *(given.get("values") or ())]
    values = [v.strip() for text in texts for v in _split(by, text)]
    if by == CONDITION:
        if values:
            raise InputError("values go with another --by", "Conditions are all compared")
        return by, []
    if "" in values or len(set(values)) != len(values):
        raise InputError("an empty or a repeated value", "Name each value once")
    if not 2 <= len(values) <= MOST:
        raise InputError(
            f"--by {by} names {len(values)} of the 2 to {MOST} values to compare",
            f"optimize compare A B --by {by}",
        )
    return by, values


def _split(by: str, text: str) -> list[str]:
    """Values of one --values; in amounts of money a comma may group digits."""
    return [text] if by == "budget" and "$" in text else text.split(",")


def _value(by: str, value: str) -> Any:
    return value.split("+") if BY[by] in LISTS else value
