"""The auditor's room: heat, air, noise, rack, floor and batteries, from raw YAML and the document.

Like :mod:`tests.reference.auditor` it imports nothing of the project.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log10
from typing import Any

Check = Callable[[str, float, float], None]


def audit_room(parts: dict[str, Any], build: Any, request: Any, at_most: Check) -> None:
    """What the site bears, told through ``at_most`` (what, used, available)."""
    lines = [
        (parts[line["id"]], line["kind"], line["quantity"])
        for line in build["bill_of_materials"]
        if not (line["kind"] == "platform" and parts[line["id"]]["kind"] == "board")
    ]
    site, platform = request["site"], parts[build["platform"]]
    _heat(lines, build, site, platform, at_most)
    _space(lines, site, at_most)
    if request["policy"]["ups"]:
        _batteries(lines, build, request, at_most)


def _heat(lines: list[Any], build: Any, site: Any, platform: Any, at_most: Check) -> None:
    coolers = [(p, n) for p, kind, n in lines if kind == "cooling"]
    supplies = [(p, n) for p, kind, n in lines if kind == "ups"]
    lost = sum(ceil(round(p["power_w"] * (1 / p["efficiency"] - 1), 6)) * n for p, n in supplies)
    pumps = sum(p["power_w"] * n for p, n in coolers if p["kind"] == "cdu")
    switches = sum(p["power_w"] * n for p, kind, n in lines if kind == "switch")
    liquid = platform["cooling"] == "liquid"
    air = (switches if liquid else build["power"]["peak_wall_w"]) + lost + pumps
    removed = sum(p["heat_removal_w"] * n for p, n in coolers if p["kind"] == "room-air")
    at_most("heat to the air", air, site["heat_removal_w"] + removed)
    cfm = air * 3.412 / (1.085 * 1.8 * site["air_rise_c"])
    cfm /= (1 - 2.25577e-5 * site["altitude_m"]) ** 5.25588
    at_most("air", cfm, build["power"]["airflow_cfm"])
    if site["airflow_cfm"] is not None:
        at_most("airflow", cfm, site["airflow_cfm"])
    if site["inlet_c"] is not None:
        warm = site["inlet_c"] + max(0, site["altitude_m"] - 900) / 300
        at_most("inlet air", warm, platform["max_inlet_c"])
    plugged = sum(n for p, n in coolers if p.get("volts") is not None)
    circuits = sum(c["count"] for c in site["circuits"]) + site["new_circuits"]
    at_most("circuits of cooling's own", plugged, circuits - 1)


def _space(lines: list[Any], site: Any, at_most: Check) -> None:
    rack = site["rack"]
    standing = [(p, n) for p, kind, n in lines if kind in STANDING]
    at_most("rack units", sum((p.get("rack_units") or 0) * n for p, n in standing), rack["units"])
    deep = max((p.get("depth_mm") or 0 for p, _ in standing), default=0)
    at_most("depth", deep, rack["depth_mm"] - site["cable_clearance_mm"])
    weight = sum((p.get("weight_kg") or 0) * n for p, kind, n in lines if kind in WEIGHED)
    at_most("weight", weight, rack["load_kg"] + 0.1 * len(lines))
    if site["floor_kg_m2"] is not None:
        area = rack["footprint_m2"] or 0.6 * rack["depth_mm"] / 1000 * ceil(rack["units"] / 42)
        at_most("floor", (weight + rack["own_kg"]) / area, site["floor_kg_m2"])
    loud = [p["noise_dba"] for p, n in standing for _ in range(n) if p.get("noise_dba")]
    if site["noise_limit_dba"] is not None and loud:
        level = 10 * log10(sum(10 ** (dba / 10) for dba in loud))
        softer = min(10, 20 * log10(site["noise_distance_m"])) + site["noise_barrier_db"]
        at_most("noise", level - softer, site["noise_limit_dba"] + 1e-6)


STANDING = ("platform", "chassis", "switch", "ups", "cooling")
WEIGHED = (*STANDING, "accelerator")


def _batteries(lines: list[Any], build: Any, request: Any, at_most: Check) -> None:
    """The fullest unit at peak: watts, VA at 0.9, and minutes by energy from its curve."""
    ((unit, _, count),) = [line for line in lines if line[1] == "ups"]
    supplies = sum(p["supplies"] for p in build["plug_plan"])
    load = build["power"]["peak_wall_w"] * ceil(supplies / count) / supplies
    at_most("UPS watts", load, unit["power_w"])
    at_most("UPS VA", load / 0.9, unit["power_va"])
    at_most("UPS units", count, request["site"]["max_ups"])
    lasting = [p["load_w"] * p["minutes"] / load for p in unit["runtime"] if p["load_w"] >= load]
    at_most("minutes", request["policy"]["ups_minutes"], max(lasting, default=0))
