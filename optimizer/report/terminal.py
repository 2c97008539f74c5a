"""The answer as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.report.answer import (
    render_cost,
    render_headline,
    render_memory,
    render_power,
    render_question,
    render_serving,
    render_speed,
)
from optimizer.report.bill import render_bill
from optimizer.report.binding import render_binding
from optimizer.report.infeasible import (
    render_conflict,
    render_infeasible,
    render_repairs,
    render_unknown,
)
from optimizer.report.limits import render_limits
from optimizer.report.notes import render_excluded, render_grounds, render_proof, render_warnings
from optimizer.report.plugs import render_plugs
from optimizer.report.scenario import render_changes
from optimizer.report.shelf import render_shelf
from optimizer.report.style import Style
from optimizer.report.why import render_why
from optimizer.schema.build import Result


def render_result(
    result: Result,
    style: Style | None = None,
    *,
    names: Mapping[str, str] | None = None,
    explain: bool = False,
    excluded: bool = False,
) -> str:
    """The whole answer as text, made from the document alone.

    ``names`` gives LLMs and engines (by id) the names people know; without it ids are shown.
    ``explain`` adds the estimates and what was left out, ``excluded`` all that was left out.
    """
    style, names = style or Style(), names or {}
    question = render_question(result, names, style)
    changed = render_changes(result, style)
    if result.build is not None:
        body = _build(result, names, style, explain)
    elif result.status == "infeasible":
        body = [question + render_infeasible(result, style), changed]
        if result.explanation is not None:
            body.append(render_conflict(result, style))
            body.append(render_repairs(result, style))
    else:
        body = [question + render_unknown(result, style), changed]
    body.append(render_why(result, style))
    body.append(render_warnings(result, style, explain))
    if explain:
        body.append(render_grounds(result, style, excluded))
    elif excluded:
        body.append(render_excluded(result, style, every=True))
    body.append(render_proof(result, style))
    return style.page(body)


def _build(
    result: Result, names: Mapping[str, str], style: Style, explain: bool
) -> list[Sequence[str]]:
    build = result.build
    assert build is not None
    return [
        render_question(result, names, style) + render_headline(result, style),
        render_changes(result, style),
        render_bill(build, style),
        render_shelf(build, style),
        render_limits(build, style),
        render_plugs(build, style),
        render_binding(result, style) if explain else [],
        render_speed(build, result.request.workloads, style),
        render_memory(build, style)
        + render_power(build, style)
        + render_cost(result, style)
        + render_serving(build, names, style),
    ]
