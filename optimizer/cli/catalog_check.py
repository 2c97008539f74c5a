"""``optimize catalog check | stats``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.check import MAX_AGE_MONTHS, MAX_JUMP, Thresholds, changed_ids
from optimizer.catalog.check import check_catalog as check
from optimizer.catalog.findings import Finding
from optimizer.catalog.stats import count_kinds, estimates, statistics
from optimizer.cli.output import BAD_INPUT, FAILED, OK, Outcome
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.report.quantity import count, percent
from optimizer.report.style import Style, clean, wrap
from optimizer.report.table import render_table
from optimizer.scenario import forms
from optimizer.studies.llm_check import check_llms

FEW = 6
"""A check that finds more than this is told in one paragraph of ids."""
MEANINGS = {
    "old-prices": "newest price is older than {age} months",
    "unpriced": "no price",
    "unused-sources": "a source that nothing uses",
}


def check_catalog(directories: Sequence[str], given: Mapping[str, Any]) -> Outcome:
    """Errors (exit 2) and warnings (exit 0, or 1 when strict); malformed files raise."""
    limits = thresholds(given)
    builtin = not given.get("no_builtin_catalog")
    overlays = [Path(d) for d in directories] + list(given.get("catalog") or ())
    catalog = load_catalog(overlays, builtin=builtin)
    only = None
    if overlays and builtin and not given.get("all"):
        only = changed_ids(catalog, load_catalog())
    about_llms = [f for f in check_llms(catalog) if only is None or f.id in only]
    found = sorted([*check(catalog, limits, only), *about_llms])
    errors = [f for f in found if f.level == "error"]
    warnings = [f for f in found if f.level == "warning"]
    code = BAD_INPUT if errors else FAILED if warnings and given.get("strict") else OK
    notes = (f"error: {count(len(errors), 'error')} in the catalog",) if errors else ()
    if given.get("json"):
        return Outcome(_json(catalog, errors, warnings, only), code, notes)
    return Outcome(_text(catalog, errors, warnings, only, limits), code, notes)


def thresholds(given: Mapping[str, Any]) -> Thresholds:
    """The thresholds that were given, checked. Raises InputError."""
    age, jump = given.get("max_age"), given.get("max_jump")
    months = MAX_AGE_MONTHS if age is None else forms.whole(0, 1_200)(age, "--max-age")
    factor = MAX_JUMP if jump is None else forms.real(1, 1_000)(jump, "--max-jump")
    as_of = forms.day(given["as_of"], "--as-of") if given.get("as_of") else ""
    return Thresholds(months, factor, as_of)


def _json(
    catalog: Catalog,
    errors: Sequence[Finding],
    warnings: Sequence[Finding],
    only: set[str] | None,
) -> str:
    marked, known = estimates(catalog)
    data = {
        "valid": not errors,
        "counts": _counts(catalog),
        "checked": len(only) if only is not None else None,
        "errors": [f.document() for f in errors],
        "warnings": [f.document() for f in warnings],
        "estimated": marked,
        "figures": known,
        "sha256": catalog.sha256,
        "newest_price": catalog.date or None,
    }
    return json.dumps(data, indent=2) + "\n"


def _counts(catalog: Catalog) -> dict[str, int]:
    offers = sum(len(held) for held in catalog.offers.values())
    return {
        **count_kinds(catalog),
        "source": len(catalog.sources),
        "offer": offers,
        "cloud_rate": len(catalog.cloud_rates),
    }


def _text(
    catalog: Catalog,
    errors: Sequence[Finding],
    warnings: Sequence[Finding],
    only: set[str] | None,
    limits: Thresholds,
) -> str:
    style = terminal_style()
    rows = [[name, f"{number:,}"] for name, number in _counts(catalog).items()]
    table = render_table(["entries", "count"], rows, style, [False, True])
    marked, known = estimates(catalog)
    share = percent(marked / known) if known else "none"
    verdict = "valid" if not errors else "not valid"
    told = f"{count(len(errors), 'error')}, {count(len(warnings), 'warning')}"
    if only is not None:
        told += f" about {count(len(only), 'entry', 'entries')} of your own (--all: everything)"
    ending = [
        f"{marked:,} of {known:,} figures are estimates ({share})",
        style.paint(f"{verdict}: {told}", "bad" if errors else "good"),
        f"newest price {catalog.date or 'none'}, sha {catalog.sha256[:8]}",
    ]
    return style.page([table, _problems(errors, style), *_groups(warnings, limits, style), ending])


def _problems(errors: Sequence[Finding], style: Style) -> list[str]:
    lines = []
    for error in errors:
        head = f"error {clean(error.place)}: {clean(error.id)}: {clean(error.message)}"
        lines += [style.paint(part, "bad") for part in wrap(head, style.width)]
    return lines


def _groups(warnings: Sequence[Finding], limits: Thresholds, style: Style) -> list[list[str]]:
    """Warnings by check: each with its place, or many that say the same as a list of ids."""
    groups: dict[str, list[Finding]] = {}
    for warning in warnings:
        groups.setdefault(warning.check, []).append(warning)
    pages = []
    for name, held in groups.items():
        lines = [style.title(f"{name} ({len(held)})")]
        meaning = MEANINGS.get(name, "").format(age=limits.max_age_months)
        if meaning and len(held) > FEW:
            text = f"{meaning}: {', '.join(clean(f.id) for f in held)}"
            lines += _marked(text, style)
        else:
            for finding in held:
                lines += _marked(f"{clean(finding.id)}: {clean(finding.message)}", style)
                lines += ["    " + style.paint(clean(finding.place), "dim")]
        pages.append(lines)
    return pages


def _marked(text: str, style: Style) -> list[str]:
    parts = wrap(text, style.width - 2)
    return [f"{style.paint('!', 'warn')} {parts[0]}", *(f"  {part}" for part in parts[1:])]


def show_stats(given: Mapping[str, Any]) -> Outcome:
    """Counts by kind, prices and their coverage, the share of estimates."""
    catalog = open_catalog(given)
    data = statistics(catalog)
    if given.get("json"):
        return Outcome(json.dumps(data, indent=2) + "\n")
    style = terminal_style()
    heads = ["kind", "entries", "new", "refurbished", "used", "no price", "newest price"]
    columns = ("entries", "new", "refurbished", "used", "unpriced", "newest")
    rows = [
        [kind, *("" if row[c] is None else str(row[c]) for c in columns)]
        for kind, row in data["coverage"].items()
    ]
    table = render_table(heads, rows, style, [False, *[True] * 5, False])
    kinds = [kind for kind in data["kinds"] if kind not in data["coverage"]]
    other = ", ".join(f"{k} {data['kinds'][k]}" for k in kinds)
    span = f"{data['oldest_price']} to {data['newest_price']}" if data["offers"] else "no price"
    facts = [
        f"Offers {data['offers']:,} ({span}; {data['estimated_offers']:,} are estimates),"
        f" cloud rates {data['cloud_rates']:,}, sources {data['sources']:,}.",
        f"Priced: {data['priced']:,} of {data['components']:,} components;"
        f" {data['priced_new']:,} new, {data['priced_used']:,} used.",
        f"Figures {data['figures']:,}, of which estimates {data['estimated']:,}"
        f" ({percent(data['estimated_share'])}).",
        f"sha {data['sha256'][:8]}",
    ]
    lines = [part for fact in facts for part in wrap(fact, style.width)]
    return Outcome(style.page([table, wrap(f"Beside them: {other}", style.width), lines]))
