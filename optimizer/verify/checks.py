"""One check per rule, of the same name: what the limit uses and what it has.

A check returns :class:`Use` rows; the limit holds when ``used <= available`` in every row. For
targets, ``used`` is what was asked for and ``available`` what is delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.instance.items import (
    CableItem,
    CoolingItem,
    NicItem,
    StorageItem,
    SwitchItem,
    UpsItem,
)
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE, assign_equal
from optimizer.verify.audit import Audit
from optimizer.verify.fits import check_compatibility


@dataclass(frozen=True, slots=True)
class Use:
    """Integers in the unit named; ``scope`` says where."""

    scope: str
    used: int
    available: int
    unit: str

    @property
    def holds(self) -> bool:
        """True when the limit is kept."""
        return self.used <= self.available


def check_fits(audit: Audit) -> list[Use]:
    """Rule ``compatibility``: the number of misfits is zero."""
    return [Use("parts that do not fit", len(check_compatibility(audit)), 0, "")]


def check_network(audit: Audit) -> list[Use]:
    """Rule ``network``: one switch; one card and one cable of its kind and speed per node.

    A single node has none of them.
    """
    case = audit.instance.case
    cards = [(i, n) for i, n in audit.in_node("nic") if isinstance(i, NicItem)]
    leads = [(i, n) for i, n in audit.in_node("cable") if isinstance(i, CableItem)]
    switches = [(i, n) for i, n in audit.on_site("switch") if isinstance(i, SwitchItem)]
    bought = sum(n for _, n in cards)
    cables = sum(n for _, n in leads)
    if case.nodes == 1:
        count = bought + cables + sum(n for _, n in switches)
        return [Use("cards and cables without a network", count, 0, "")]
    if [(i.id, n) for i, n in switches] != [(case.switch, 1)]:
        return [Use("the switch that joins the nodes", 1, 0, "switches")]
    switch = switches[0][0]
    inside = int(audit.platform.nic_included_gbps >= case.network_gbps)
    parts: list[NicItem | CableItem] = [i for i, _ in cards] + [i for i, _ in leads]
    slowest = min([i.gbps for i in parts] + [switch.gbps])
    foreign = sum(i.network not in ("vpi", switch.network) for i in parts)
    rows = [Use("parts of another network", foreign, 0, "parts")] if foreign else []
    return [
        *rows,
        Use("cards per node", 1, bought + inside, "cards"),
        Use("cards bought per node", bought, 1, "cards"),
        Use("cables per node", abs(cables - 1), 0, "cables too many or missing"),
        Use("switch ports", case.nodes, switch.ports, "ports"),
        Use("network speed", case.network_gbps, slowest, "Gbit/s"),
    ]


def check_lanes(audit: Audit) -> list[Use]:
    """Rule ``lanes``: host lanes, slots of every width, expansion positions, drive bays."""
    platform, host = audit.platform, audit.host
    drives = [(i, n) for i, n in audit.in_node("storage") if isinstance(i, StorageItem)]
    nics = [(i, n) for i, n in audit.in_node("nic") if isinstance(i, NicItem)]
    used = platform.lanes_reserved + host.count * host.lanes_per_accelerator
    used += sum(i.lanes * n for i, n in drives) + sum(i.lanes * n for i, n in nics)
    if platform.host_lanes is not None:
        have = platform.host_lanes
    else:
        have = sum(c.lanes * n for c, n in audit.cpus)
    rows = [Use("PCIe lanes", used, have, "lanes")]
    if nics:
        speed = audit.instance.case.network_gbps
        rows.append(Use("network speed in a slot", speed, platform.slot_gbps, "Gbit/s"))
    for width in sorted({i.lanes for i, _ in nics}):
        cards = host.count + sum(n for i, n in nics if i.lanes >= width)
        slots = sum(count for lanes, count in platform.slots if lanes >= width)
        rows.append(Use(f"slots x{width} or wider", cards, slots, "slots"))
    if platform.board:
        taken = host.count * audit.accelerator.slot_width + sum(n for _, n in nics)
        room = sum(c.slot_positions for c in audit.chassis)
        rows.append(Use("expansion positions", taken, room, "positions"))
    rows.append(Use("drive bays", sum(n for _, n in drives), platform.nvme_bays, "bays"))
    return rows


def check_memory(audit: Audit) -> list[Use]:
    """Rule ``memory``: system memory against accelerator memory, channels filled equally."""
    have = audit.platform.memory_included_gib
    have += sum(m.capacity_gib * n for m, n in audit.modules)
    rows = [Use("system memory", audit.deployment.system_memory_gib, have, "GiB")]
    for _, count in audit.modules:
        uneven = count % max(1, audit.platform.memory_channels)
        rows.append(Use("modules over full channels", uneven, 0, "modules"))
        rows.append(Use("DIMM slots", count, audit.platform.dimm_slots, "slots"))
    return rows


def check_storage(audit: Audit) -> list[Use]:
    """Rule ``storage``: local drives against the size of the weights."""
    drives = [(i, n) for i, n in audit.in_node("storage") if isinstance(i, StorageItem)]
    have = audit.platform.storage_included_gb + sum(i.capacity_gb * n for i, n in drives)
    return [Use("local storage", audit.deployment.storage_gb, have, "GB")]


def check_psu(audit: Audit) -> list[Use]:
    """Rule ``psu``: peak load of a node against its supplies, headroom taken off."""
    limits, platform = audit.instance.limits, audit.platform
    if platform.board:
        lost = int(limits.psu_redundant)
        capacity = sum(p.capacity_w * (n - lost) for p, n in audit.psus)
    elif limits.psu_redundant:
        capacity = platform.supply_capacity_redundant_w
    else:
        capacity = platform.supply_capacity_w
    usable = capacity * (1000 - limits.psu_headroom_permille) // 1000
    return [Use("supply load per node", audit.peak_load_w, usable, "W")]


def check_circuits(audit: Audit) -> list[Use]:
    """Rule ``circuits``: every supply plugged into one circuit, each within its rating."""
    case = audit.instance.case
    supplies = audit.supplies
    share = -(-audit.peak_wall_w // max(1, supplies))
    plan = assign_equal(case.circuits_w, case.nodes * supplies, share)
    if not plan or not supplies:
        need = share * case.nodes * supplies
        return [Use("all circuits", max(need, sum(case.circuits_w) + 1), sum(case.circuits_w), "W")]
    names = case.circuit_names
    return [
        Use(name, count * share, watts, "W")
        for name, count, watts in zip(names, plan, case.circuits_w, strict=True)
    ]


def check_ups(audit: Audit) -> list[Use]:
    """Rule ``ups``: watts and VA of the units against the peak; none bought unless asked."""
    limits = audit.instance.limits
    units = [(i, n) for i, n in audit.on_site("ups") if isinstance(i, UpsItem)]
    count = sum(n for _, n in units)
    if not limits.ups:
        return [Use("UPS not asked for", count, 0, "units")]
    load = audit.build_peak_w
    watts = sum(i.capacity_w * n for i, n in units)
    va = sum(i.capacity_va * n for i, n in units)
    return [
        Use("UPS watts", load, watts, "W"),
        Use("UPS volt-amperes", -(-load * 1000 // UPS_LOAD_POWER_FACTOR_PERMILLE), va, "VA"),
        Use("UPS units", count, limits.max_ups, "units"),
    ]


def check_cooling(audit: Audit) -> list[Use]:
    """Rule ``cooling``: heat to the air and to liquid against what removes it."""
    limits, case = audit.instance.limits, audit.instance.case
    units = [(i, n) for i, n in audit.on_site("cooling") if isinstance(i, CoolingItem)]
    air = limits.heat_removal_w + sum(i.removal_w * n for i, n in units if not i.liquid)
    liquid = limits.liquid_removal_w + sum(i.removal_w * n for i, n in units if i.liquid)
    nodes = audit.peak_wall_w * case.nodes
    rows = []
    if units and not limits.extra_cooling:
        rows = [Use("cooling not allowed", sum(n for _, n in units), 0, "units")]
    if audit.platform.liquid:
        return [
            *rows,
            Use("heat to the room's air", case.switch_wall_w, air, "W"),
            Use("heat to liquid", nodes, liquid, "W"),
        ]
    return [*rows, Use("heat to the room's air", nodes + case.switch_wall_w, air, "W")]


def check_noise(audit: Audit) -> list[Use]:
    """Rule ``noise``: sound energies add."""
    limit = audit.instance.limits.noise
    if limit is None:
        return []
    node = sum(i.space.noise * n for i, n in audit.node_items)
    site = sum(i.space.noise * n for i, n in audit.site_items)
    return [Use("sound energy", node * audit.instance.case.nodes + site, limit, "10^-3 of 0 dBA")]


def check_rack(audit: Audit) -> list[Use]:
    """Rule ``rack``: units, weight, and the depth of the deepest part."""
    limits, nodes = audit.instance.limits, audit.instance.case.nodes
    node, site = audit.node_items, audit.site_items
    tenths = sum(i.space.rack_tenths * n for i, n in node) * nodes
    tenths += sum(i.space.rack_tenths * n for i, n in site)
    weight = sum(i.space.weight_hg * n for i, n in node)
    weight = (weight + audit.accelerator.space.weight_hg * audit.host.count) * nodes
    weight += sum(i.space.weight_hg * n for i, n in site)
    deepest = max([i.space.depth_mm for i, _ in node + site], default=0)
    return [
        Use("rack units", tenths, limits.rack_tenths, "U/10"),
        Use("weight", weight, limits.load_hg, "kg/10"),
        Use("depth", deepest, limits.depth_mm, "mm"),
    ]


def check_vram(audit: Audit) -> list[Use]:
    """Rule ``vram``: the fullest accelerator."""
    deployment = audit.deployment
    return [
        Use("VRAM per GPU", deployment.vram_need_mib, deployment.vram_usable_mib, "MiB"),
    ]


def check_targets(audit: Audit) -> list[Use]:
    """Rule ``targets``: asked against delivered."""
    limits, d = audit.instance.limits, audit.deployment
    rows = [Use("tok/s per user asked", limits.min_user_milli, d.user_milli, "milli-tok/s")]
    if limits.min_output_milli:
        rows.append(Use("tok/s asked", limits.min_output_milli, d.output_milli, "milli-tok/s"))
    if limits.max_ttft_us is not None:
        rows.append(Use("time to first token", d.ttft_us, limits.max_ttft_us, "us"))
    return rows


def check_stock(audit: Audit) -> list[Use]:
    """Rule ``stock``: units bought at offers of limited number."""
    return [Use(p.key, n, p.stock, "units") for p, n in audit.bought if p.stock is not None]


def check_lifetime_cost(audit: Audit) -> list[Use]:
    """Rule ``lifetime-cost``: TCO against its cap."""
    cap = audit.instance.limits.max_tco_cents
    return [] if cap is None else [Use("TCO", audit.costs.tco, cap, "cents")]


def check_budget(audit: Audit) -> list[Use]:
    """Rule ``budget``: capex against the budget."""
    budget = audit.instance.limits.budget_cents
    return [] if budget is None else [Use("capex", audit.costs.capex, budget, "cents")]


CHECKS: dict[str, Callable[[Audit], list[Use]]] = {
    "compatibility": check_fits,
    "network": check_network,
    "lanes": check_lanes,
    "memory": check_memory,
    "storage": check_storage,
    "psu": check_psu,
    "rack": check_rack,
    "noise": check_noise,
    "cooling": check_cooling,
    "circuits": check_circuits,
    "ups": check_ups,
    "vram": check_vram,
    "targets": check_targets,
    "stock": check_stock,
    "lifetime-cost": check_lifetime_cost,
    "budget": check_budget,
}
"""Rule name -> check. A test compares the keys with the register of rules."""
