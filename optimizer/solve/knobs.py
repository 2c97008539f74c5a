"""One value of a request, by its dotted path: read it, set it, and the flag that sets it."""

from __future__ import annotations

from typing import Any, get_args

from optimizer.instance.wiring import circuit_label
from optimizer.schema.base import Record
from optimizer.schema.explanation import Value
from optimizer.schema.formats import WeightFormat
from optimizer.schema.request import Request

BUDGET = "policy.budget_usd"
MAX_TCO = "policy.max_tco_usd"
MAX_NODES = "policy.max_nodes"
MEMORY = "policy.memory_per_vram"
UPS = "policy.ups"
UPS_MINUTES = "policy.ups_minutes"
CONTEXT = "workloads.0.context"
CONCURRENCY = "workloads.0.concurrency"
WEIGHTS = "workloads.0.weights"
MIN_TOK_S = "workloads.0.targets.min_tok_s"
MIN_USER = "workloads.0.targets.min_tok_s_per_user"
MAX_TTFT = "workloads.0.targets.max_ttft_s"
HEAT = "site.heat_removal_w"
LIQUID = "site.liquid_removal_w"
NEW_CIRCUITS = "site.new_circuits"
EXTRA_COOLING = "site.extra_cooling_allowed"
AIRFLOW = "site.airflow_cfm"
INLET = "site.inlet_c"
NOISE = "site.noise_limit_dba"
FLOOR = "site.floor_kg_m2"
RACK_UNITS = "site.rack.units"
RACK_DEPTH = "site.rack.depth_mm"
RACK_LOAD = "site.rack.load_kg"
CIRCUITS = "site.circuits."
OWNED = "policy.owned."
"""Beginnings of the paths of what comes in numbers: circuits of one kind, a part on the shelf."""

FOUR_BITS_OR_BETTER: tuple[str, ...] = get_args(WeightFormat)
"""What ``--weights 4bit`` admits."""
FLAGS = {
    BUDGET: "--budget",
    MAX_TCO: "--max-tco",
    MAX_NODES: "--max-nodes",
    MEMORY: "--memory-per-vram",
    CONTEXT: "--context",
    CONCURRENCY: "--concurrency",
    MIN_TOK_S: "--min-tok-s",
    MIN_USER: "--min-tok-s-per-user",
    MAX_TTFT: "--max-ttft",
    HEAT: "--heat-removal",
    NOISE: "--noise-limit",
    NEW_CIRCUITS: "--new-circuits",
    UPS_MINUTES: "--ups-minutes",
}
"""Path -> the flag that takes its value as it stands."""
UNITS = {
    BUDGET: "USD",
    MAX_TCO: "USD",
    MAX_NODES: "nodes",
    CONTEXT: "tokens",
    CONCURRENCY: "users",
    MIN_TOK_S: "tok/s",
    MIN_USER: "tok/s per user",
    MAX_TTFT: "s",
    HEAT: "W",
    LIQUID: "W",
    AIRFLOW: "CFM",
    INLET: "C",
    NOISE: "dB(A)",
    FLOOR: "kg/m2",
    NEW_CIRCUITS: "new circuits",
    UPS_MINUTES: "minutes",
    RACK_UNITS: "U",
    RACK_DEPTH: "mm",
    RACK_LOAD: "kg",
}


def circuit_count(index: int) -> str:
    """The path of the number of circuits of one kind."""
    return f"{CIRCUITS}{index}.count"


def owned_quantity(index: int) -> str:
    """The path of the number of a part on the shelf."""
    return f"{OWNED}{index}.quantity"


def value_at(request: Request, path: str) -> Any:
    """The value at a dotted path."""
    held: Any = request
    for key in path.split("."):
        held = held[int(key)] if isinstance(held, tuple) else getattr(held, key)
    return held


def with_value(request: Request, path: str, value: Value) -> Request:
    """The request with one value changed, validated again."""
    changed = _set(request, path.split("."), value)
    assert isinstance(changed, Request)
    return changed


def _set(held: Any, keys: list[str], value: Value) -> Any:
    if not keys:
        return value
    head, rest = keys[0], keys[1:]
    if isinstance(held, tuple):
        at = int(head)
        return (*held[:at], _set(held[at], rest, value), *held[at + 1 :])
    assert isinstance(held, Record), f"no value at {head}"
    return held.replace(**{head: _set(getattr(held, head), rest, value)})


def plain_number(value: float) -> str:
    """A number as a flag takes it, exactly: no separators, no exponent, no needless zeros."""
    if isinstance(value, int) or float(value).is_integer():
        return str(int(value))
    return f"{value:.6f}".rstrip("0")


def flag_of(request: Request, path: str) -> str | None:
    """The flag that gives ``request`` the value at ``path``; None where only a file can."""
    value = value_at(request, path)
    if path in FLAGS:
        return f"{FLAGS[path]} {plain_number(value)}"
    if path == WEIGHTS:
        return f"--weights {'4bit' if value == FOUR_BITS_OR_BETTER else ','.join(value)}"
    if path == UPS:
        if value:
            return "--ups"
        return "--no-ups --ups-minutes 0" if request.policy.ups_minutes else "--no-ups"
    if path.startswith(OWNED):
        return " ".join(f"--owned {part.id}:{part.quantity}" for part in request.policy.owned)
    if path.startswith(CIRCUITS):
        return _circuit_flag(request)
    text = str(value).lower() if isinstance(value, bool) else plain_number(value)
    return f"--set {path}={text}"


def _circuit_flag(request: Request) -> str | None:
    """Every circuit of the site, for the flag replaces them all.

    What a flag cannot say (a load that is there already) has none, nor has a share that the flag
    would not take over from the site. What circuits end in the flag takes over by their rating.
    """
    circuits = request.site.circuits
    ends: dict[Any, set[Any]] = {}
    for c in circuits:
        rating = (c.volts, c.amps, c.phases)
        ends.setdefault(rating, set()).add((c.outlet, c.sockets, c.outlets_c13, c.outlets_c19))
    if any(len(held) > 1 for held in ends.values()):
        return None
    shares = {
        c.volts: {d.continuous_share for d in circuits if d.volts == c.volts} for c in circuits
    }
    if any(c.reserved_w for c in circuits) or any(len(s) > 1 for s in shares.values()):
        return None
    texts = [circuit_label(c) + (f":{c.count}" if c.count > 1 else "") for c in circuits]
    return f"--circuit {','.join(texts)}"


def unit_of(path: str) -> str:
    """The unit of a value, in words; empty for what has none."""
    if path.startswith(CIRCUITS):
        return "circuits"
    return "units" if path.startswith(OWNED) else UNITS.get(path, "")
