"""``optimize doctor``: what is installed, whether the catalog is sound, whether it all works."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from optimizer.catalog.check import check_catalog
from optimizer.cli.output import FAILED, OK, Outcome
from optimizer.cli.own_commands import version_line
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.report.quantity import count
from optimizer.report.style import Style, clean, left, wrap
from optimizer.studies.self_test import Checked, self_test

NEEDED = ("ortools", "pydantic", "pyyaml", "typer")
DRAWING = ("jinja2", "matplotlib", "openpyxl", "pandas")
ORTOOLS = "9.15."
LABEL = 24


def examine(given: Mapping[str, Any]) -> Outcome:
    """Every check; exit code 1 when one fails. Raises CatalogError for a malformed catalog."""
    groups = {
        "Program": list(_versions()),
        "Catalog": list(_catalog(given)),
        "Terminal": list(_terminal()),
        "Self-test": list(self_test(open_catalog(given))),
    }
    well = all(check.well for checks in groups.values() for check in checks)
    if given.get("json"):
        text = json.dumps(_document(groups, well), indent=2) + "\n"
    else:
        text = _page(groups, well, terminal_style())
    return Outcome(text, OK if well else FAILED)


def _versions() -> Iterator[Checked]:
    number = platform.python_version()
    yield Checked("python", sys.version_info >= (3, 11), f"{number} ({platform.system()})")
    yield Checked("optimize", True, version_line().removeprefix("optimize "))
    for package in (*NEEDED, *DRAWING):
        try:
            found = version(package)
        except PackageNotFoundError:
            yield Checked(package, False, "not installed")
            continue
        well = package != "ortools" or found.startswith(ORTOOLS)
        yield Checked(package, well, found if well else f"{found}, but {ORTOOLS}x is needed")
    hub = "installed" if find_spec("huggingface_hub") else "not installed; only for import org/name"
    yield Checked("huggingface_hub", True, hub)


def _catalog(given: Mapping[str, Any]) -> Iterator[Checked]:
    catalog = open_catalog(given)
    findings = list(check_catalog(catalog))
    errors = [f for f in findings if f.level == "error"]
    warnings = len(findings) - len(errors)
    size = f"{count(len(catalog.components), 'component')}, {count(len(catalog.llms), 'LLM')}"
    size += f", {count(sum(map(len, catalog.offers.values())), 'price')}"
    yield Checked("entries", bool(catalog.components and catalog.llms), size)
    yield Checked("newest price", True, f"{catalog.date} (sha {catalog.sha256[:8]})")
    told = count(len(errors), "error") if errors else "no errors"
    told += f", {count(warnings, 'warning')} (optimize catalog check)" if warnings else ""
    yield Checked("health", not errors, told)


def _terminal() -> Iterator[Checked]:
    style = terminal_style()
    words = [f"{style.width} columns", "colour" if style.colour else "no colour"]
    words.append("ASCII only" if style.ascii else "all characters")
    yield Checked("output", True, ", ".join(words))
    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    yield Checked("encoding", True, encoding)
    yield Checked("processors", True, str(os.cpu_count() or "unknown"))


def _document(groups: Mapping[str, list[Checked]], well: bool) -> dict[str, Any]:
    return {
        "well": well,
        "checks": [
            {"group": group, "what": c.what, "well": c.well, "found": c.found}
            for group, checks in groups.items()
            for c in checks
        ],
    }


def _page(groups: Mapping[str, list[Checked]], well: bool, style: Style) -> str:
    sections = [[style.title(title), *_rows(checks, style)] for title, checks in groups.items()]
    verdict = "All is well." if well else "Something is wrong: see the lines marked with !"
    return style.page([*sections, [style.paint(verdict, "good" if well else "bad")]])


def _rows(checks: list[Checked], style: Style) -> list[str]:
    lines = []
    for check in checks:
        mark = style.paint("·", "good") if check.well else style.paint("!", "bad")
        parts = wrap(clean(check.found), style.width - LABEL - 2) or [""]
        lines.append(f"{mark} {left(check.what, LABEL)}{parts[0]}")
        lines += [" " * (LABEL + 2) + more for more in parts[1:]]
    return lines
