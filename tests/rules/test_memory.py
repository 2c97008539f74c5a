"""Rules ``memory``, ``storage`` and ``vram``: what must be held somewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance, Item
from tests.make import fitting_parts, make_deployment, make_instance, make_platform, swap
from tests.rules.pairs import Pair, assert_pair, broken_rules, solve, status


def deployed(*changed: Item, **facts: Any) -> Instance:
    return make_instance(swap(fitting_parts(), *changed), deployments=[make_deployment(**facts)])


INSIDE = make_platform(needs_memory=False, memory_included_gib=512)
PAIRS = [
    # Four slots of 64 GiB hold 256 GiB.
    Pair(
        "memory",
        "every slot full",
        deployed(system_memory_gib=256),
        deployed(system_memory_gib=257),
    ),
    # Three channels in five slots take three modules, not four: 3 x 64 = 192 GiB.
    Pair(
        "memory",
        "channels filled equally",
        deployed(make_platform(memory_channels=3, dimm_slots=5), system_memory_gib=192),
        deployed(make_platform(memory_channels=3, dimm_slots=5), system_memory_gib=193),
    ),
    Pair(
        "memory",
        "memory inside",
        deployed(INSIDE, system_memory_gib=512),
        deployed(INSIDE, system_memory_gib=513),
    ),
    # Four bays of 1,000 GB.
    Pair("storage", "drives", deployed(storage_gb=4000), deployed(storage_gb=4001)),
    # 500 GB inside and four drives: 4,500 GB.
    Pair(
        "storage",
        "drives beside what is inside",
        deployed(make_platform(storage_included_gb=500), storage_gb=4500),
        deployed(make_platform(storage_included_gb=500), storage_gb=4501),
    ),
    Pair(
        "vram",
        "fullest accelerator",
        deployed(vram_need_mib=70_000, vram_usable_mib=70_000),
        deployed(vram_need_mib=70_001, vram_usable_mib=70_000),
    ),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_modules_that_leave_a_channel_short_are_refused_by_the_twin() -> None:
    instance = deployed(make_platform(memory_channels=2), system_memory_gib=64)
    _, choice = solve(instance)
    assert choice is not None
    uneven = replace(
        choice,
        per_node={**choice.per_node, "dimm": 3},
        purchases={**choice.purchases, "dimm:new": 3},
    )
    assert broken_rules(uneven, instance) == {"memory"}


def test_needs_of_nothing_are_met_by_nothing() -> None:
    bare = make_platform(needs_memory=False)
    parts = [i for i in swap(fitting_parts(), bare) if i.kind not in ("memory", "storage")]
    for key, expected in (("system_memory_gib", "infeasible"), ("storage_gb", "infeasible")):
        facts = {"system_memory_gib": 0, "storage_gb": 0}
        nothing = make_instance(parts, deployments=[make_deployment(**facts)])
        assert status(nothing) == "optimal"
        something = make_instance(parts, deployments=[make_deployment(**{**facts, key: 1})])
        assert status(something) == expected
