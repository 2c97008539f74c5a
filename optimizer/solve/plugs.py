"""The plug plan of an answer: circuit by circuit, what hangs on it and what it carries."""

from __future__ import annotations

from math import isqrt

from optimizer.physics.circuits import Breaker
from optimizer.schema.build import Plug, PluggedSupply
from optimizer.verify.audit import Audit
from optimizer.verify.plugs import worst_loads


def plugs_of(audit: Audit) -> list[Plug]:
    """A row per circuit, with its load normally and in the worst state that must hold."""
    case, plan, watts = audit.instance.case, audit.plug_plan, audit.peak_wall_w
    redundancy = audit.instance.limits.redundancy
    normal = worst_loads(plan, case.breakers, watts, "none")
    worst = worst_loads(plan, case.breakers, watts, redundancy)
    return [
        Plug(
            circuit=breaker.name,
            feed=breaker.feed or None,
            outlet=breaker.outlet or None,
            supplies=sum(p.breaker == index for p in plan),
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
        for index, breaker in enumerate(case.breakers)
    ]


def _shown(breaker: Breaker, line_w: int) -> int:
    """The load of a circuit whose fullest line carries so much, as if every line did."""
    return isqrt(3 * line_w**2) if breaker.delta else line_w
