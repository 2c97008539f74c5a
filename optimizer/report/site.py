"""A site and the judgement of a build against it, for people."""

from __future__ import annotations

from typing import Any

from optimizer.report import quantity as q
from optimizer.report.limits import UNITS
from optimizer.report.style import Style, clean, join_wrapped, left, wrap
from optimizer.report.table import render_table
from optimizer.schema.site import Site
from optimizer.schema.site_check import LimitVerdict, SiteCheck

LABEL = 20


def render_sites(sites: list[dict[str, Any]], style: Style) -> str:
    """A line per site: what it powers, cools and bears."""
    heads = ("id", "kW", "heat kW", "dB(A)", "rack U", "USD/kWh", "name")
    rows = []
    for document in sites:
        site, derived = document["site"], document["derived"]
        noise = site["noise_limit_dba"]
        rows.append(
            (
                site["id"],
                q.number(derived["continuous_w"] / 1000, 1),
                q.number(site["heat_removal_w"] / 1000, 1),
                "-" if noise is None else q.number(noise),
                q.number(site["rack"]["units"]),
                q.number(site["electricity_usd_per_kwh"], 3),
                site["name"],
            )
        )
    numbers = (False, True, True, True, True, True, False)
    return style.page([render_table(heads, rows, style, numbers, soft="name")])


def render_site(document: dict[str, Any], site: Site, style: Style) -> str:
    """Everything about one site."""
    derived = document["derived"]
    sections = [[style.title(clean(site.name)), *wrap(clean(site.notes), style.width)]]
    rows = [
        ("Circuits", _circuits(derived)),
        ("Heat removal", _heat(derived["heat_removal"], site)),
        ("Liquid", _liquid(derived["liquid_removal"], site)),
        ("Air", _air(derived, site)),
        ("Noise", _noise(derived, site)),
        ("Rack", _rack(derived, site)),
        ("Energy", [f"${site.electricity_usd_per_kwh:g} a kWh", f"PUE {site.pue:g}",
                    f"${derived['usd_per_watt_year']:.2f} a year for each watt"]),
        ("New circuits", _added(document["new_circuits"], site)),
    ]  # fmt: skip
    lines = []
    for name, parts in rows:
        text = join_wrapped(parts, " · ", style.width - LABEL)
        lines += [left(name if i == 0 else "", LABEL) + line for i, line in enumerate(text)]
    sections.append(lines)
    if site.estimated:
        told = ", ".join(clean(field) for field in site.estimated)
        sections.append(
            [style.paint(line, "dim") for line in wrap(f"Estimated: {told}", style.width)]
        )
    return style.page(sections)


def _circuits(derived: dict[str, Any]) -> list[str]:
    found = []
    for circuit in derived["circuits"]:
        feed = f", feed {circuit['feed']}" if circuit["feed"] else ""
        usual = " (usual)" if circuit["outlet_assumed"] else ""
        outlet = f", {clean(circuit['outlet'])}{usual}" if circuit["outlet"] else ""
        watts = q.number(circuit["continuous_w"])
        takes = f", {clean(circuit['takes'])}"
        found.append(f"{clean(circuit['name'])}: {watts} W for hours{feed}{outlet}{takes}")
    return [*found, f"{q.number(derived['continuous_w'])} W in all"]


def _heat(heat: dict[str, Any], site: Site) -> list[str]:
    more = "cooling may be bought" if site.extra_cooling_allowed else "no cooling may be bought"
    return [*_watts(heat), more]


def _watts(heat: dict[str, Any]) -> list[str]:
    return [f"{heat['kw']:g} kW", f"{q.number(heat['btu_h'])} BTU/h", f"{heat['tons']:g} tons"]


def _liquid(heat: dict[str, Any], site: Site) -> list[str]:
    return _watts(heat) if site.liquid_removal_w else ["none"]


def _air(derived: dict[str, Any], site: Site) -> list[str]:
    flow = "airflow not limited"
    if site.airflow_cfm is not None:
        watts = q.number(derived["airflow_w"])
        flow = f"{q.number(site.airflow_cfm)} CFM carry {watts} W"
    inlet = "temperature not given" if site.inlet_c is None else f"comes at {site.inlet_c:g} C"
    found = [flow, f"may warm up by {site.air_rise_c:g} C", inlet]
    if site.altitude_m:
        less = derived["altitude_derating_c"]
        found.append(f"{site.altitude_m:g} m up, where machines bear {less:g} C less")
    return found


def _noise(derived: dict[str, Any], site: Site) -> list[str]:
    if site.noise_limit_dba is None:
        return ["no limit"]
    found = [f"{site.noise_limit_dba:g} dB(A)"]
    at_source = derived["noise_limit_at_1_m_dba"]
    if at_source != site.noise_limit_dba:
        far = f"{site.noise_distance_m:g} m away behind {site.noise_barrier_db:g} dB"
        found += [far, f"{at_source:g} dB(A) at 1 m from the machines"]
    return found


def _rack(derived: dict[str, Any], site: Site) -> list[str]:
    rack = site.rack
    found = [
        f"{rack.units:g} U",
        f"{rack.depth_mm:g} mm deep, for parts of {derived['deepest_part_mm']:g} mm",
        f"bears {rack.load_kg:g} kg",
    ]
    if site.floor_kg_m2 is not None:
        found.append(f"floor {site.floor_kg_m2:g} kg/m2: {derived['floor_kg']:g} kg")
    if site.door_width_mm or site.door_height_mm:
        width, height = (f"{d:g}" if d else "?" for d in (site.door_width_mm, site.door_height_mm))
        found.append(f"door {width} x {height} mm")
    return found


def _added(offered: list[dict[str, Any]], site: Site) -> list[str]:
    allowed = (
        f"up to {site.new_circuits} may be added" if site.new_circuits else "none may be added"
    )
    found = [allowed]
    for circuit in offered:
        price = circuit["price"]
        if price is not None:
            star = "*" if price["estimated"] else ""
            found.append(
                f"{clean(circuit['name'])}: {price['currency']} {q.number(price['typical'])}{star}"
            )
    return found


def render_check(check: SiteCheck, style: Style) -> str:
    """Verdict, then each limit with used, available, and whether it holds."""
    broken = [v for v in check.limits if not v.holds]
    verdict = "fits" if check.fits else f"does not fit: {q.count(len(broken), 'limit')} broken"
    title = f"{clean(check.build)} at {clean(check.site)}, {check.volts} V: {verdict}"
    lines = [style.title(line) for line in wrap(title, style.width)]
    heads = ("rule", "limit", "used", "of", "unit", "")
    rows = [_row(v) for v in check.limits if v.used or v.available]
    numbers = (False, False, True, True, False, False)
    table = render_table(heads, rows, style, numbers, soft="limit")
    notes = [line for note in check.notes for line in wrap(f"· {note}", style.width)]
    return style.page([lines, table, notes])


def _row(verdict: LimitVerdict) -> tuple[str, ...]:
    convert, unit = UNITS.get(verdict.unit, (float, verdict.unit))
    used, available = (q.three(convert(x)) for x in (verdict.used, verdict.available))
    return (verdict.rule, verdict.scope, used, available, unit, "" if verdict.holds else "BROKEN")
