"""``optimize run``: the scenarios of a file, solved and held against what they expect."""

# ruff: noqa: PLC0415

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.cli import solve as main_job
from optimizer.cli.output import FAILED, Outcome
from optimizer.errors import InputError
from optimizer.scenario.expect import unmet
from optimizer.scenario.files import Scenario, ScenarioFile, read_scenario_file
from optimizer.scenario.grid import SWEEP, grid_of, question_of_file

if TYPE_CHECKING:
    from optimizer.catalog.catalog import Catalog
    from optimizer.schema.build import Result

ALL = "all"


def run_scenarios(path: Path, given: Mapping[str, Any]) -> Outcome:
    """Solve one scenario of a file, or all; exit code 1 when an answer is not as expected."""
    settings = main_job.solver_settings(given)
    file = read_scenario_file(path)
    if file.layers.data.get(SWEEP) is not None:
        grid_of(question_of_file(file), ())  # a typo there is told here too
    names = _asked(file, given.get("scenario"))
    catalog = main_job.open_catalog(given)
    changes = given.get("set") or ()
    scenarios = [file.scenario(catalog, name, changes) for name in names]
    if given.get("show"):
        return _shown(scenarios, given)
    if len(scenarios) > 1:
        return _several(scenarios, catalog, given, settings, _words(path))
    (scenario,) = scenarios
    result = solve_scenario(scenario, catalog, given, settings)
    outcome = main_job.outcome_of(result, catalog, given, _words(path))
    return _held(outcome, [(scenario, result)])


def _words(path: Path) -> str:
    """How the command begins."""
    return f"optimize run {shlex.quote(str(path))}"


def solve_scenario(
    scenario: Scenario, catalog: Catalog, given: Mapping[str, Any], settings: Mapping[str, Any]
) -> Result:
    """The answer, with the changes that led to its request."""
    result = main_job.solve_request(scenario.request, catalog, given, settings)
    return result.replace(scenario=scenario.used)


def _asked(file: ScenarioFile, wanted: str | None) -> list[str | None]:
    """The file's own request unless a scenario, or all of them, are asked for."""
    if wanted != ALL or ALL in file.names:
        return [wanted]
    if not file.names:
        raise InputError(f"{file.path.name} has no named scenarios", "Leave --scenario out")
    return [None, *file.names]


def _shown(scenarios: Sequence[Scenario], given: Mapping[str, Any]) -> Outcome:
    """The effective requests, nothing solved."""
    from optimizer.report.scenario import request_document, request_text

    if given.get("json"):
        import json

        documents = [request_document(s.name, s.request, s.used) for s in scenarios]
        return Outcome(json.dumps(documents, indent=2) + "\n", file=given.get("output"))
    texts = [request_text(s.name, s.request, s.used, s.description) for s in scenarios]
    return Outcome("\n".join(texts), file=given.get("output"))


def _several(
    scenarios: Sequence[Scenario],
    catalog: Catalog,
    given: Mapping[str, Any],
    settings: Mapping[str, Any],
    words: str,
) -> Outcome:
    """Every scenario of a file side by side, the file's own request first."""
    from optimizer.cli.compare import compare_scenarios, outcome_of

    document, results = compare_scenarios(scenarios, catalog, given, settings)
    outcome = outcome_of(document, catalog, given, words)
    return _held(outcome, list(zip(scenarios, results, strict=False)))


def _held(outcome: Outcome, pairs: Sequence[tuple[Scenario, Result]]) -> Outcome:
    """The outcome, and what its answers fail to meet."""
    problems = []
    for scenario, result in pairs:
        missed = unmet(scenario.expect, result)
        if missed:
            name = scenario.used.file
            if scenario.used.scenario is not None:
                name += f", scenario {scenario.used.scenario},"
            problems.append(f"error: the answer is not what {name} expects: {'; '.join(missed)}")
    if not problems:
        return outcome
    return Outcome(outcome.text, FAILED, (*outcome.notes, *problems), outcome.file)
