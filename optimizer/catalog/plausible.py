"""Plausible ranges of every other kind, and figures of one entry that contradict each other.

Outside a range is a warning; ten times outside it is an error: a slip of units or digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.findings import Finding
from optimizer.schema.base import Sourced
from optimizer.schema.components import Cooling, Cpu, Memory, Nic, Platform, Psu, Storage, Ups
from optimizer.schema.site import Site

FAR = 10
LANE_GBPS = {3: 7.88, 4: 15.75, 5: 31.5, 6: 63.0}
"""Usable Gbit/s of one PCIe lane each way (PCI-SIG base specifications)."""


class Range(NamedTuple):
    """What a figure, or a ratio of two, usually is. Zero and unknown values pass."""

    kind: str
    what: str
    low: float
    high: float
    read: Callable[[Any], float | None]


def ratio(above: float | None, below: float | None) -> float | None:
    """A quotient, where both are known."""
    return above / below if above and below else None


def _cop(cooling: Cooling, kind: str) -> float | None:
    """Heat moved per watt: a compressor's is about 3 (SEER 10 to 20), a pump's far more."""
    return ratio(cooling.heat_removal_w, cooling.power_w) if cooling.kind == kind else None


RANGES = (
    Range("cpu", "tdp_w", 35, 500, lambda r: r.tdp_w),
    Range("cpu", "watts per core", 0.8, 30, lambda r: ratio(r.tdp_w, r.cores)),
    Range("cpu", "idle share of tdp_w", 0.05, 0.5, lambda r: ratio(r.idle_w, r.tdp_w)),
    Range("cpu", "pcie_lanes", 16, 160, lambda r: r.pcie_lanes),
    Range("memory", "power_w", 1.5, 25, lambda r: r.power_w),
    Range("memory", "watts per GiB", 0.02, 0.6, lambda r: ratio(r.power_w, r.capacity_gib)),
    Range("storage", "power_w", 2, 30, lambda r: r.power_w),
    Range("storage", "capacity_gb", 200, 130_000, lambda r: r.capacity_gb),
    Range("platform", "rack_units", 1, 14, lambda r: r.rack_units),
    Range("platform", "depth_mm", 140, 1150, lambda r: r.depth_mm),
    Range("platform", "kg per rack unit", 2.5, 32, lambda r: ratio(r.weight_kg, r.rack_units)),
    Range("platform", "noise_dba", 25, 100, lambda r: r.noise_dba),
    Range("platform", "base_w", 20, 4500, lambda r: r.base_w),
    Range("platform", "max_accelerator_w", 75, 1500, lambda r: r.max_accelerator_w),
    Range("platform", "host_lanes", 16, 512, lambda r: r.host_lanes),
    Range("psu", "capacity_240v_w", 300, 6000, lambda r: r.capacity_240v_w),
    Range("psu", "capacity_120v_w", 300, 2000, lambda r: r.capacity_120v_w),
    Range("chassis", "depth_mm", 300, 1000, lambda r: r.depth_mm),
    Range("chassis", "weight_kg", 4, 60, lambda r: r.weight_kg),
    Range("chassis", "noise_dba", 25, 85, lambda r: r.noise_dba),
    Range("chassis", "max_accelerator_mm", 150, 600, lambda r: r.max_accelerator_mm),
    Range("chassis", "fans_w", 2, 300, lambda r: r.fans_w),
    Range("nic", "power_w", 2, 75, lambda r: r.power_w),
    Range("nic", "speed_gbps", 1, 800, lambda r: r.speed_gbps),
    Range("switch", "watts per port", 1, 80, lambda r: ratio(r.power_w, r.ports)),
    Range("switch", "speed_gbps", 1, 1600, lambda r: r.speed_gbps),
    Range("cable", "speed_gbps", 1, 1600, lambda r: r.speed_gbps),
    Range("cooling", "heat per watt of an air conditioner", 1.3, 6, lambda r: _cop(r, "room-air")),
    Range("cooling", "heat per watt of a CDU", 10, 200, lambda r: _cop(r, "cdu")),
    Range("ups", "kg per kVA", 4, 45, lambda r: ratio(r.weight_kg, r.power_va / 1000)),
    Range("ups", "power factor", 0.5, 1, lambda r: r.power_w / r.power_va),
    Range("pdu", "amps", 8, 200, lambda r: r.amps),
    Range("site", "electricity_usd_per_kwh", 0.02, 0.8, lambda r: r.electricity_usd_per_kwh),
    Range("site", "pue", 1, 2.5, lambda r: r.pue),
    Range("engine", "usable_share", 0.7, 0.98, lambda r: r.usable_share),
    Range("engine", "runtime_mib", 200, 8000, lambda r: r.runtime_mib),
)


def check_ranges(catalog: Catalog) -> Iterator[Finding]:
    """Figures outside of what such parts have."""
    pools: dict[str, list[Any]] = {
        "site": list(catalog.sites.values()),
        "engine": list(catalog.engines.values()),
    }
    for each in RANGES:
        for record in pools.get(each.kind) or catalog.of_kind(each.kind):
            value = each.read(record)
            if not value or each.low <= value <= each.high:
                continue
            far = value > FAR * each.high or value < each.low / FAR
            message = f"{each.what} is {value:,.4g}; expected {each.low:,g} to {each.high:,g}"
            level: Any = "error" if far else "warning"
            yield Finding(level, "ranges", record.id, message, catalog.place(record.id))


def check_contradictions(catalog: Catalog) -> Iterator[Finding]:
    """Figures of one entry that cannot all be true."""
    records: list[Sourced] = [*catalog.components.values(), *catalog.sites.values()]
    for record in records:
        for message in _contradictions(record, catalog):
            yield Finding("error", "contradictions", record.id, message, catalog.place(record.id))


def _contradictions(record: Sourced, catalog: Catalog) -> Iterator[str]:
    if isinstance(record, Cpu | Storage):
        peak = record.tdp_w if isinstance(record, Cpu) else record.power_w
        if peak and record.idle_w is not None and record.idle_w >= peak:
            yield f"idle_w {record.idle_w} is not below {peak} W at load"
    elif isinstance(record, Ups) and record.power_w > record.power_va:
        yield f"power_w {record.power_w:,} is more than power_va {record.power_va:,}"
    elif isinstance(record, Psu):
        yield from _supply(record.capacity_120v_w, record.capacity_208v_w, record.capacity_240v_w)
    elif isinstance(record, Nic):
        room = record.pcie_lanes * LANE_GBPS[record.pcie_generation]
        if record.speed_gbps > 1.3 * room:
            yield f"one port of {record.speed_gbps} Gbit/s behind {room:,.0f} Gbit/s of PCIe"
    elif isinstance(record, Platform):
        yield from _platform(record, catalog)
    elif isinstance(record, Site):
        for circuit in record.circuits:
            if circuit.reserved_w > circuit.volts * circuit.amps * circuit.phases:
                yield f"a circuit of {circuit.volts} V has {circuit.reserved_w:,} W reserved"


def _supply(at_120: int | None, at_208: int | None, at_240: int | None) -> Iterator[str]:
    known = [w for w in (at_120, at_208, at_240) if w is not None]
    if known != sorted(known):
        listed = ", ".join(f"{w:,}" for w in known)
        yield f"capacity falls with the input voltage: {listed} W at 120, 208 and 240 V"


def _platform(platform: Platform, catalog: Catalog) -> Iterator[str]:
    power = platform.power
    if power is not None:
        if power.required > power.quantity:
            yield f"needs {power.required} supplies and has {power.quantity}"
        yield from _supply(power.capacity_120v_w, power.capacity_208v_w, power.capacity_240v_w)
    if platform.base_w is not None and (platform.base_idle_w or 0) > platform.base_w:
        yield f"base_idle_w {platform.base_idle_w} is above base_w {platform.base_w}"
    inside = {part.id: part.quantity for part in platform.included}
    for name, quantity in inside.items():
        part = catalog.components[name]
        if isinstance(part, Cpu) and (part.socket, quantity) != (platform.socket, platform.sockets):
            yield (
                f"{quantity} of {part.id} ({part.socket}) inside,"
                f" {platform.sockets} sockets {platform.socket}"
            )
        if isinstance(part, Memory) and part.memory_type != platform.memory_type:
            yield f"{part.id} inside is {part.memory_type}, the slots {platform.memory_type}"
    modules = sum(n for i, n in inside.items() if isinstance(catalog.components[i], Memory))
    if modules > platform.dimm_slots and platform.memory_type != "soldered":
        yield f"{modules} memory modules inside, {platform.dimm_slots} slots"
    cards = sum(n for i, n in inside.items() if catalog.kind_of(i) == "accelerator")
    if cards and cards not in platform.accelerator_counts:
        yield f"{cards} accelerators inside, accelerator_counts does not have that number"
