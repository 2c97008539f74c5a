"""Warnings, what an answer rests on, and the line that says how far it is proven."""

from __future__ import annotations

from optimizer.report import quantity as q
from optimizer.report.style import Style, clean, join_wrapped, wrap
from optimizer.schema.build import ObjectiveValue, Result

NAMED = 12
"""Components named per reason; the document names all."""


def render_warnings(result: Result, style: Style, explain: bool) -> list[str]:
    """One paragraph per note, and per warning (with ``!``).

    Estimates are counted here; ``explain`` lists them elsewhere.
    """
    texts = [clean(w) for w in result.warnings]
    estimates = result.provenance.estimates
    if estimates and not explain:
        verb = "figure is an estimate" if len(estimates) == 1 else "figures are estimates"
        texts.append(f"{len(estimates):,} {verb} (--explain lists them)")
    overlays = [clean(text) for text in overlay_texts(result)]
    marked = [("· ", "accent", text) for text in overlays]
    marked += [("· ", "accent", clean(n)) for n in result.notes] + [
        ("! ", "warn", t) for t in texts
    ]
    lines = []
    for mark, colour, text in marked:
        parts = wrap(text, style.width - 2)
        lines += [style.paint(mark, colour) + parts[0]] + ["  " + more for more in parts[1:]]
    return lines


def overlay_texts(result: Result) -> list[str]:
    """One sentence per overlay: how many entries it added, changed, removed."""
    counts: dict[str, dict[str, int]] = {}
    for change in result.provenance.overlays:
        held = counts.setdefault(change.overlay, {})
        held[change.action] = held.get(change.action, 0) + 1
    return [
        f"catalog overlay {name}: " + ", ".join(f"{n:,} {action}" for action, n in held.items())
        for name, held in counts.items()
    ]


def render_grounds(result: Result, style: Style, excluded: bool = False) -> list[str]:
    """With ``--explain``: estimates by component, and what was left out before solving."""
    lines = []
    by_component: dict[str, list[str]] = {}
    for estimate in result.provenance.estimates:
        by_component.setdefault(clean(estimate.component), []).append(clean(estimate.field))
    if by_component:
        lines.append(style.title("Estimates (nobody's published figure)"))
        for component, fields in by_component.items():
            lines += _hanging(f"{component}: {', '.join(fields)}", style)
    if result.provenance.overlays:
        lines += [""] if lines else []
        lines.append(style.title("Changed by overlays"))
        for change in result.provenance.overlays:
            keys = f": {', '.join(map(clean, change.keys))}" if change.keys else ""
            text = f"{clean(change.overlay)} {change.action} {change.section} {clean(change.entry)}"
            lines += _hanging(text + keys, style)
    left_out = render_excluded(result, style, excluded)
    return [*lines, *([""] if lines and left_out else []), *left_out]


def render_excluded(result: Result, style: Style, every: bool) -> list[str]:
    """What was left out before solving, by reason; ``every`` part or the first of each reason."""
    if not result.excluded:
        return []
    lines = [style.title("Left out before solving")]
    by_reason: dict[str, list[str]] = {}
    for item in result.excluded:
        by_reason.setdefault(clean(item.reason), []).append(clean(item.component))
    for reason, components in by_reason.items():
        named = components if every else components[:NAMED]
        more = len(components) - len(named)
        rest = f" and {more:,} more (--excluded names all)" if more > 0 else ""
        count = f"{len(components):,} {reason}" if len(components) > NAMED else reason
        lines += _hanging(f"{count}: {', '.join(named)}{rest}", style)
    return lines


def _hanging(text: str, style: Style) -> list[str]:
    parts = wrap(text, style.width - 4)
    return ["  " + parts[0]] + ["    " + more for more in parts[1:]]


def render_proof(result: Result, style: Style) -> list[str]:
    """Status, bound, time, size of the search, and the catalog."""
    timings, provenance = result.timings, result.provenance
    spent = q.seconds(timings.total_s)
    status = {
        "optimal": f"Optimal, proven in {spent}",
        "feasible": f"Feasible after {spent}: {bound_text(result.objective)}",
        "infeasible": f"Infeasible, proven in {spent}",
        "unknown": f"No answer after {spent}",
    }[result.status]
    if result.interrupted:
        status += " (interrupted)"
    parts = [
        status,
        f"{q.number(timings.scored)} of {q.count(timings.deployments, 'deployment')} scored",
        f"{q.count(timings.candidates, 'candidate part')}",
        f"catalog {clean(provenance.catalog_date)} (sha {clean(provenance.catalog_sha256)[:8]})",
    ]
    if provenance.oldest_offer:
        parts.append(f"oldest price {clean(provenance.oldest_offer)}")
    return [style.paint(line, "dim") for line in join_wrapped(parts, " · ", style.width)]


def bound_text(objective: ObjectiveValue) -> str:
    """``best 612, bound 640 tok/s, gap 4.6 %``."""
    parts = []
    if objective.value is not None:
        parts.append(f"best {q.three(objective.value)}")
    if objective.bound is not None:
        parts.append(f"bound {q.three(objective.bound)}")
    text = f"{', '.join(parts)} {clean(objective.unit)}"
    return text if objective.gap is None else f"{text}, gap {q.percent(objective.gap)}"
