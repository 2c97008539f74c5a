"""An answer, and what studies found about it, as one HTML file without scripts or network.

Everything from data is cleaned of control characters and escaped; only addresses of the web become
links.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.report import quantity as q
from optimizer.report.answer import question_parts
from optimizer.report.page import answer, explained, grounds, studies
from optimizer.report.style import clean, clip
from optimizer.report.web import is_web_address
from optimizer.report.why import why_text, why_title
from optimizer.schema.build import Result

LONGEST = 160
"""Characters of a name on the page; longer ones are cut."""
BUILT = ("optimal", "feasible")
MOST_TOLD = 600
"""Characters of a sentence."""


def render_page(
    result: Result,
    catalog: Catalog,
    *,
    command: str = "",
    rent: Mapping[str, Any] | None = None,
    comparison: Mapping[str, Any] | None = None,
    frontier: Mapping[str, Any] | None = None,
    alternatives: Mapping[str, Any] | None = None,
    sensitivity: Mapping[str, Any] | None = None,
    robust: Mapping[str, Any] | None = None,
) -> str:
    """The whole page.

    ``command`` is what to type for the same answer; ``rent``, ``comparison``, ``frontier``,
    ``alternatives``, ``sensitivity`` and ``robust`` are the documents of these studies, each a
    section of its own.
    """
    names = {e.id: e.name for e in (*catalog.llms.values(), *catalog.engines.values())}
    view: dict[str, Any] = {
        "title": _title(result, names),
        "date": result.provenance.catalog_date,
        "question": question_parts(result, names),
        "verdict": answer.verdict(result),
        "notes": grounds.notes(result),
        "grounds": grounds.grounds(result, catalog),
        "again": grounds.again(result, command),
        "build": None,
        "infeasible": explained.infeasible(result),
        "binding": explained.binding(result),
        "why": [(why_title(why), why_text(why, result)) for why in result.why],
        "rent": None if rent is None else studies.rent_section(rent),
        "comparison": None if comparison is None else studies.comparison_section(comparison),
    }
    view["frontier"] = None if frontier is None else studies.frontier_section(frontier)
    view["alternatives"] = (
        None if alternatives is None else studies.alternatives_section(alternatives, catalog)
    )
    view["sensitivity"] = None if sensitivity is None else studies.sensitivity_section(sensitivity)
    view["robust"] = None if robust is None else studies.robust_section(robust)
    if result.build is not None:
        view["build"] = answer.build_section(result, catalog, names)
    page: str = _environment().get_template("report.html.j2").render(view)
    return page


def render_sweep_page(document: Mapping[str, Any], *, command: str = "") -> str:
    """The page of a sweep, from its document; ``command`` is what to type for the same rows."""
    fits = sum(entry for status, entry in document["status"].items() if status in BUILT)
    view = {
        "title": "Sweep over " + ", ".join(clip(clean(name), 60) for name in document["axes"]),
        "question": [
            f"{clip(clean(name), 60)}: {q.count(len(values), 'value')}"
            for name, values in document["axes"].items()
        ],
        "answer": f"{document['points']:,} requests, {fits:,} with a build",
        "date": document["catalog_date"],
        "sweep": studies.sweep_section(document),
        "command": command,
    }
    page: str = _environment().get_template("sweep.html.j2").render(view)
    return page


def _title(result: Result, names: Mapping[str, str]) -> str:
    """What is served; for the tab, the bookmark and the printed page."""
    served = [clip(names.get(load.llm, load.llm), 60) for load in result.request.workloads]
    return f"Build to serve {' and '.join(served)}"


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    def finalize(value: Any) -> Any:
        return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    room = Environment(
        loader=PackageLoader("optimizer.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    room.filters["name"] = lambda text: clip(clean(text), LONGEST)
    room.filters["told"] = lambda text: clip(clean(text), MOST_TOLD)
    room.filters["inline"] = lambda chart: Markup(chart.inline())
    room.tests["web_address"] = is_web_address
    return room
