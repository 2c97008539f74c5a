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
        place = place_of(plug, build)
        where = f" {place}" if place else ""
        texts = [f"{_supplies(plug.plugged, build.nodes)}{where}: {_load(plug.load_w, plug)}"]
        if plug.worst_w is not None and plug.worst:
            texts.append(f"{clean(plug.worst)}: {_load(plug.worst_w, plug)}")
        first, *more = [line for text in texts for line in wrap(text, style.width - column - 2)]
        lines.append("  " + left(_name(plug), column) + first)
        lines += [" " * (column + 2) + line for line in more]
    names = {line.id: clean(line.name) for line in build.bill_of_materials}
    for unit in build.cooling_plugs:
        text = f"{names.get(unit.component, unit.component)}: {q.watts(unit.load_w)}, alone"
        own = left(clean(unit.circuit), column)
        first, *more = wrap(text, style.width - column - 2)
        lines += [f"  {own}{first}", *(" " * (column + 2) + line for line in more)]
    if any(p.outlet_assumed for p in used):
        text = "* the usual receptacle of such a circuit: the site does not say"
        lines += ["  " + style.paint(line, "dim") for line in wrap(text, style.width - 2)]
    return lines


def place_of(plug: Plug, build: Build) -> str:
    """``at C13 of`` a strip, bought or there, or ``behind`` a UPS; empty at a receptacle."""
    names = {line.id: line.name for line in build.bill_of_materials}
    if plug.ups is not None:
        return f"behind {clean(names.get(plug.ups, plug.ups))}"
    if not plug.cords:
        return ""
    if plug.strip is None:
        return f"at {plug.cords} (strip there)"
    return f"at {plug.cords} of {clean(names.get(plug.strip, plug.strip)).partition(' (')[0]}"


def _name(plug: Plug) -> str:
    """The circuit with its receptacle, unless a strip hangs there that need not be bought."""
    behind = not plug.outlet or (plug.cords and plug.strip is None)
    outlet = "" if behind else f" ({clean(plug.outlet or '')}{'*' * plug.outlet_assumed})"
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
