"""What is held fixed in one solve: number of nodes, mains voltage, the switch between nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from optimizer.air import air_watts
from optimizer.instance.items import Case, Limits, SwitchItem
from optimizer.physics.circuits import Breaker, feeds_of
from optimizer.physics.electrical import between_lines, line_w
from optimizer.physics.heat import (
    altitude_derating_c,
    noise_limit_at_source,
    noise_limit_energy,
)
from optimizer.schema.request import Request
from optimizer.schema.site import Circuit, Site
from optimizer.units import cents_floor, fraction

RACK_UNITS = 42
RACK_WIDTH_M = Fraction(6, 10)
"""A rack of the usual size: 600 mm wide, 42 units high."""


def voltages(site: Site) -> list[int]:
    """Mains voltages of the site, highest first (supplies deliver more at a higher voltage)."""
    return sorted({c.volts for c in site.circuits}, reverse=True)


def breakers_of(site: Site, volts: int) -> tuple[Breaker, ...]:
    """Every single circuit at this voltage; three phases with a neutral are a breaker per line."""
    found: list[Breaker] = []
    numbered = [c for c in site.circuits if c.volts == volts for _ in range(c.count)]
    for index, circuit in enumerate(numbered, start=1):
        watts = line_w(
            volts, circuit.amps, circuit.phases, circuit.continuous_share, circuit.reserved_w
        )
        name, feed = f"{circuit_label(circuit)} #{index}", circuit.feed or ""
        outlet = circuit.outlet or ""
        if circuit.phases == 1 or between_lines(volts):
            found.append(Breaker(name, watts, circuit.phases == 3, feed, outlet))
        else:
            found += [Breaker(f"{name} L{n}", watts, False, feed, outlet) for n in (1, 2, 3)]
    return tuple(found)


def circuit_label(circuit: Circuit) -> str:
    """``30A/240V`` as people write it, with its feed: ``30A/240V@a``."""
    phases = "/3ph" if circuit.phases == 3 else ""
    feed = f"@{circuit.feed}" if circuit.feed else ""
    return f"{circuit.amps:g}A/{circuit.volts}V{phases}{feed}"


def cases(request: Request, switches: Iterable[SwitchItem]) -> list[Case]:
    """Every combination that a request allows; fewer nodes first, then the faster network.

    What is too slow over a fast network need not be tried over a slower one.
    """
    found = []
    pool = sorted(switches, key=lambda s: s.id)
    for volts in voltages(request.site):
        breakers = breakers_of(request.site, volts)
        for nodes in range(1, request.policy.max_nodes + 1):
            fitting = [s for s in pool if s.ports >= nodes]
            for switch in [None] if nodes == 1 else fitting:
                case = _case(request, nodes, volts, breakers, switch)
                found += [] if case is None else [case]
    return sorted(found, key=lambda c: (c.nodes, -c.network_gbps, -c.volts, c.switch or ""))


def bare_cases(request: Request) -> list[Case]:
    """Every voltage with every number of nodes, as if no network were needed."""
    found = []
    for volts in voltages(request.site):
        breakers = breakers_of(request.site, volts)
        for nodes in range(1, request.policy.max_nodes + 1):
            case = _case(request, nodes, volts, breakers, None)
            found += [] if case is None else [case]
    return found


def _case(
    request: Request,
    nodes: int,
    volts: int,
    breakers: tuple[Breaker, ...],
    switch: SwitchItem | None,
) -> Case | None:
    """One case; None where no circuit carries the switch.

    The switch hangs on the first circuit; where a feed may fail, on the first of each.
    """
    draw = 0 if switch is None else switch.power.peak_w
    held, on = list(breakers), {0}
    if request.policy.psu_redundancy == "2n":
        names = [b.feed for b in breakers]
        on = {names.index(feed) for feed in feeds_of(breakers)} or on
    for index in sorted(on):
        if held[index].line_w < draw:
            return None
        held[index] = replace(held[index], line_w=held[index].line_w - draw)
    return Case(
        nodes=nodes,
        volts=volts,
        breakers=tuple(held),
        switch=None if switch is None else switch.id,
        switch_wall_w=draw,
        network_gbps=0 if switch is None else switch.gbps,
    )


def limits_of(request: Request) -> Limits:
    """Right-hand sides, rounded against the user (demand up, capacity down)."""
    site, policy = request.site, request.policy
    targets = request.workloads[0].targets
    return Limits(
        budget_cents=_optional_cents(policy.budget_usd),
        max_tco_cents=_optional_cents(policy.max_tco_usd),
        heat_removal_w=site.heat_removal_w,
        liquid_removal_w=site.liquid_removal_w,
        airflow_w=(
            None
            if site.airflow_cfm is None
            else air_watts(site.airflow_cfm, site.air_rise_c, site.altitude_m)
        ),
        inlet_tenths=_inlet_tenths(site),
        noise=noise_limit_of(site),
        rack_tenths=floor(fraction(site.rack.units) * 10),
        depth_mm=floor(fraction(site.rack.depth_mm) - fraction(site.cable_clearance_mm)),
        load_hg=floor(fraction(site.rack.load_kg) * 10),
        floor_hg=_floor_hg(site),
        min_output_milli=ceil(fraction(targets.min_tok_s or 0) * 1000),
        min_user_milli=ceil(fraction(targets.min_tok_s_per_user) * 1000),
        max_ttft_us=(
            None if targets.max_ttft_s is None else floor(fraction(targets.max_ttft_s) * 10**6)
        ),
        psu_headroom_permille=ceil(fraction(policy.psu_headroom) * 1000),
        redundancy=policy.psu_redundancy,
        ups=policy.ups,
        max_ups=site.max_ups,
        extra_cooling=site.extra_cooling_allowed,
    )


def noise_limit_of(site: Site) -> int | None:
    """Sound energy at 1 m that keeps the site's limit where people are."""
    if site.noise_limit_dba is None:
        return None
    return noise_limit_energy(
        noise_limit_at_source(site.noise_limit_dba, site.noise_distance_m, site.noise_barrier_db)
    )


def _inlet_tenths(site: Site) -> int | None:
    """How warm the air comes, in tenths of a degree, plus what the altitude takes off."""
    if site.inlet_c is None:
        return None
    return ceil((fraction(site.inlet_c) + altitude_derating_c(site.altitude_m)) * 10)


def footprint_m2(site: Site) -> Fraction:
    """Floor under the racks: as given, or 600 mm by their depth, once per 42 U."""
    rack = site.rack
    if rack.footprint_m2 is not None:
        return fraction(rack.footprint_m2)
    racks = max(1, ceil(fraction(rack.units) / RACK_UNITS))
    return racks * RACK_WIDTH_M * fraction(rack.depth_mm) / 1000


def _floor_hg(site: Site) -> int | None:
    """What the floor bears beside the empty racks."""
    if site.floor_kg_m2 is None:
        return None
    borne = fraction(site.floor_kg_m2) * footprint_m2(site) - fraction(site.rack.own_kg)
    return max(0, floor(borne * 10))


def _optional_cents(usd: float | None) -> int | None:
    return None if usd is None else cents_floor(fraction(usd))
