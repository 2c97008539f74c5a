"""Limits and values as people call them."""

from __future__ import annotations

from optimizer.report.style import clean

NAMES = {
    "vram": "GPU memory",
    "targets": "speed asked",
    "memory": "system memory",
    "psu": "PSU load",
    "ups": "UPS",
    "lifetime-cost": "cap on TCO",
    "stock": "stock",
    "rack": "rack size",
    "noise": "noise limit",
    "cooling": "cooling limit",
    "airflow": "airflow limit",
    "inlet": "inlet air",
    "circuits": "circuit limit",
    "outlets": "outlets",
    "lanes": "PCIe lanes",
}
"""Rule -> how people call the limit."""
WORDS = {
    "budget_usd": "budget",
    "max_tco_usd": "cap on TCO",
    "count": "circuits",
    "max_nodes": "number of nodes",
    "heat_removal_w": "heat to the air",
    "liquid_removal_w": "heat to liquid",
    "noise_limit_dba": "noise",
    "units": "rack units",
    "depth_mm": "rack depth",
    "load_kg": "rack load",
    "floor_kg_m2": "floor load",
    "airflow_cfm": "airflow",
    "inlet_c": "warmth of the air",
    "max_ttft_s": "time to first token",
    "min_tok_s": "tok/s asked",
    "min_tok_s_per_user": "tok/s per user",
    "concurrency": "number of users",
    "extra_cooling_allowed": "bought cooling",
    "memory_per_vram": "system memory over accelerator memory",
    "ups": "UPS",
    "ups_minutes": "UPS minutes",
    "quantity": "parts on the shelf",
}
"""Last key of a path -> how people call it."""
LESS = ("context", "concurrency", "memory_per_vram", "ups_minutes", "min_tok_s_per_user")
"""Values of which less is easier."""


def limit_name(rule: str, path: str | None = None) -> str:
    """A limit as people call it; of the rack's several, the one at ``path``."""
    if rule == "rack" and path is not None:
        return value_name(path)
    return NAMES.get(rule, clean(rule))


def value_name(path: str) -> str:
    """How people call the value at a path."""
    key = path.rpartition(".")[2]
    return WORDS.get(key, clean(key).replace("_", " "))
