"""What is held fixed in one solve: number of nodes, mains voltage, the switch between nodes."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

from optimizer.finance.tco import energy_microcents_per_watt
from optimizer.instance.items import Case, Limits, Money, SwitchItem
from optimizer.physics.electrical import continuous_w
from optimizer.physics.heat import noise_limit_energy
from optimizer.schema.request import Request
from optimizer.schema.site import Circuit, Site
from optimizer.units import cents_ceil, cents_floor, fraction


def voltages(site: Site) -> list[int]:
    """Mains voltages of the site, highest first (supplies deliver more at a higher voltage)."""
    return sorted({c.volts for c in site.circuits}, reverse=True)


def circuits_of(site: Site, volts: int) -> list[tuple[str, int]]:
    """(name, continuous watts) of every single circuit at this voltage."""
    found = []
    for circuit in site.circuits:
        if circuit.volts == volts:
            watts = continuous_w(
                circuit.volts,
                circuit.amps,
                circuit.phases,
                circuit.continuous_share,
                circuit.reserved_w,
            )
            found += [(circuit_label(circuit), watts)] * circuit.count
    return [(f"{label} #{i}", watts) for i, (label, watts) in enumerate(found, start=1)]


def circuit_label(circuit: Circuit) -> str:
    """``30A/240V`` as people write it."""
    phases = "/3ph" if circuit.phases == 3 else ""
    return f"{circuit.amps:g}A/{circuit.volts}V{phases}"


def cases(request: Request, switches: Iterable[SwitchItem]) -> list[Case]:
    """Every combination that a request allows; fewer nodes first, then the faster network.

    What is too slow over a fast network need not be tried over a slower one.
    """
    found = []
    pool = sorted(switches, key=lambda s: s.id)
    for volts in voltages(request.site):
        circuits = circuits_of(request.site, volts)
        for nodes in range(1, request.policy.max_nodes + 1):
            # The switch hangs on the first circuit, which must carry it.
            fitting = [s for s in pool if s.ports >= nodes and s.power.peak_w <= circuits[0][1]]
            joined = [None] if nodes == 1 else fitting
            found += [_case(nodes, volts, circuits, switch) for switch in joined]
    return sorted(found, key=lambda c: (c.nodes, -c.network_gbps, -c.volts, c.switch or ""))


def bare_cases(request: Request) -> list[Case]:
    """Every voltage with every number of nodes, as if no network were needed."""
    return [
        _case(nodes, volts, circuits_of(request.site, volts), None)
        for volts in voltages(request.site)
        for nodes in range(1, request.policy.max_nodes + 1)
    ]


def _case(
    nodes: int, volts: int, circuits: list[tuple[str, int]], switch: SwitchItem | None
) -> Case:
    watts = [w for _, w in circuits]
    draw = 0 if switch is None else switch.power.peak_w
    watts[0] -= draw
    return Case(
        nodes=nodes,
        volts=volts,
        circuits_w=tuple(watts),
        circuit_names=tuple(name for name, _ in circuits),
        switch=None if switch is None else switch.id,
        switch_wall_w=draw,
        network_gbps=0 if switch is None else switch.gbps,
    )


def limits_of(request: Request) -> Limits:
    """Right-hand sides, rounded against the user (demand up, capacity down)."""
    site, policy = request.site, request.policy
    targets = request.workloads[0].targets
    noise = site.noise_limit_dba
    return Limits(
        budget_cents=_optional_cents(policy.budget_usd),
        max_tco_cents=_optional_cents(policy.max_tco_usd),
        heat_removal_w=site.heat_removal_w,
        liquid_removal_w=site.liquid_removal_w,
        noise=None if noise is None else noise_limit_energy(noise),
        rack_tenths=floor(fraction(site.rack.units) * 10),
        depth_mm=floor(fraction(site.rack.depth_mm) - fraction(site.cable_clearance_mm)),
        load_hg=floor(fraction(site.rack.load_kg) * 10),
        min_output_milli=ceil(fraction(targets.min_tok_s or 0) * 1000),
        min_user_milli=ceil(fraction(targets.min_tok_s_per_user) * 1000),
        max_ttft_us=(
            None if targets.max_ttft_s is None else floor(fraction(targets.max_ttft_s) * 10**6)
        ),
        psu_headroom_permille=ceil(fraction(policy.psu_headroom) * 1000),
        psu_redundant=policy.psu_redundancy == "n+1",
        ups=policy.ups,
        max_ups=site.max_ups,
        extra_cooling=site.extra_cooling_allowed,
    )


def _optional_cents(usd: float | None) -> int | None:
    return None if usd is None else cents_floor(fraction(usd))


def money_of(request: Request) -> Money:
    """Coefficients of energy and installation."""
    finance, site = request.finance, request.site
    return Money(
        microcents_per_watt=energy_microcents_per_watt(
            site.electricity_usd_per_kwh,
            site.pue,
            finance.horizon_years,
            finance.electricity_escalation,
        ),
        installation_cents=cents_ceil(fraction(finance.installation_usd)),
    )
