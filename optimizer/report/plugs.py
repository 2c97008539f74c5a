"""Which power supply goes into which circuit, and what each circuit then carries."""

from __future__ import annotations

from optimizer.report import quantity as q
from optimizer.report.style import Style, clean, left, width_of, wrap
from optimizer.schema.build import Build, Plug, PluggedSupply

CIRCUIT = 20
"""Columns for the name of a circuit at least."""


def render_plugs(build: Build, style: Style) -> list[str]:
    """A line per circuit in use; with redundancy, its worst case on a second one."""
    used = [p for p in build.plug_plan if p.plugged]
    if not used:
        return []
    column = max(CIRCUIT, *(width_of(_name(p)) + 2 for p in used))
    lines = [style.title("Plug plan")]
    for plug in used:
        texts = [f"{_supplies(plug.plugged, build.nodes)}: {_load(plug.load_w, plug)}"]
        if plug.worst_w is not None and plug.worst:
            texts.append(f"{clean(plug.worst)}: {_load(plug.worst_w, plug)}")
        first, *more = [line for text in texts for line in wrap(text, style.width - column - 2)]
        lines.append("  " + left(_name(plug), column) + first)
        lines += [" " * (column + 2) + line for line in more]
    return lines


def _name(plug: Plug) -> str:
    outlet = f" ({clean(plug.outlet)})" if plug.outlet else ""
    return clean(plug.circuit) + outlet


def _load(watts: int, plug: Plug) -> str:
    share = watts / plug.continuous_w if plug.continuous_w else 1.0
    return f"{q.watts(watts)} of {q.watts(plug.continuous_w)}, {share:.0%}".replace("%", " %")


def _supplies(plugged: tuple[PluggedSupply, ...], nodes: int) -> str:
    """``PSU 1, 2``, node by node where there are several."""
    found = []
    for node in sorted({p.node for p in plugged}):
        own = [p for p in plugged if p.node == node]
        names = ", ".join(f"{p.supply}" + (f" on {p.lines}" if p.lines else "") for p in own)
        found.append(f"node {node} PSU {names}" if nodes > 1 else f"PSU {names}")
    return "; ".join(found)
