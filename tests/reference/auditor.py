"""An auditor from outside: recomputes an answer from raw YAML and the document alone.

It imports nothing of the project. Everything is computed again from the definitions in the docs:
prices from offers, cost lines from cost classes, watts from parts, limits from platform and site.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from pathlib import Path
from typing import Any

import yaml

from tests.reference.auditor_room import audit_room
from tests.reference.plugs import audit_outlets, audit_plugs, audit_surge

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
EFFICIENCY = {
    # 80 PLUS minimums at 50 % and 100 % load: (115 V internal, 230 V internal).
    "bronze": ((0.85, 0.82), (0.85, 0.81)),
    "silver": ((0.88, 0.85), (0.89, 0.85)),
    "gold": ((0.90, 0.87), (0.92, 0.88)),
    "platinum": ((0.92, 0.89), (0.94, 0.91)),
    "titanium": ((0.94, 0.90), (0.96, 0.91)),
}
KINDS = {
    "accelerators": "accelerator", "bridges": "bridge", "platforms": "platform", "cpus": "cpu",
    "memory": "memory", "storage": "storage", "psus": "psu", "chassis": "chassis", "nics": "nic",
    "switches": "switch", "cables": "cable", "cooling": "cooling", "ups": "ups", "pdus": "pdu",
    "circuits": "circuit",
}  # fmt: skip
SITE_KINDS = ("switch", "cooling", "ups", "pdu", "circuit")


def exact(value: float | int) -> Fraction:
    return Fraction(repr(value))


class Raw:
    """The catalog as plain data."""

    def __init__(self, root: Path) -> None:
        self.parts: dict[str, dict[str, Any]] = {}
        self.kind: dict[str, str] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.offers: list[dict[str, Any]] = []
        self.rates: dict[str, float] = {"USD": 1}
        self.classes: dict[str, dict[str, Any]] = {}
        self.licences: dict[str, dict[str, Any]] = {}
        dated: dict[str, tuple[str, float]] = {}
        for path in sorted(root.rglob("*.yaml")):
            if "overlays" in path.parts:
                continue
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
            for section, entries in data.items():
                if section in KINDS:
                    for entry in entries:
                        self.parts[entry["id"]] = entry
                        self.kind[entry["id"]] = KINDS[section]
                elif section == "sources":
                    self.sources |= entries
                elif section == "offers":
                    self.offers += entries
                elif section == "cost_classes":
                    for entry in entries:
                        self.classes |= dict.fromkeys(entry["kinds"], entry)
                elif section == "licences":
                    self.licences |= {entry["id"]: entry for entry in entries}
                elif section == "currency_rates":
                    for entry in entries:
                        found = (entry["date"], entry["usd"])
                        dated[entry["currency"]] = max(dated.get(entry["currency"], ("", 0)), found)
        self.rates |= {currency: usd for currency, (_, usd) in dated.items()}


@lru_cache(maxsize=4)
def load(root: Path) -> Raw:
    return Raw(root)


def audit(document: dict[str, Any], root: Path) -> list[str]:
    """Every disagreement between the document and what follows from the catalog."""
    raw = load(root)
    problems: list[str] = []
    build, request = document["build"], document["request"]

    def same(what: str, expected: float, found: float, tolerance: float = 1e-6) -> None:
        if abs(expected - found) > tolerance:
            problems.append(f"{what}: expected {expected}, found {found}")

    def at_most(what: str, used: float, available: float) -> None:
        if used > available + 1e-9:
            problems.append(f"{what}: {used} is over {available}")

    _prices(raw, build, request, same)
    _costs(raw, build, request, same)
    _power(raw, build, request, same, at_most)
    _parts(raw, build, request, same, at_most)
    audit_room(raw.parts, build, request, at_most)
    for limit in build["limits"]:
        at_most(f"{limit['rule']} ({limit['scope']})", limit["used"], limit["available"])
    if request["policy"]["budget_usd"] is not None:
        at_most("budget", build["costs"]["capex_usd"], request["policy"]["budget_usd"])
    objective = document["objective"]
    key = {"tco": "tco_usd", "capex": "capex_usd"}.get(objective["name"])
    if key is not None:
        same("objective", objective["value"], build["costs"][key])
    return problems


def bought(build: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in build["bill_of_materials"] if not line["included"]]


def _prices(raw: Raw, build: Any, request: Any, same: Any) -> None:
    point = request["finance"]["price_point"]
    for line in bought(build):
        same(f"total of {line['id']}", line["unit_price_usd"] * line["quantity"], line["total_usd"])
        if line["condition"] == "owned":
            same(f"owned {line['id']}", 0, line["unit_price_usd"])
            continue
        best = _offer_of(raw, line, request)
        net = exact(best[point]) / (1 + exact(best.get("vat_included", 0)))
        cents = ceil(net * exact(raw.rates[best.get("currency", "USD")]) * 100)
        same(f"price of {line['id']}", cents / 100, line["unit_price_usd"])


def _offer_of(raw: Raw, line: Any, request: Any) -> dict[str, Any]:
    """The newest offer on or before the day; of one day the cheapest, then by vendor.

    Prices that only the catalog's judgement gives do not count for accelerators and for platforms
    that hold some.
    """
    as_of = request["finance"]["prices_as_of"]
    inside = raw.parts[line["id"]].get("included", [])
    named = request["policy"]["accelerators"]
    main = line["kind"] == "accelerator" or any(raw.kind[i["id"]] == "accelerator" for i in inside)
    main = main and line["id"] not in named and not any(i["id"] in named for i in inside)
    offers = [
        o
        for o in raw.offers
        if (o["component"], o["condition"]) == (line["id"], line["condition"])
        and (as_of is None or o["date"] <= as_of + "~")
        and not (main and raw.sources[o["source"].split("#")[0]].get("own_estimate"))
    ]
    return max(offers, key=lambda o: (o["date"], -o["typical"], o["vendor"]))


def _costs(raw: Raw, build: Any, request: Any, same: Any) -> None:
    finance, site = request["finance"], request["site"]
    years = exact(finance["horizon_years"])
    lines = {c["item"]: c["usd"] for c in build["costs"]["lines"]}
    totals = dict.fromkeys(
        ("tax", "shipping", "duty", "spares", "cooling upkeep", "support", "failures",
         "licences", "space", "staff", "financing", "decommissioning", "resale"), 0,
    )  # fmt: skip
    served = _levels(years, exact(finance["service_escalation"]))
    aged = _levels(years, exact(finance["failure_growth"]))
    spare = exact(finance["spares"])
    added, hardware = round(finance["installation_usd"] * 100), dict[str, int]()
    for line in bought(build):
        price, count = round(line["unit_price_usd"] * 100), line["quantity"]
        kind, condition = line["kind"], line["condition"]
        held, part = raw.classes[kind], raw.parts[line["id"]]
        if kind == "circuit":  # installed: taxed, and nothing else
            totals["tax"] += ceil(price * exact(finance["sales_tax"])) * count
            added += price * count
            continue
        hardware[kind] = hardware.get(kind, 0) + price * count
        unit = {name: ceil(price * exact(finance[f])) for name, f in
                (("tax", "sales_tax"), ("shipping", "shipping"))}  # fmt: skip
        unit["duty"] = 0
        if line["offer"] is not None:
            offer = _offer_of(raw, line, request)
            if offer.get("currency", "USD") != finance["home_currency"]:
                unit["duty"] = ceil(price * exact(finance["import_duty"]))
        landed = price + sum(unit.values())
        unit["spares"] = ceil(landed * spare)
        unit["financing"] = ceil((landed + unit["spares"]) * _interest(finance))
        upkeep = "cooling upkeep" if kind == "cooling" else "support"
        unit[upkeep] = ceil(price * exact(held["support_per_year"][condition]) * served)
        unit["failures"] = ceil(price * exact(held["failures_per_year"][condition]) * aged)
        share = _resold(held, years, condition)
        kept = finance["financing"] != "lease"
        unit["resale"] = -floor(price * (1 + spare) * share) * kept
        boards = kind == "platform" and part["kind"] == "board"
        units = 0 if boards else exact(part.get("rack_units") or 0)
        rent = exact(site["space_usd_per_unit_month"]) * 1200
        unit["space"] = ceil(units * rent * served)
        unit["licences"] = ceil(_licences(raw, line, finance) * 100 * served)
        if kind == "platform":
            unit["staff"] = ceil(exact(finance["staff_usd_per_node_year"]) * 100 * served)
            lump = ceil(exact(finance["decommissioning_usd_per_node"]) * 100)
            unit["decommissioning"] = lump
        for name, cents in unit.items():
            totals[name] += cents * count
    for kind, cents in hardware.items():
        same(f"hardware {kind}", cents / 100, lines[f"hardware: {kind}"])
    for name, cents in (*totals.items(), *_by_the_watt(raw, build, request)):
        same(name, cents / 100, lines[name])
    same("installation", added / 100, lines["installation"])
    capex = sum(hardware.values()) + added
    capex += sum(totals[name] for name in ("tax", "shipping", "duty", "spares"))
    same("capex", capex / 100, build["costs"]["capex_usd"])
    same("tco", sum(lines.values()), build["costs"]["tco_usd"], tolerance=1e-4)
    months = float(years) * 12
    same("tco a month", build["costs"]["tco_usd"] / months, build["costs"]["tco_usd_per_month"])


def _by_the_watt(raw: Raw, build: Any, request: Any) -> Iterator[tuple[str, int]]:
    """(line, cents) of what is due by the average or by the peak watt."""
    finance, site = request["finance"], request["site"]
    years = exact(finance["horizon_years"])
    tariff = exact(site["electricity_usd_per_kwh"])
    if site["time_of_use"]:
        tariff = sum(exact(p["share"]) * exact(p["usd_per_kwh"]) for p in site["time_of_use"])
    level = _levels(years, exact(finance["electricity_escalation"]))
    served = _levels(years, exact(finance["service_escalation"]))
    average, peak = build["power"]["average_wall_w"], build["power"]["peak_wall_w"]
    pue, demand = exact(site["pue"]), exact(site["demand_usd_per_kw_month"])
    rent = exact(site["colocation_usd_per_kw_month"])
    # Bought cooling follows the heat: in full when busy, 30 % of it when idle; no PUE on it.
    duty = exact(request["workloads"][0]["duty"])
    busy = duty + (1 - duty) * Fraction(3, 10)
    cooling = sum(
        ceil(raw.parts[line["id"]]["power_w"] * busy) * line["quantity"]
        for line in bought(build)
        if line["kind"] == "cooling"
    )
    for name, watts, usd in (
        ("cooling energy", cooling, Fraction(8760, 1000) * level * tariff),
        ("energy", average, Fraction(8760, 1000) * level * tariff * pue),
        ("demand", peak, Fraction(12, 1000) * level * demand * pue),
        ("colocation", peak, Fraction(12, 1000) * served * rent),
    ):
        rate = ceil(usd * 100 * 10**6)  # millionths of a cent per watt
        yield name, ceil(Fraction(watts * rate, 10**6))


def _levels(years: Fraction, growth: Fraction) -> Fraction:
    """Years, each at its price level, the last in part."""
    whole = int(years)
    full = sum(((1 + growth) ** k for k in range(whole)), Fraction(0))
    return full + (years - whole) * (1 + growth) ** whole


def _interest(finance: Any) -> Fraction:
    """What a loan or a lease costs over what is paid for the parts."""
    years = exact(finance["horizon_years"])
    if finance["financing"] == "lease":
        return exact(finance["lease_per_month"]) * years * 12 - 1
    if finance["financing"] == "cash":
        return Fraction(0)
    paid = exact(finance["loan_years"] or finance["horizon_years"]) * 12
    months, rate = int(paid), exact(finance["loan_rate"]) / 12
    instalment = rate / (1 - (1 + rate) ** -months) if rate else Fraction(1, months)
    return exact(finance["loan_share"]) * exact(round(float(instalment * months - 1), 9))


def _resold(held: Any, years: Fraction, condition: str) -> Fraction:
    curve = [exact(r) for r in held["residual"]]

    def at(age: Fraction) -> Fraction:
        whole = min(int(age), len(curve) - 1)
        rest = age - whole if whole + 1 < len(curve) else Fraction(0)
        return curve[whole] + rest * (curve[min(whole + 1, len(curve) - 1)] - curve[whole])

    age = exact((held.get("age") or {}).get(condition, 0))
    if not age:
        return at(years)
    return curve[0] * at(age + years) / at(age) if at(age) else Fraction(0)


def _licences(raw: Raw, line: Any, finance: Any) -> Fraction:
    """Dollars a year for the accelerators that are, or are inside, one unit."""
    inside = raw.parts[line["id"]].get("included", [])
    cards = [(line["id"], 1)] if line["kind"] == "accelerator" else []
    cards += [(i["id"], i["quantity"]) for i in inside if raw.kind[i["id"]] == "accelerator"]
    total = Fraction(0)
    for licence in (raw.licences[i] for i in finance["licences"]):
        for card, count in cards:
            covered = raw.parts[card]["vendor"] == licence["vendor"]
            if covered and card not in licence.get("included_with", []):
                total += exact(licence["usd_per_accelerator_year"]) * count
    return total


def _units(build: Any) -> list[tuple[str, str, int]]:
    """(kind, id, quantity per node), what comes inside a platform too."""
    nodes = build["nodes"]
    return [
        (line["kind"], line["id"], line["quantity"] // nodes)
        for line in build["bill_of_materials"]
        if line["kind"] not in SITE_KINDS
    ]


def _load_w(raw: Raw, build: Any, field: str) -> int:
    """Watts of one node before its supplies; accelerators draw no more than their power limit."""
    watts = 0
    for kind, component, count in _units(build):
        part = raw.parts[component]
        names = {
            "accelerator": ("tdp_w", "idle_w"), "cpu": ("tdp_w", "idle_w"),
            "platform": ("base_w", "base_idle_w"), "chassis": ("fans_w", "fans_w"),
            "memory": ("power_w", "power_w"), "storage": ("power_w", "idle_w"),
            "nic": ("power_w", "power_w"),
        }.get(kind)  # fmt: skip
        if names is None:
            continue
        value = part[names[0] if field == "peak" else names[1]]
        if kind == "accelerator" and field == "peak":
            value = min(value, build["deployment"]["power_cap_w"])
        watts += (part["power_w"] if value is None else value) * count
    return watts


def _power(raw: Raw, build: Any, request: Any, same: Any, at_most: Any) -> None:
    nodes = build["nodes"]
    platform = raw.parts[build["platform"]]
    psus = [(raw.parts[i], n) for kind, i, n in _units(build) if kind == "psu"]
    name = psus[0][0]["efficiency"] if psus else platform["power"]["efficiency"]
    supplies = psus[0][1] if psus else platform["power"]["quantity"]
    circuit = build["plug_plan"][0]["circuit"]
    volts = int(circuit.split("/")[1].split("V")[0])
    at_half, at_full = EFFICIENCY[name][0 if volts <= 150 else 1]
    switches = sum(
        raw.parts[line["id"]]["power_w"] * line["quantity"]
        for line in build["bill_of_materials"]
        if line["kind"] == "switch"
    )
    peak = _load_w(raw, build, "peak")
    wall = ceil(Fraction(peak * ceil(1000 / at_full), 1000))
    same("peak wall watts", wall * nodes + switches, build["power"]["peak_wall_w"])
    idle = ceil(Fraction(_load_w(raw, build, "idle") * ceil(1000 / at_half), 1000))
    same("idle wall watts", idle * nodes + switches, build["power"]["idle_wall_w"])
    same("heat", round(build["power"]["peak_wall_w"] * 3.412), build["power"]["heat_btu_h"])
    field = "120" if volts < 150 else "208" if volts < 220 else "240"
    if psus:
        lost = {"none": 0, "n+1": 1, "2n": ceil(supplies / 2)}[request["policy"]["psu_redundancy"]]
        capacity = sum(p[f"capacity_{field}v_w"] * (n - lost) for p, n in psus)
    else:
        power = platform["power"]
        working = power["quantity"]
        left = {"n+1": working - 1, "2n": working // 2}.get(request["policy"]["psu_redundancy"])
        working = working if left is None else min(power["required"], left)
        capacity = power[f"capacity_{field}v_w"] * working
    at_most("supplies", peak, capacity * (1 - request["policy"]["psu_headroom"]))
    audit_plugs(build, request, wall, supplies, switches, same, at_most)
    audit_outlets(raw.parts, build, same, at_most)
    audit_surge(raw.parts, build, peak, capacity, at_most)
    card = raw.parts[build["deployment"]["accelerator"]]
    cap, lowest = build["deployment"]["power_cap_w"], card.get("min_power_limit_w") or 0
    at_most("power limit", cap, card["tdp_w"])
    at_most("lowest power limit", max(lowest, card["tdp_w"] / 2), cap)


def _parts(raw: Raw, build: Any, request: Any, same: Any, at_most: Any) -> None:
    """Lanes, memory, storage, bays, space, counts of one node."""
    deployment, policy = build["deployment"], request["policy"]
    platform = raw.parts[build["platform"]]
    units = _units(build)
    count = deployment["accelerators_per_node"]
    cards = sum(n for kind, _, n in units if kind == "accelerator")
    same("accelerators per node", count, cards)
    card = raw.parts[deployment["accelerator"]]
    same("interface", 1, int(platform["interface"] == card["interface"]))
    total = deployment["tensor_parallel"] * deployment["pipeline_parallel"] * deployment["replicas"]
    same("accelerators in the layout", total, count * build["nodes"])
    memory = sum(raw.parts[i]["capacity_gib"] * n for kind, i, n in units if kind == "memory")
    need = exact(policy["memory_per_vram"]) * card["vram_mib"] * count / 1024
    at_most("system memory", float(need), memory)
    drives = [(raw.parts[i], n) for kind, i, n in units if kind == "storage"]
    at_most("drive bays", sum(n for _, n in drives), platform["nvme_bays"])
    used = platform.get("lanes_reserved", 0) + count * platform["lanes_per_accelerator"]
    used += sum(p.get("pcie_lanes", 4) * n for p, n in drives)
    used += sum(raw.parts[i]["pcie_lanes"] * n for kind, i, n in units if kind == "nic")
    lanes = platform.get("host_lanes")
    if lanes is None:
        lanes = sum(raw.parts[i]["pcie_lanes"] * n for kind, i, n in units if kind == "cpu")
    at_most("lanes", used, lanes)
    sockets = sum(n for kind, _, n in units if kind == "cpu")
    same("sockets", platform["sockets"], sockets)
    modules = sum(
        line["quantity"] // build["nodes"] for line in bought(build) if line["kind"] == "memory"
    )
    if modules:
        same("modules over full channels", 0, modules % platform["memory_channels"])
        at_most("DIMM slots", modules, platform["dimm_slots"])
    used_mib = sum(
        build["memory"][k]
        for k in ("weights_mib", "kv_cache_mib", "activations_mib", "runtime_mib")
    )
    at_most("VRAM", used_mib, build["memory"]["usable_mib"])
    at_most("usable VRAM", build["memory"]["usable_mib"], card["vram_mib"])
