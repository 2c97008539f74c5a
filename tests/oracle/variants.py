"""Changed copies of instances: prices, limits, order, and near twins of parts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from optimizer.instance.items import Deployment, Instance, Item, Purchase
from optimizer.instance.parts import name_weight
from optimizer.instance.prune import prune_deployments, prune_items, prune_purchases

TWINS: dict[str, tuple[tuple[str, int], ...]] = {
    "platform": (
        ("max_cpu_tdp_w", 80),
        ("memory_included_gib", 32),
        ("storage_included_gb", 1000),
        ("host_lanes", 4),
        ("lanes_reserved", 4),
        ("nvme_bays", 1),
        ("nic_included_gbps", 100),
        ("slot_gbps", 76),
        ("max_inlet_tenths", 30),
        ("supply_capacity_w", 100),
        ("supply_capacity_redundant_w", 100),
        ("supply_capacity_halved_w", 100),
        ("dimm_slots", 2),
        ("sockets", 1),
    ),
    "cpu": (("lanes", 8), ("tdp_w", 1), ("max_sockets", 1)),
    "memory": (("capacity_gib", 16),),
    "storage": (("capacity_gb", 500), ("lanes", 4)),
    "psu": (("capacity_w", 100),),
    "chassis": (
        ("slot_positions", 1),
        ("max_accelerator_mm", 40),
        ("psu_bays", 1),
        ("passive_w", 100),
    ),
    "nic": (("gbps", 75), ("lanes", 4)),
    "cable": (("gbps", 75),),
    "cooling": (("removal_w", 100),),
    "pdu": (("amps", 5),),
    "ups": (("capacity_w", 200), ("capacity_va", 200), ("efficiency_permille", 50)),
}
"""Kind -> facts of which a near twin changes one, and by how much."""
ROOM = ("rack_tenths", "weight_hg", "depth_mm", "noise")
STEPS = {"rack_tenths": 10, "weight_hg": 50, "depth_mm": 200, "noise": 10**6}


def with_twins(instance: Instance, seed: int, count: int = 3) -> Instance:
    """The instance with near twins of some parts, of which most are a little dearer or worse."""
    chance = random.Random(seed)
    pool = [i for i in instance.items.values() if i.kind in TWINS]
    items, purchases = dict(instance.items), list(instance.purchases)
    for number, item in enumerate(chance.sample(pool, min(count, len(pool)))):
        twin = _changed(replace(item, id=f"{item.id}-twin{number}"), chance)
        offers = instance.purchases_of(item.id)
        if not offers:
            continue
        items[twin.id] = twin
        purchases.append(_offer(twin, chance.choice(offers), chance))
    layouts = list(instance.deployments)
    for layout in chance.sample(layouts, min(2, len(layouts))):
        layouts.append(_layout(layout, chance))
    return replace(
        instance,
        items=items,
        purchases=tuple(purchases),
        deployments=tuple(replace(d, index=i) for i, d in enumerate(layouts)),
    )


def _offer(twin: Item, like: Purchase, chance: random.Random) -> Purchase:
    key = f"{twin.id}:{like.condition}"
    unit = replace(like.unit, price=max(0, like.unit.price + chance.choice([-1000, 0, 0, 1000])))
    if chance.random() < 0.3:
        unit = replace(unit, support=unit.support + chance.choice([0, 500]))
    if unit.tco < 0:
        unit = replace(unit, residual=0)
    weight = name_weight(key)
    return replace(like, key=key, component=twin.id, unit=unit, stock=None, name_weight=weight)


def _changed(item: Any, chance: random.Random) -> Any:
    """The item with one fact of any sort changed, for better or for worse."""
    sort = chance.choice(["fact", "fact", "room", "power", "shape"])
    sign = chance.choice([-1, 1])
    if sort == "room":
        field = chance.choice(ROOM)
        space = {field: max(0, getattr(item.space, field) + sign * STEPS[field])}
        return replace(item, space=replace(item.space, **space))
    if sort == "power":
        field, step = chance.choice([("peak_w", 20), ("average_w", 10), ("idle_w", 5)])
        watts = {field: max(0, getattr(item.power, field) + sign * step)}
        return replace(item, power=replace(item.power, **watts))
    if sort == "shape":
        return _reshaped(item, chance)
    field, step = chance.choice(TWINS[item.kind])
    held = getattr(item, field)
    if held is None:
        return replace(item, host_lanes=64)
    return replace(item, **{field: max(0, held + sign * step)})


SHAPES: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "platform": (
        ("slots", (((8, 8),), ((16, 2),), ((4, 4), (16, 1)))),
        ("efficiency", ("bronze", "titanium")),
        ("liquid", (True, False)),
        ("socket", ("sp3", "sp5")),
        ("memory_type", ("ddr4-rdimm", "ddr5-rdimm")),
        ("memory_channels", (1, 2)),
        ("needs_cpu", (True, False)),
        ("needs_memory", (True, False)),
        ("hosts", ((0,), (0, 1))),
        ("accelerators_included", ((),)),
        ("supplies", (1, 2)),
        ("board_form", ("atx", "e-atx")),
        ("inlet", ("c14", "c20")),
    ),
    "cpu": (("socket", ("sp3", "sp5")),),
    "memory": (("memory_type", ("ddr4-rdimm", "ddr5-rdimm")),),
    "psu": (
        ("form", ("atx", "crps")),
        ("efficiency", ("bronze", "titanium")),
        ("connectors", ((2, 3, 1), (1, 8, 4), (4, 8, 0))),
        ("inlet", ("c14", "c20")),
    ),
    "chassis": (
        ("board_forms", (("atx",), ("atx", "e-atx"))),
        ("psu_form", ("atx", "crps")),
    ),
    "nic": (("network", ("ethernet", "infiniband", "vpi")),),
    "cable": (("network", ("ethernet", "infiniband", "vpi")),),
    "cooling": (("liquid", (True, False)),),
    "pdu": (
        ("outlets", ((1, 1), (2, 0), (4, 2))),
        ("plug", ("NEMA L6-30P", "NEMA L6-20P")),
    ),
}
"""Kind -> facts that are not on a scale, and values they may take."""


def _reshaped(item: Any, chance: random.Random) -> Any:
    if item.kind not in SHAPES:
        return item
    field, values = chance.choice(SHAPES[item.kind])
    return replace(item, **{field: chance.choice(values)})


LAYOUT: tuple[tuple[str, int], ...] = (
    ("vram_need_mib", 1),
    ("system_memory_gib", 32),
    ("storage_gb", 1000),
    ("output_milli", 10_000),
    ("user_milli", 1_000),
    ("ttft_us", 100_000),
    ("name_weight", 1),
)


def _layout(layout: Deployment, chance: random.Random) -> Deployment:
    """A near twin of a serving layout."""
    name = {"name_weight": chance.randrange(2**30)}
    if chance.random() < 0.2:
        field = chance.choice(["peak_w", "average_w"])
        watts = {field: getattr(layout.power, field) + chance.choice([-20, 20])}
        return replace(layout, power=replace(layout.power, **watts), **name)
    field, step = chance.choice(LAYOUT)
    moved = max(0, getattr(layout, field) + chance.choice([-step, step]))
    return replace(layout, **{**name, field: moved})


def pruned(instance: Instance) -> Instance:
    """The instance as the compiler hands it on: purchases, layouts and parts pruned."""
    purchases: list[Purchase] = []
    for component in sorted({p.component for p in instance.purchases}):
        purchases += prune_purchases(instance.purchases_of(component))
    layouts = prune_deployments(list(instance.deployments))
    items = prune_items(list(instance.items.values()), purchases)
    kept = {i.id: i for i in items}
    return replace(
        instance,
        items=kept,
        purchases=tuple(p for p in purchases if p.component in kept),
        deployments=tuple(replace(d, index=i) for i, d in enumerate(layouts)),
    )


def shuffled(instance: Instance, seed: int) -> Instance:
    """The same parts, offers and layouts in another order."""
    chance = random.Random(seed)
    items, purchases = list(instance.items.values()), list(instance.purchases)
    layouts = list(instance.deployments)
    for held in (items, purchases, layouts):
        chance.shuffle(held)
    return replace(
        instance,
        items={i.id: i for i in items},
        purchases=tuple(purchases),
        deployments=tuple(replace(d, index=i) for i, d in enumerate(layouts)),
    )
