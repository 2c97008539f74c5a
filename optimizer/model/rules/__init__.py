"""The rules in the order in which they are explained; a new limit is one more entry."""

from __future__ import annotations

from optimizer.model.rules.compatibility import COMPATIBILITY
from optimizer.model.rules.electrical import CIRCUITS, PSU, UPS
from optimizer.model.rules.lanes import LANES
from optimizer.model.rules.memory import MEMORY, STORAGE
from optimizer.model.rules.money import BUDGET, LIFETIME_COST, STOCK
from optimizer.model.rules.room import COOLING, NOISE, RACK
from optimizer.model.rules.service import NETWORK, TARGETS
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
    COOLING,
    CIRCUITS,
    UPS,
    VRAM,
    TARGETS,
    STOCK,
    LIFETIME_COST,
    BUDGET,
)
