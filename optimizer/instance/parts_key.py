"""What of a request decides which parts may be used, and what they cost."""

from __future__ import annotations

from optimizer.schema.request import Policy, Request, Workload
from optimizer.schema.site import Rack


def parts_key(request: Request) -> Request:
    """A request without what decides neither which parts may be used nor what they cost."""
    policy, site, work = request.policy, request.site, request.workloads[0]
    plain = Policy()
    held = policy.replace(
        budget_usd=None,
        max_tco_usd=None,
        max_nodes=plain.max_nodes,
        memory_per_vram=plain.memory_per_vram,
        ups=plain.ups,
    )
    room = site.replace(
        circuits=site.circuits[:1],
        new_circuits=0,
        heat_removal_w=0,
        liquid_removal_w=0,
        airflow_cfm=None,
        inlet_c=None if site.inlet_c is None else 0.0,
        floor_kg_m2=None,
        noise_limit_dba=None,
        rack=Rack(units=0, depth_mm=1, load_kg=1),
        cable_clearance_mm=0,
        electricity_usd_per_kwh=0.0,
    )
    served = Workload(llm=work.llm, duty=work.duty)
    return request.replace(workloads=(served,), policy=held, site=room, objective="tco")
