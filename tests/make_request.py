"""The request behind a tiny instance: three years in a room that limits nothing."""

from __future__ import annotations

from optimizer.schema.request import Finance, Request, Workload
from optimizer.schema.site import Circuit, Rack, Site

MANY = 10**6


def make_site() -> Site:
    """A room; instances carry their own limits, so that its figures are never read."""
    return Site(
        id="room",
        name="Room",
        circuits=(Circuit(volts=240, amps=30),),
        heat_removal_w=MANY,
        noise_limit_dba=None,
        rack=Rack(units=42, depth_mm=1200, load_kg=1000),
        electricity_usd_per_kwh=0.1,
        pue=1.0,
    )


def make_request() -> Request:
    """Three years, no discount."""
    return Request(
        workloads=(Workload(llm="llm"),),
        site=make_site(),
        finance=Finance(horizon_years=3, discount_rate=0.0, electricity_escalation=0.0),
        objective="tco",
    )
