"""The main job, from flags or from a file: request, solve, answer."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from optimizer.cli import flags
from optimizer.cli.extras import check_extras, write_extras
from optimizer.cli.output import (
    INFEASIBLE,
    INTERRUPTED,
    NO_ANSWER,
    OK,
    Outcome,
    tell,
)
from optimizer.cli.progress import told_progress
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import InputError
from optimizer.scenario import forms
from optimizer.scenario.keys import Names, read_plain
from optimizer.scenario.keys import Path as KeyPath
from optimizer.scenario.names import Resolve, check_names, resolve_name

if TYPE_CHECKING:
    from optimizer.catalog.catalog import Catalog
    from optimizer.schema.build import Result
    from optimizer.schema.request import Request

MAX_TIME_LIMIT_S = 7 * 24 * 3600


class FlagNames(Names):
    """Values are called by the flag that set them."""

    def label(self, path: KeyPath) -> str:
        """The flag, such as ``--budget``."""
        key = tuple(str(part) for part in path if not isinstance(part, int))
        return flags.BY_PATH.get(key, super().label(path))


def answer_flags(given: Mapping[str, Any]) -> Outcome:
    """Solve the request that the flags state."""
    names, plain = FlagNames(), flags.plain_request(given)
    read = read_plain(plain, names)  # complaints about forms need no catalog
    settings = solver_settings(given)
    catalog = open_catalog(given, lambda resolve: check_names(read, resolve, names))
    from optimizer.scenario.overrides import apply, check_conflicts, touches_of_flags

    changes = touches_of_flags(given.get("set") or (), plain)
    check_conflicts(changes)
    request, _ = apply(plain, changes, catalog, names)
    result = solve_request(request, catalog, given, settings)
    return outcome_of(result, catalog, given)


def open_catalog(
    given: Mapping[str, Any], check: Callable[[Resolve], None] | None = None
) -> Catalog:
    """The shipped catalog with the user's own laid over it.

    ``check`` sees how names resolve before the entries are validated, which takes longer.
    """
    from optimizer.catalog.catalog import load_catalog

    return load_catalog(
        given.get("catalog") or (), builtin=not given.get("no_builtin_catalog"), check=check
    )


def solver_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of ``SolveOptions`` that were given, checked; and that the answer can be written."""
    check_extras(given)
    if given.get("verbose") and given.get("quiet"):
        raise InputError("--verbose and --quiet exclude each other", "Leave one out")
    readers: dict[str, Callable[[Any, str], Any]] = {
        "time_limit": forms.real(0, MAX_TIME_LIMIT_S, "seconds", above=True),
        "workers": forms.whole(1, 256),
        "seed": forms.whole(0, 2**31 - 1),
    }
    fields = {"time_limit": "time_limit_s", "workers": "workers", "seed": "seed"}
    return {
        fields[key]: read(given[key], f"--{key.replace('_', '-')}")
        for key, read in readers.items()
        if given.get(key) is not None
    }


def solve_request(
    request: Request, catalog: Catalog, given: Mapping[str, Any], settings: Mapping[str, Any]
) -> Result:
    """The answer, with progress on stderr while it is sought."""
    from optimizer.solve.run import SolveOptions, solve

    progress = told_progress(given)
    log = tell if given.get("verbose") else None
    options = SolveOptions(
        **settings, binding=bool(given.get("explain")), why=_parts(given, catalog), log=log
    )
    try:
        return solve(request, catalog, options, progress)
    finally:
        progress.clear()


def _parts(given: Mapping[str, Any], catalog: Catalog) -> tuple[str, ...]:
    """Ids of the parts asked about. Raises InputError."""
    return tuple(
        resolve_name(catalog, "component", part, FlagNames(), (f"--{key}",))
        for key in ("why", "why-not")
        for part in given.get(key.replace("-", "_")) or ()
    )


def outcome_of(
    result: Result, catalog: Catalog, given: Mapping[str, Any], words: str = "optimize"
) -> Outcome:
    """The answer as text or as the document for programs, with its exit code.

    ``words`` begin the command; the files asked for are written beside the answer.
    """
    extras = write_extras(given, result, catalog, words)
    if given.get("json"):
        from optimizer.report.document import json_document

        text = json_document(result)
    else:
        from optimizer.report.terminal import render_result

        style = terminal_style() if given.get("output") is None else plain_style()
        known = {e.id: e.name for e in (*catalog.llms.values(), *catalog.engines.values())}
        text = render_result(
            result,
            style,
            names=known,
            explain=bool(given.get("explain")),
            excluded=bool(given.get("excluded")),
        )
    file = given.get("output")
    notes = () if file is None or given.get("quiet") else (f"the answer is in {file}",)
    return Outcome(text, exit_code(result), (*notes, *extras), file)


def exit_code(result: Result) -> int:
    """0 an answer, 3 proven infeasible, 4 no answer in time, 130 interrupted before one."""
    if result.build is not None:
        return OK
    if result.status == "infeasible":
        return INFEASIBLE
    return INTERRUPTED if result.interrupted else NO_ANSWER
