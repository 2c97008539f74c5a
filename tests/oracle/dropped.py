"""An instance as if rules did not exist: their numbers out of the way, for brute force to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from optimizer.instance.items import ChassisItem, Instance, Item, PlatformItem
from optimizer.model.rules import RULES
from optimizer.verify import enumerate as enumerate_module
from optimizer.verify.checks import CHECKS
from optimizer.verify.enumerate import solutions

PLENTY = 10**9
NAMES = frozenset(rule.name for rule in RULES)


def feasible(instance: Instance, names: Iterable[str] = NAMES) -> bool:
    """Whether anything fits under these rules, by enumeration."""
    dropped = NAMES - frozenset(names)
    for name in dropped - UNASKED:
        instance = DROP[name](instance)
    with _unasked(dropped & UNASKED):
        return next(solutions(instance), None) is not None


UNASKED = frozenset({"psu", "circuits", "outlets"})
"""Redundancy is a number of the first two, outlets one of the last two: neither can be out of the
way of one rule alone."""


STAGES = ("NODE_CHECKS", "SITE_CHECKS")
"""Checks that the enumeration asks early."""


@contextmanager
def _unasked(names: frozenset[str]) -> Iterator[None]:
    """The enumeration without asking these checks."""
    checks = dict(CHECKS)
    dropped = {checks[name] for name in names}
    stages = {stage: getattr(enumerate_module, stage) for stage in STAGES}
    CHECKS.update({name: lambda _audit: [] for name in names})
    for stage, asked in stages.items():
        setattr(enumerate_module, stage, tuple(c for c in asked if c not in dropped))
    try:
        yield
    finally:
        CHECKS.update(checks)
        for stage, asked in stages.items():
            setattr(enumerate_module, stage, asked)


def _limits(**changes: Any) -> Callable[[Instance], Instance]:
    return lambda instance: replace(instance, limits=replace(instance.limits, **changes))


def _layouts(**changes: Any) -> Callable[[Instance], Instance]:
    def drop(instance: Instance) -> Instance:
        return replace(
            instance, deployments=tuple(replace(d, **changes) for d in instance.deployments)
        )

    return drop


def _items(change: Callable[[Item], Item]) -> Callable[[Instance], Instance]:
    def drop(instance: Instance) -> Instance:
        return replace(instance, items={key: change(i) for key, i in instance.items.items()})

    return drop


def _roomy(item: Item) -> Item:
    if isinstance(item, PlatformItem):
        held = item.host_lanes
        return replace(
            item,
            host_lanes=None if held is None else PLENTY,
            lanes_reserved=item.lanes_reserved if held is not None else -PLENTY,
            slots=((16, 1000),),
            nvme_bays=64,
            slot_gbps=PLENTY,
        )
    if isinstance(item, ChassisItem):
        return replace(item, slot_positions=1000)
    return item


def _stock(instance: Instance) -> Instance:
    return replace(instance, purchases=tuple(replace(p, stock=None) for p in instance.purchases))


def _no_ups(instance: Instance) -> Instance:
    """No unit asked for, but outlets for all, as it would bring them."""
    if not instance.limits.ups:
        return instance
    breakers = tuple(replace(b, outlets=None, taken=0) for b in instance.case.breakers)
    loose = replace(instance, case=replace(instance.case, breakers=breakers))
    return _limits(ups=False)(loose)


DROP: dict[str, Callable[[Instance], Instance]] = {
    "lanes": _items(_roomy),
    "memory": _layouts(system_memory_gib=0),
    "storage": _layouts(storage_gb=0),
    "rack": _limits(rack_tenths=PLENTY, depth_mm=PLENTY, load_hg=PLENTY, floor_hg=None),
    "noise": _limits(noise=None),
    "cooling": _limits(heat_removal_w=PLENTY, liquid_removal_w=PLENTY),
    "airflow": _limits(airflow_w=None),
    "inlet": _limits(inlet_tenths=None),
    "ups": _no_ups,
    "vram": _layouts(vram_need_mib=0),
    "targets": _limits(min_output_milli=0, min_user_milli=0, max_ttft_us=None),
    "stock": _stock,
    "lifetime-cost": _limits(max_tco_cents=None),
    "budget": _limits(budget_cents=None),
}
"""Rule -> the instance as if it did not exist, but for those that are not asked.

Fit of the parts and their network always hold.
"""
