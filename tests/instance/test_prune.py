"""Every fact of every kind of candidate is compared as the rules read it.

The table says of each field whether more or less of it is better, whether it decides what fits
("fit": candidates that differ in it are never compared), or whether no rule reads it ("unread").
A field that the table lacks fails the test, so that a new fact cannot slip past the pruning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from optimizer.instance.items import Deployment, Item, Power, Purchase, Space
from optimizer.instance.prune import (
    PRUNED_KINDS,
    prune_deployments,
    prune_items,
    prune_purchases,
)
from tests.make import (
    make_cable,
    make_chassis,
    make_cooling,
    make_costs,
    make_cpu,
    make_deployment,
    make_drive,
    make_gpu,
    make_memory,
    make_nic,
    make_platform,
    make_psu,
    make_purchase,
    make_strip,
    make_switch,
    make_ups,
)

BASE: dict[str, Item] = {
    "platform": make_platform(
        host_lanes=64,
        memory_included_gib=64,
        storage_included_gb=1000,
        lanes_reserved=4,
        nic_included_gbps=10,
        supply_capacity_w=1000,
        supply_capacity_redundant_w=500,
        supply_capacity_halved_w=500,
        accelerators_included=(("gpu", 1),),
    ),
    "cpu": make_cpu(),
    "memory": make_memory(),
    "storage": make_drive(),
    "psu": make_psu(connectors=(2, 4, 1)),
    "chassis": make_chassis(passive_w=300),
    "nic": make_nic(),
    "cable": make_cable(),
    "switch": make_switch(),
    "cooling": make_cooling(),
    "ups": make_ups(),
    "pdu": make_strip(),
}
COMMON = {
    "id": "unread",
    "kind": "fit",
    "name": "unread",
    "power.peak_w": "less",
    "power.average_w": "less",
    "power.idle_w": "unread",
    "space.rack_tenths": "less",
    "space.weight_hg": "less",
    "space.depth_mm": "less",
    "space.noise": "less",
}
FACTS: dict[str, dict[str, str]] = {
    "platform": {
        "board": "fit",
        "board_form": "fit",
        "hosts": "fit",
        "accelerators_included": "fit",
        "included": "unread",
        "needs_cpu": "fit",
        "socket": "fit",
        "sockets": "fit",
        "max_cpu_tdp_w": "more",
        "needs_memory": "fit",
        "memory_type": "fit",
        "memory_channels": "fit",
        "dimm_slots": "fit",
        "memory_included_gib": "more",
        "storage_included_gb": "more",
        "host_lanes": "more",
        "lanes_reserved": "less",
        "slots": "more",
        "nvme_bays": "more",
        "nic_included_gbps": "more",
        "slot_gbps": "more",
        "max_inlet_tenths": "more",
        "supplies": "fit",
        "supply_capacity_w": "more",
        "supply_capacity_redundant_w": "more",
        "supply_capacity_halved_w": "more",
        "efficiency": "fit",
        "liquid": "fit",
        "inlet": "more",
        "borne_permille": "more",
    },
    "cpu": {"socket": "fit", "lanes": "more", "max_sockets": "fit", "tdp_w": "less"},
    "memory": {"memory_type": "fit", "capacity_gib": "more"},
    "storage": {"capacity_gb": "more", "lanes": "less"},
    "psu": {
        "form": "fit",
        "capacity_w": "more",
        "efficiency": "fit",
        "connectors": "more",
        "inlet": "more",
        "borne_permille": "more",
    },
    "chassis": {
        "board_forms": "fit",
        "slot_positions": "more",
        "max_accelerator_mm": "more",
        "psu_form": "fit",
        "psu_bays": "more",
        "passive_w": "more",
    },
    "nic": {"network": "fit", "gbps": "more", "lanes": "less"},
    "cable": {"network": "fit", "gbps": "more"},
    "switch": {"network": "fit", "gbps": "fit", "ports": "more"},
    "cooling": {"removal_w": "more", "liquid": "fit", "plug": "fit"},
    "ups": {
        "capacity_w": "more",
        "capacity_va": "more",
        "input_amps": "fit",
        "efficiency_permille": "more",
    },
    "pdu": {"plug": "fit", "volts": "fit", "amps": "more", "phases": "fit", "outlets": "more"},
}
OTHER: dict[str, Any] = {
    "board_form": "e-atx",
    "plug": (120, 15),
    "hosts": (0, 1),
    "accelerators_included": (("gpu", 2),),
    "included": (("cpu", 1),),
    "socket": "sp5",
    "memory_type": "ddr5-rdimm",
    "efficiency": "gold",
    "form": "crps",
    "board_forms": ("atx", "e-atx"),
    "psu_form": "crps",
    "network": "infiniband",
    "kind": "other",
    "name": "another name",
}
"""Another value of facts that are not numbers."""
CASES = [(k, f, how) for k, facts in FACTS.items() for f, how in {**COMMON, **facts}.items()]


def changed(item: Any, field: str, more: bool) -> Iterator[Any]:
    """The item with one fact raised or lowered (every part of it), or another value."""
    if "." in field:
        part, name = field.split(".")
        held = getattr(getattr(item, part), name)
        fresh = replace(getattr(item, part), **{name: held + (5 if more else -5)})
        yield replace(item, **{part: fresh})
    elif field == "slots":
        # A slot more or less of a width that the network card (x8) can use.
        yield replace(item, slots=((8, 1), (16, 8)) if more else ((16, 7),))
    elif field == "connectors":
        for plug in range(3):
            held = list(item.connectors)
            held[plug] += 1 if more else -1
            yield replace(item, connectors=tuple(held))
    elif field == "outlets":
        for cord in range(2):
            held = list(item.outlets)
            held[cord] += 1 if more else -1
            yield replace(item, outlets=tuple(held))
    elif field == "inlet":
        # A C14 inlet takes a cord to either outlet: nothing is better.
        yield from () if more else (replace(item, inlet="c20"),)
    elif field in OTHER:
        yield replace(item, **{field: OTHER[field]})
    else:
        held = getattr(item, field)
        step = not held if isinstance(held, bool) else held + (1 if more else -1)
        yield replace(item, **{field: step})


def survivors(item: Any, twin: Any, twin_price: int) -> set[str]:
    """What is left of an item at 1,000 cents and its twin, in the presence of an x8 card."""
    twin = replace(twin, id=f"{item.id}2") if twin.id == item.id else twin
    offers = [make_purchase(item, 1000, name_weight=1)]
    offers.append(make_purchase(twin, twin_price, name_weight=2))
    nic = make_nic("other-nic", network="other", lanes=8)
    kept = prune_items([item, twin, nic], offers)
    return {i.id for i in kept} - {"other-nic"}


def roomy(item: Any) -> Any:
    """The item with every figure of room and power above zero."""
    return replace(item, power=Power(50, 40, 30), space=Space(20, 30, 40, 50))


@pytest.mark.parametrize(("kind", "field", "how"), CASES)
def test_fact_is_compared_as_the_rules_read_it(kind: str, field: str, how: str) -> None:
    item = roomy(BASE[kind])
    if field in ("id", "kind"):
        return  # what tells candidates apart to begin with
    both, first, cheap = {item.id, f"{item.id}2"}, {item.id}, {f"{item.id}2"}
    for more in (True, False):
        for twin in changed(item, field, more):
            worse = how != ("more" if more else "less")
            if how == "fit":
                assert survivors(item, twin, 900) == survivors(item, twin, 1100) == both
            elif how == "unread":
                assert survivors(item, twin, 900) == cheap
                assert survivors(item, twin, 1100) == first
            elif worse:
                assert survivors(item, twin, 900) == both, "cheaper but worse: both may be needed"
                assert survivors(item, twin, 1000) == first, "worse and no cheaper"
            else:
                assert survivors(item, twin, 900) == cheap, "better and cheaper"
                assert survivors(item, twin, 1100) == both, "better but dearer"


@pytest.mark.parametrize("kind", PRUNED_KINDS)
def test_every_fact_of_a_kind_is_in_the_table(kind: str) -> None:
    held = {f.name for f in fields(BASE[kind])} - {"power", "space"}
    held |= {f"power.{f.name}" for f in fields(Power)} | {f"space.{f.name}" for f in fields(Space)}
    assert held == set(COMMON) | set(FACTS[kind])


def test_lanes_of_a_processor_and_of_a_platform_are_not_compared() -> None:
    own, wired = make_platform(host_lanes=None), make_platform("wired", host_lanes=128)
    offers = [make_purchase(own, 1000), make_purchase(wired, 900)]
    assert len(prune_items([own, wired], offers)) == 2


def test_slots_are_compared_at_the_widths_of_the_cards_in_play() -> None:
    """One x16 slot fewer and two x4 more: worse for an x16 card, better for an x4 card."""
    item, twin = make_platform(slots=((16, 2),)), make_platform("twin", slots=((4, 2), (16, 1)))
    offers = [make_purchase(item, 1000), make_purchase(twin, 900)]

    def left(*lanes: int) -> int:
        cards = [make_nic(f"nic{w}", lanes=w) for w in lanes]
        return len([i for i in prune_items([item, twin, *cards], offers) if i.kind == "platform"])

    assert left() == 1
    assert left(4) == 1
    assert left(16) == left(4, 16) == 2


@pytest.mark.parametrize(
    "offers",
    [[make_purchase(make_cpu(), 900, stock=1)], []],
    ids=["limited", "only inside a platform"],
)
def test_only_what_can_be_had_without_limit_is_compared(offers: list[Purchase]) -> None:
    cpu, dear = make_cpu(), make_cpu("dear")
    kept = prune_items([cpu, dear], [*offers, make_purchase(dear, 5000)])
    assert {i.id for i in kept} == {"cpu", "dear"}


def test_accelerators_and_bridges_are_never_dropped() -> None:
    cards = [make_gpu("a"), make_gpu("b")]
    assert prune_items(list(cards), [make_purchase(c, 1) for c in cards]) == cards


def test_equal_items_leave_the_first_name() -> None:
    items = [make_cpu("a"), make_cpu("b")]
    offers = [make_purchase(items[0], 5, name_weight=9), make_purchase(items[1], 5, name_weight=3)]
    assert [i.id for i in prune_items(list(items), offers)] == ["b"]


# -- purchases ------------------------------------------------------------------------------


def offer(condition: str, capex: int, life: int, weight: int, stock: int | None = None) -> Purchase:
    unit = make_costs(capex, life)
    return make_purchase(
        make_cpu(), condition=condition, unit=unit, name_weight=weight, stock=stock
    )


def kept_conditions(*offers: Purchase) -> list[str]:
    return [p.condition for p in prune_purchases(list(offers))]


def test_a_condition_cheaper_now_and_later_is_the_only_one() -> None:
    assert kept_conditions(offer("new", 100, 10, 1), offer("used", 60, 10, 2)) == ["used"]


def test_cheaper_now_but_dearer_later_keeps_both() -> None:
    """New: 100 now, 110 in all; used: 60 now, 130 in all."""
    assert kept_conditions(offer("new", 100, 10, 1), offer("used", 60, 70, 2)) == ["new", "used"]


def test_equal_conditions_leave_the_first_name() -> None:
    assert kept_conditions(offer("new", 5, 0, 9), offer("used", 5, 0, 3)) == ["used"]


def test_a_limited_offer_is_kept_and_drops_nothing() -> None:
    limited = offer("used", 1, 0, 1, stock=2)
    assert sorted(kept_conditions(offer("new", 100, 0, 2), limited)) == ["new", "used"]


# -- serving layouts ------------------------------------------------------------------------

LAYOUT: dict[str, str] = {
    "index": "unread",
    "host": "fit",
    "vram_need_mib": "less",
    "vram_usable_mib": "more",
    "system_memory_gib": "less",
    "storage_gb": "less",
    "bridges": "less",
    "power.peak_w": "less",
    "power.average_w": "less",
    "power.idle_w": "unread",
    "output_milli": "more",
    "user_milli": "more",
    "ttft_us": "less",
    "saturated_user_milli": "unread",
    "batch1_milli": "unread",
    "tpot_us": "unread",
    "sequences": "unread",
    "tensor_parallel": "unread",
    "pipeline_parallel": "unread",
    "replicas": "unread",
    "cap_w": "words",
    "kept_permille": "words",
    "name_weight": "order",
    "engine": "words",
    "weight_format": "words",
    "kv_format": "words",
    "memory_parts_mib": "words",
    "band_permille": "words",
    "basis": "words",
}
"""``words``: shown, never compared; ``order``: breaks ties."""


def test_every_fact_of_a_layout_is_in_the_table() -> None:
    held = {f.name for f in fields(Deployment)} - {"power"}
    assert held | {f"power.{f.name}" for f in fields(Power)} == set(LAYOUT)


def left(first: Deployment, second: Deployment) -> set[int]:
    return {d.name_weight for d in prune_deployments([first, second])}


@pytest.mark.parametrize(("field", "how"), [i for i in LAYOUT.items() if i[1] != "words"])
def test_fact_of_a_layout_is_compared(field: str, how: str) -> None:
    """Names 1 and 2; memory overflows, so that either side of it counts."""
    base = make_deployment(
        vram_need_mib=80_000,
        vram_usable_mib=70_000,
        power=Power(100, 90, 80),
        bridges=9,
        name_weight=1,
    )
    for more in (True, False):
        for twin in changed(base, field, more):
            if how == "order":
                assert left(base, twin) == {min(1, twin.name_weight)}
                continue
            late = replace(twin, name_weight=2)
            early = replace(twin, name_weight=0)
            if how == "fit":
                assert left(base, late) == {1, 2}
            elif how == "unread":
                assert left(base, late) == {1}
                assert left(base, early) == {0}
            elif how == ("more" if more else "less"):
                assert left(base, early) == {0}, "better and first"
            else:
                assert left(base, late) == {1}, "worse and last"
                better_elsewhere = replace(early, output_milli=base.output_milli + 1)
                if field not in ("output_milli",):
                    assert left(base, better_elsewhere) == {0, 1}


def test_memory_to_spare_is_not_compared() -> None:
    """Only an overflow can break the rule; 10 MiB or 10 GiB to spare are the same."""
    tight = make_deployment(vram_need_mib=69_990, name_weight=1)
    loose = make_deployment(vram_need_mib=60_000, name_weight=2)
    assert left(tight, loose) == {1}


def test_a_faster_layout_with_a_later_name_still_dominates() -> None:
    slow = make_deployment(name_weight=1)
    fast = make_deployment(output_milli=200_000, name_weight=2)
    assert left(slow, fast) == {2}
