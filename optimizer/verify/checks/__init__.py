"""One check per rule, of the same name: what the limit uses and what it has.

A check returns :class:`Use` rows; the limit holds when ``used <= available`` in every row. For
targets, ``used`` is what was asked for and ``available`` what is delivered.
"""

from __future__ import annotations

from collections.abc import Callable

from optimizer.verify.audit import Audit
from optimizer.verify.checks.airflow import check_airflow
from optimizer.verify.checks.budget import check_budget
from optimizer.verify.checks.circuits import check_circuits
from optimizer.verify.checks.compatibility import check_parts
from optimizer.verify.checks.cooling import check_cooling
from optimizer.verify.checks.inlet import check_inlet
from optimizer.verify.checks.lanes import check_lanes
from optimizer.verify.checks.lifetime_cost import check_lifetime_cost
from optimizer.verify.checks.memory import check_memory
from optimizer.verify.checks.network import check_network
from optimizer.verify.checks.noise import check_noise
from optimizer.verify.checks.outlets import check_outlets
from optimizer.verify.checks.psu import check_psu
from optimizer.verify.checks.rack import check_rack
from optimizer.verify.checks.stock import check_stock
from optimizer.verify.checks.storage import check_storage
from optimizer.verify.checks.targets import check_targets
from optimizer.verify.checks.ups import check_ups
from optimizer.verify.checks.vram import check_vram
from optimizer.verify.use import Use

CHECKS: dict[str, Callable[[Audit], list[Use]]] = {
    "compatibility": check_parts,
    "network": check_network,
    "lanes": check_lanes,
    "memory": check_memory,
    "storage": check_storage,
    "psu": check_psu,
    "rack": check_rack,
    "noise": check_noise,
    "inlet": check_inlet,
    "airflow": check_airflow,
    "cooling": check_cooling,
    "circuits": check_circuits,
    "outlets": check_outlets,
    "ups": check_ups,
    "vram": check_vram,
    "targets": check_targets,
    "stock": check_stock,
    "lifetime-cost": check_lifetime_cost,
    "budget": check_budget,
}
"""Rule name -> check. A test compares the keys with the register of rules."""
