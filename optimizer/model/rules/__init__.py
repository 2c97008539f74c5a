"""The rules in the order in which they are explained; a new limit is one more entry."""

from __future__ import annotations

from optimizer.model.rules.airflow import AIRFLOW
from optimizer.model.rules.budget import BUDGET
from optimizer.model.rules.circuits import CIRCUITS
from optimizer.model.rules.compatibility import COMPATIBILITY
from optimizer.model.rules.cooling import COOLING
from optimizer.model.rules.inlet import INLET
from optimizer.model.rules.lanes import LANES
from optimizer.model.rules.lifetime_cost import LIFETIME_COST
from optimizer.model.rules.memory import MEMORY
from optimizer.model.rules.network import NETWORK
from optimizer.model.rules.noise import NOISE
from optimizer.model.rules.outlets import OUTLETS
from optimizer.model.rules.psu import PSU
from optimizer.model.rules.rack import RACK
from optimizer.model.rules.stock import STOCK
from optimizer.model.rules.storage import STORAGE
from optimizer.model.rules.targets import TARGETS
from optimizer.model.rules.ups import UPS
from optimizer.model.rules.vram import VRAM
from optimizer.model.scope import Rule

RULES: tuple[Rule, ...] = (
    COMPATIBILITY,
    NETWORK,
    LANES,
    MEMORY,
    STORAGE,
    PSU,
    RACK,
    NOISE,
    INLET,
    AIRFLOW,
    COOLING,
    CIRCUITS,
    OUTLETS,
    UPS,
    VRAM,
    TARGETS,
    STOCK,
    LIFETIME_COST,
    BUDGET,
)
