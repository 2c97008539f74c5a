"""Everything that a site means: its own figures, and what follows from them."""

from __future__ import annotations

from typing import Any

from optimizer.air import BTU_H_PER_TON, BTU_H_PER_W, air_watts
from optimizer.catalog.catalog import Catalog
from optimizer.instance.cases import footprint_m2
from optimizer.instance.wiring import offered_at, wirings
from optimizer.physics.circuits import Breaker
from optimizer.physics.heat import altitude_derating_c, btu_h, noise_limit_at_source
from optimizer.physics.outlets import takes_cord
from optimizer.schema.components import NewCircuit, Pdu
from optimizer.schema.site import Site


def site_facts(site: Site, catalog: Catalog) -> dict[str, Any]:
    """A document of one site: ``site`` as the catalog has it, and ``derived`` figures.

    Watts of circuits are continuous, what hangs on them already taken off. Heat is in W, BTU/h and
    tons of refrigeration; the noise limit also at 1 m from the machines.
    """
    strips = [r for r in catalog.of_kind("pdu") if isinstance(r, Pdu)]
    circuits = [
        {
            "name": b.name,
            "continuous_w": b.continuous_w,
            "amps": b.amps,
            "feed": b.feed or None,
            "outlet": b.outlet or b.receptacle or None,
            "outlet_assumed": not b.outlet and bool(b.receptacle),
            "takes": _takes(b),
        }
        for wiring in wirings(site.replace(new_circuits=0), (), (), strips, feeds=False)
        for b in wiring.breakers
    ]
    return {
        "site": site.model_dump(mode="json"),
        "derived": {
            "circuits": circuits,
            "continuous_w": sum(c["continuous_w"] for c in circuits),
            "heat_removal": _heat(site.heat_removal_w),
            "liquid_removal": _heat(site.liquid_removal_w),
            "airflow_w": None
            if site.airflow_cfm is None
            else air_watts(site.airflow_cfm, site.air_rise_c, site.altitude_m),
            "altitude_derating_c": float(altitude_derating_c(site.altitude_m)),
            "noise_limit_at_1_m_dba": None
            if site.noise_limit_dba is None
            else round(
                noise_limit_at_source(
                    site.noise_limit_dba, site.noise_distance_m, site.noise_barrier_db
                ),
                1,
            ),
            "deepest_part_mm": site.rack.depth_mm - site.cable_clearance_mm,
            "footprint_m2": round(float(footprint_m2(site)), 3),
            "floor_kg": None
            if site.floor_kg_m2 is None
            else round(site.floor_kg_m2 * float(footprint_m2(site)) - site.rack.own_kg, 1),
            "usd_per_watt_year": round(8.76 * site.electricity_usd_per_kwh * site.pue, 4),
        },
        "new_circuits": [_offered(r, catalog) for r in offered_at(site, _records(catalog))],
    }


def _takes(breaker: Breaker) -> str:
    """What plugs into a circuit, in words."""
    if breaker.outlets is None:
        known = takes_cord(breaker.amps, breaker.phases)
        return "takes cords" if known else "takes no cord, and no strip for it is known"
    large, all_of_them = breaker.outlets[1], breaker.outlets[0]
    if not breaker.receptacle:
        return f"with a strip of {all_of_them - large} C13 and {large} C19"
    if all_of_them:
        return "takes 1 cord" if all_of_them == 1 else f"takes {all_of_them} cords"
    return "takes no cord: a strip must be bought"


def _heat(watts: int) -> dict[str, float]:
    return {
        "w": watts,
        "kw": watts / 1000,
        "btu_h": btu_h(watts),
        "tons": round(watts * BTU_H_PER_W / BTU_H_PER_TON, 2),
    }


def _records(catalog: Catalog) -> list[NewCircuit]:
    return [r for r in catalog.of_kind("circuit") if isinstance(r, NewCircuit)]


def _offered(record: NewCircuit, catalog: Catalog) -> dict[str, Any]:
    """A circuit that may be added, with its newest price."""
    newest = max(catalog.offers.get(record.id, ()), key=lambda o: o.date, default=None)
    price = None
    if newest is not None:
        price = {
            "low": newest.low,
            "typical": newest.typical,
            "high": newest.high,
            "currency": newest.currency,
            "estimated": newest.is_estimate,
        }
    return {"id": record.id, "name": record.name, "outlet": record.outlet, "price": price}
