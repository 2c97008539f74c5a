"""Why nothing fits, what would mend it, and what binds: sections of the page."""

from __future__ import annotations

from typing import Any

from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.binding import FALLS, GOALS, NO_GAIN, next_dollars, slacks
from optimizer.report.infeasible import (
    NOT_SOLVED,
    conflict_title,
    figure,
    in_place,
    nothing_mends,
    nothing_to_run_on,
    paste,
    refuted,
)
from optimizer.report.limit_names import limit_name
from optimizer.report.style import MINUS, TIMES
from optimizer.schema.build import Result
from optimizer.schema.explanation import Conflict, Relaxed, Repair, RepairBuild


def infeasible(result: Result) -> dict[str, Any] | None:
    """The conflict and what would mend it; nothing where there is a build or no proof."""
    found = result.explanation
    if result.status != "infeasible" or found is None:
        return None
    conflicts = found.conflicts or (
        Conflict(sentence="", items=found.conflict, irreducible=found.irreducible),
    )
    combined = found.combined
    return {
        "conflicts": [_conflict(c) for c in conflicts] if found.conflict else [],
        "repairs": [{"paste": paste(r), "outcome": _built(r.build)} for r in found.repairs],
        "combined": None if combined is None else [paste(c) for c in combined.changes],
        "combined_outcome": None if combined is None else _built(combined.build),
        "combined_proven": combined is not None and combined.proven,
        "not_solved": NOT_SOLVED,
        "refuted": refuted(found),
        "in_place": in_place((*found.repairs, *(combined.changes if combined else ()))),
        "none_mends": nothing_mends(found, result.request),
        "nothing": [] if found.conflict else nothing_to_run_on(result),
        "complete": found.complete,
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    """Limits that cannot hold together: what each needs, what it allows, what it keeps out."""
    rows = [
        {
            "rule": limit_name(item.rule, item.path),
            "statement": item.statement,
            "others_hold": item.others_hold,
            "needed": "" if item.needed is None else figure(item.needed, item.unit),
            "allowed": "" if item.allowed is None else figure(item.allowed, item.unit),
            "without": _built(item.build),
        }
        for item in conflict.items
    ]
    return {"title": conflict_title(conflict), "sentence": conflict.sentence, "rows": rows}


def _built(build: RepairBuild | None) -> dict[str, str] | None:
    """A build in brief."""
    if build is None:
        return None
    return {
        "cards": f"{build.accelerators} {TIMES} {build.accelerator_name}",
        "weights": format_name(build.weight_format),
        "capex": q.usd(build.capex_usd),
        "tco": q.usd(build.tco_usd),
        "speed": f"{q.three(build.output_tok_s)} tok/s",
    }


def binding(result: Result) -> dict[str, Any] | None:
    """Which limits hold the answer back and what more of each would buy; None where not asked."""
    if result.binding is None or result.build is None:
        return None
    goal = result.objective.name
    rows = [
        {
            "paste": paste(relaxed),
            "gain": _gain(relaxed, goal),
            "capex": _more(relaxed),
            "outcome": _built(relaxed.build),
        }
        for limit in result.binding
        if limit.binds
        for relaxed in limit.relaxed
    ]
    return {
        "rows": rows,
        "slack": slacks(result.binding),
        "in_place": in_place(r for b in result.binding if b.binds for r in b.relaxed),
        "no_gain": NO_GAIN,
        "money": next_dollars(result),
        "tried": bool(result.binding),
    }


def _gain(relaxed: Relaxed, goal: str) -> str:
    if relaxed.objective_gain <= 0:
        return "nothing"
    sign = MINUS if goal in FALLS else "+"
    return f"{sign}{q.percent(relaxed.objective_gain)} {GOALS[goal]}"


def _more(change: Relaxed | Repair) -> str:
    extra = getattr(change, "extra_capex_usd", 0.0)
    return "the same" if abs(extra) < 0.005 else f"{'+' if extra > 0 else ''}{q.usd(extra)}"
