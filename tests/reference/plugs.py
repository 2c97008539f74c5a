"""The plug plan of an answer, from outside: every state that must hold, recomputed in floats."""

from __future__ import annotations

import re
from math import sqrt
from typing import Any

NAME = re.compile(r"([\d.]+)A/(\d+)V(/3ph)?(?:@([ab]))? #\d+(?: L\d)?")


def audit_plugs(
    build: Any, request: Any, wall_w: int, supplies: int, switches_w: int, same: Any, at_most: Any
) -> None:
    """Every supply hangs somewhere once, and no line is overloaded whatever may be lost."""
    where = {
        (s["node"], s["supply"]): (index, s["lines"])
        for index, plug in enumerate(build["plug_plan"])
        for s in plug["plugged"]
    }
    same("supplies plugged in", supplies * build["nodes"], len(where))
    same("plugs told", sum(p["supplies"] for p in build["plug_plan"]), len(where))
    for what, lost in _states(build, request["policy"]["psu_redundancy"], where):
        left = {n: p for n, p in where.items() if n not in lost}
        alive = {node: sum(1 for n, _ in left if n == node) for node, _ in where}
        at_most(f"{what}: nodes without a supply", sum(1 for n in alive.values() if not n), 0)
        for index, plug in enumerate(build["plug_plan"]):
            room = _line_w(plug["circuit"], request["site"]["circuits"])
            if room is None:
                continue  # bought with the build
            load: dict[str, float] = {}
            for (node, _), (at, lines) in left.items():
                if at == index:
                    load[lines] = load.get(lines, 0) + wall_w / alive[node]
            extra = switches_w if index == 0 else 0
            at_most(f"{plug['circuit']}, {what}", _fullest(load) + extra, room + 1)


def audit_outlets(parts: dict[str, Any], build: Any, same: Any, at_most: Any) -> None:
    """Strips bought are those that hang somewhere, each on its plug, with outlets for all cords."""
    hung: dict[str, set[str]] = {}
    cords: dict[tuple[str, str], int] = {}
    for plug in build["plug_plan"]:
        if plug["strip"] is not None:
            circuit = re.sub(r" L\d$", "", plug["circuit"])
            hung.setdefault(plug["strip"], set()).add(circuit)
            key = (plug["strip"], circuit)
            cords[key] = cords.get(key, 0) + plug["supplies"]
            mate = [re.sub(r"\W|NEMA|(?<=\d)[PR]$", "", name)
                    for name in (parts[plug["strip"]]["plug"], plug["outlet"])]  # fmt: skip
            same(f"{plug['strip']}: plug and receptacle {mate}", 1, int(mate[0] == mate[1]))
    bought = {n["id"]: n["quantity"] for n in build["bill_of_materials"] if n["kind"] == "pdu"}
    for strip in {*hung, *bought}:
        same(f"{strip} hung", len(hung.get(strip, ())), bought.get(strip, 0))
    for (strip, circuit), count in cords.items():
        held = parts[strip]
        outlets = held["outlets_c13"] + held["outlets_c19"] + held.get("outlets_nema", 0)
        at_most(f"cords in {strip} on {circuit}", count, outlets)


BORNE = {"atx3": 1.6, "atx2": 1.1, "crps": 1.4}


def audit_surge(parts: dict[str, Any], build: Any, peak: int, capacity: int, at_most: Any) -> None:
    """For milliseconds: accelerators over their limit, against what the supplies' design bears."""
    used = build["deployment"]
    card = parts[used["accelerator"]]
    kind = 1.3 if card["memory_type"].lower().startswith("hbm") else 1.45
    over = (card.get("peak_over_tdp") or kind) - 1
    supplies = [parts[n["id"]] for n in build["bill_of_materials"] if n["kind"] == "psu"]
    plain = {"atx": "atx2", "crps": "crps"}
    borne = min(
        (BORNE[p.get("design") or plain[p["form"]]] for p in supplies), default=BORNE["crps"]
    )
    surge = over * used["power_cap_w"] * used["accelerators_per_node"]
    at_most("milliseconds", peak + surge, capacity * borne + 1)


def _states(build: Any, redundancy: str, where: Any) -> list[tuple[str, set[Any]]]:
    found: list[tuple[str, set[Any]]] = [("normal", set())]
    if redundancy == "n+1":
        found += [(f"PSU {n} of node {node} lost", {(node, n)}) for node, n in where]
    if redundancy == "2n":
        for feed in ("a", "b"):
            rows = {i for i, p in enumerate(build["plug_plan"]) if p["feed"] == feed}
            found.append((f"feed {feed} lost", {n for n, (at, _) in where.items() if at in rows}))
    return found


def _line_w(name: str, circuits: list[Any]) -> float | None:
    """Watts that one line of the circuit carries for hours."""
    if name.startswith("new "):
        return None  # bought with the build
    match = NAME.fullmatch(name)
    assert match is not None, name
    amps, volts, phases, feed = float(match[1]), int(match[2]), 3 if match[3] else 1, match[4]
    for c in circuits:
        if (c["amps"], c["volts"], c["phases"], c["feed"]) == (amps, volts, phases, feed):
            watts: float = volts * amps * c["continuous_share"]
            return watts / sqrt(3) if phases == 3 and volts > 250 else watts
    return None


def _fullest(load: dict[str, float]) -> float:
    """Between two lines, currents add at 60 degrees."""
    if set(load) <= {""}:
        return load.get("", 0.0)
    a, b, c = (load.get(pair, 0.0) for pair in ("L1-L2", "L2-L3", "L3-L1"))
    return max(sqrt(x * x + y * y + x * y) for x, y in ((a, b), (b, c), (c, a)))
