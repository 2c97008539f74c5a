"""What is held fixed in one solve: number of nodes, mains voltage, the switch between nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from optimizer.air import air_watts
from optimizer.instance.items import Case, CoolingItem, Limits, SwitchItem
from optimizer.instance.wiring import Wiring, offered_at, wirings
from optimizer.physics.circuits import Breaker, feeds_of
from optimizer.physics.heat import (
    altitude_derating_c,
    noise_limit_at_source,
    noise_limit_energy,
)
from optimizer.schema.components import NewCircuit, Pdu
from optimizer.schema.request import Request
from optimizer.schema.site import Site
from optimizer.units import cents_floor, fraction

SWITCH_OUTLETS = 2
"""A switch has two inlets, C14."""
RACK_UNITS = 42
RACK_WIDTH_M = Fraction(6, 10)
"""A rack of the usual size: 600 mm wide, 42 units high."""


def cases(
    request: Request,
    joining: Callable[[int], Iterable[SwitchItem]],
    offered: Collection[NewCircuit] = (),
    coolers: Iterable[CoolingItem] = (),
    strips: Collection[Pdu] = (),
) -> list[Case]:
    """Every combination that a request allows; fewer nodes first, then the faster network.

    ``joining`` gives the switches for a number of nodes. What is too slow over a fast network need
    not be tried over a slower one.
    """
    found = []
    joined = {nodes: list(joining(nodes)) for nodes in range(2, request.policy.max_nodes + 1)}
    for wiring in _wirings(request, offered, coolers, strips):
        for nodes in range(1, request.policy.max_nodes + 1):
            for switch in [None] if nodes == 1 else joined[nodes]:
                case = _case(request, nodes, wiring, switch)
                found += [] if case is None else [case]
    return sorted(
        found,
        key=lambda c: (
            c.nodes,
            -c.network_gbps,
            sum(n for _, n in c.new_circuits),
            -c.volts,
            c.switch or "",
            len(c.spare),
        ),
    )


def _wirings(
    request: Request,
    offered: Collection[NewCircuit],
    coolers: Iterable[CoolingItem],
    strips: Collection[Pdu],
) -> list[Wiring]:
    site = request.site
    feeds = request.policy.psu_redundancy == "2n"
    return wirings(site, offered_at(site, offered), coolers, strips, feeds=feeds)


def _case(request: Request, nodes: int, wiring: Wiring, switch: SwitchItem | None) -> Case | None:
    """One case; None where no circuit carries the switch.

    The switch hangs on the first circuit; where a feed may fail, on the first of each.
    """
    draw = 0 if switch is None else switch.power.peak_w
    held = list(wiring.breakers)
    for index in _switch_on(request, wiring.breakers):
        if held[index].line_w < draw:
            return None
        left = held[index].line_w - draw
        held[index] = replace(held[index], line_w=left, taken=SWITCH_OUTLETS * (switch is not None))
    return Case(
        nodes=nodes,
        volts=wiring.volts,
        breakers=tuple(held),
        switch=None if switch is None else switch.id,
        switch_wall_w=draw,
        network_gbps=0 if switch is None else switch.gbps,
        new_circuits=wiring.new,
        spare=wiring.spare,
        given_up=wiring.given_up,
    )


def bare(case: Case) -> Case:
    """The case without what it adds (a switch, circuits, cooling on some): no other pays for it."""
    return replace(
        case,
        switch=None,
        switch_wall_w=0,
        network_gbps=0,
        new_circuits=(),
        spare=(),
        given_up=0,
    )


def _switch_on(request: Request, breakers: tuple[Breaker, ...]) -> list[int]:
    """Circuits that the switch hangs on."""
    if request.policy.psu_redundancy != "2n":
        return [0]
    names = [b.feed for b in breakers]
    return sorted({names.index(feed) for feed in feeds_of(breakers)}) or [0]


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
