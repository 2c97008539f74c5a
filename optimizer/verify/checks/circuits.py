"""Circuits of the site."""

from __future__ import annotations

from optimizer.instance.items import CoolingItem
from optimizer.verify.audit import Audit
from optimizer.verify.plugs import holds, worst_loads
from optimizer.verify.use import Use

LOW_LINE_V = 150
"""Mains of 100-127 V are below, those of 200-240 V and more above."""


def check_circuits(audit: Audit) -> list[Use]:
    """Rule ``circuits``: every supply on one circuit, each within its rating in every state."""
    rows = _added(audit) + _cooling(audit)
    plan = audit.plug_plan
    redundancy = audit.instance.limits.redundancy
    if not plan or not holds(plan, audit.circuits, audit.peak_wall_w, redundancy):
        return [*rows, *_unplugged(audit)]
    worst = worst_loads(plan, audit.circuits, audit.peak_wall_w, redundancy)
    return rows + [
        Use(b.name, watts, b.line_w, "W")
        for b, (_, watts) in zip(audit.circuits, worst, strict=True)
    ]


def _unplugged(audit: Audit) -> list[Use]:
    """Where no plan holds: the feeds that cannot carry all alone, else the circuits together."""
    case, need = audit.instance.case, audit.peak_wall_w * audit.instance.case.nodes
    if audit.instance.limits.redundancy == "2n":
        alone = {b.feed: 0 for b in case.breakers if b.feed}
        for b in case.breakers:
            alone[b.feed] = alone.get(b.feed, 0) + b.continuous_w
        weak = {w: [f for f in sorted(alone) if f and alone[f] == w] for w in alone.values()}
        rows = [
            Use(f"feed {' or '.join(feeds)} alone", need, w, "W")
            for w, feeds in sorted(weak.items())
            if feeds and w < need
        ]
        if rows:
            return rows
    have = case.circuits_w
    return [Use("all circuits", max(need, have + 1), have, "W")]


def _added(audit: Audit) -> list[Use]:
    """Circuits bought are those that the case counts on."""
    bought = {i.id: n for i, n in audit.on_site("circuit")}
    asked = dict(audit.instance.case.new_circuits)
    wrong = sum(abs(bought.get(i, 0) - asked.get(i, 0)) for i in {*bought, *asked})
    return [Use("circuits added too many or too few", wrong, 0, "circuits")] if wrong else []


def cooling_circuits(audit: Audit) -> list[tuple[CoolingItem, tuple[int, float] | None]]:
    """(unit that plugs in, its circuit as volts and amperes, None where there is none for it).

    Units are put one by one on circuits of their own: largest plug, tightest fit.
    """
    units = [i for i, n in audit.on_site("cooling") for _ in range(n)]
    plugged = [(i, i.plug) for i in units if isinstance(i, CoolingItem) and i.plug is not None]
    free, found = sorted(audit.instance.case.spare, key=lambda c: c[1]), []
    for unit, (volts, amps) in sorted(plugged, key=lambda u: -u[1][1]):
        low = volts < LOW_LINE_V
        fit = next((c for c in free if (c[0] < LOW_LINE_V) == low and c[1] >= amps), None)
        if fit is not None:
            free.remove(fit)
        found.append((unit, fit))
    return found


def _cooling(audit: Audit) -> list[Use]:
    held = cooling_circuits(audit)
    placed = sum(circuit is not None for _, circuit in held)
    return [Use("for cooling", len(held), placed, "circuits")] if held else []
