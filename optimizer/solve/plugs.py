"""The plug plan of an answer: circuit by circuit, what hangs on it and what it carries."""

from __future__ import annotations

from math import isqrt

from optimizer.physics.circuits import Breaker
from optimizer.physics.outlets import takes_cord
from optimizer.schema.build import CoolingPlug, Plug, PluggedSupply
from optimizer.verify.audit import Audit
from optimizer.verify.checks.circuits import cooling_circuits
from optimizer.verify.plugs import worst_loads


def plugs_of(audit: Audit) -> list[Plug]:
    """A row per circuit, with its load normally and in the worst state that must hold."""
    circuits, plan, watts = audit.circuits, audit.plug_plan, audit.peak_wall_w
    redundancy = audit.instance.limits.redundancy
    normal = worst_loads(plan, circuits, watts, "none")
    try:
        worst = worst_loads(plan, circuits, watts, redundancy)
    except ZeroDivisionError:  # a build that shows what a rule about supplies keeps out
        worst = normal
    strips = {number: strip.id for number, strip in audit.hung}
    units = [unit.id for unit, _ in audit.on_site("ups")]
    found = []
    for index, breaker in enumerate(circuits):
        there = audit.instance.case.breakers[index]
        on_it = sum(p.breaker == index for p in plan)
        found.append(
            Plug(
                circuit=breaker.name,
                feed=breaker.feed or None,
                outlet=there.outlet or there.receptacle or None,
                outlet_assumed=not there.outlet and bool(there.receptacle),
                strip=strips.get(breaker.circuit),
                cords="" if units else _cords(audit, there, breaker, on_it),
                ups=units[0] if units and on_it else None,
                unplanned=there.outlets is None
                and not takes_cord(there.amps, there.phases)
                and not audit.instance.limits.ups,
                supplies=on_it,
                load_w=_shown(breaker, normal[index][1]),
                continuous_w=breaker.continuous_w,
                worst_w=None if redundancy == "none" else _shown(breaker, worst[index][1]),
                worst=worst[index][0],
                plugged=tuple(
                    PluggedSupply(node=p.node, supply=p.supply, lines=p.lines)
                    for p in plan
                    if p.breaker == index
                ),
            )
        )
    return found


def cooling_plugs_of(audit: Audit) -> list[CoolingPlug]:
    """A row per cooling unit that plugs in."""
    return [
        CoolingPlug(
            component=unit.id,
            circuit=f"{circuit[1]:g}A/{circuit[0]}V",
            load_w=unit.power.peak_w,
        )
        for unit, circuit in cooling_circuits(audit)
        if circuit is not None
    ]


def _cords(audit: Audit, there: Breaker, breaker: Breaker, supplies: int) -> str:
    """What the cords on a strip plug into; empty where they plug into the circuit itself."""
    if breaker.outlets is None or (there.receptacle and breaker.outlets == there.outlets):
        return ""
    if audit.inlet == "c20":
        return "C19"
    return "C13" if supplies <= breaker.outlets[0] - breaker.outlets[1] else "C13 and C19"


def _shown(breaker: Breaker, line_w: int) -> int:
    """The load of a circuit whose fullest line carries so much, as if every line did."""
    return isqrt(3 * line_w**2) if breaker.delta else line_w
