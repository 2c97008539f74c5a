"""The enumeration itself, against a cruder one and against hand counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from optimizer.instance.choice import Choice
from optimizer.instance.items import Instance
from optimizer.verify.enumerate import OBJECTIVES, best, measured, solutions
from optimizer.verify.verify import violations
from tests.make import (
    board_parts,
    fitting_parts,
    joined_parts,
    make_breakers,
    make_case,
    make_cooling,
    make_deployment,
    make_drive,
    make_host,
    make_instance,
    make_joined_case,
    make_limits,
    make_memory,
    make_platform,
    make_psu,
    make_purchase,
    make_switch,
    make_ups,
    swap,
)

SITE = ("switch", "cooling", "ups")


def everything(instance: Instance, most: int) -> Iterator[Choice]:
    """Every quantity up to ``most`` of every part, sensible or not, bought at its one offer."""
    parts = [i for i in instance.items.values() if i.kind != "platform"]
    for platform, deployment in product(instance.platforms(), range(len(instance.deployments))):
        for counts in product(range(most + 1), repeat=len(parts)):
            held = {i: n for i, n in zip(parts, counts, strict=True) if n}
            node = {i.id: n for i, n in held.items() if i.kind not in SITE}
            site = {i.id: n for i, n in held.items() if i.kind in SITE}
            nodes = instance.case.nodes
            units = {platform.id: nodes, **{i: n * nodes for i, n in node.items()}, **site}
            bought = {f"{i}:new": n for i, n in units.items()}
            yield Choice(platform.id, deployment, node, site, bought)


TWO_LAYOUTS = [
    make_deployment(system_memory_gib=64, storage_gb=1000),
    make_deployment(system_memory_gib=128, storage_gb=2000, output_milli=150_000),
]
SMALL = {
    "server": make_instance(
        [*fitting_parts(), make_memory("dimm2", capacity_gib=128), make_drive("drive2")],
        deployments=TWO_LAYOUTS,
        prices={"gpu": 9, "server": 8, "cpu": 7, "dimm": 3, "dimm2": 5, "drive": 2, "drive2": 3},
    ),
    "board": make_instance(
        [*board_parts(), make_psu("psu2", capacity_w=90)],
        prices={"psu": 4, "psu2": 1},
    ),
    "joined": make_instance(joined_parts(), case=make_joined_case(2, make_switch())),
    "room": make_instance(
        [
            *swap(fitting_parts(), make_platform(supplies=2)),
            make_cooling(removal_w=60, plug=(120, 15)),
            make_ups(capacity_w=60),
        ],
        case=make_case(breakers=make_breakers(500, 500), spare=((120, 15.0), (120, 20.0))),
        prices={"cooler": 3, "ups": 2},
        limits=make_limits(heat_removal_w=0, ups=True, max_ups=2),
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_crude_enumeration_finds_nothing_better(name: str) -> None:
    """All products of quantities, checked one by one, have the same best."""
    instance = SMALL[name]
    crude = [measured(c, instance) for c in everything(instance, 2) if not violations(c, instance)]
    assert crude
    for objective in OBJECTIVES:
        status, rank, _ = best(instance, objective)
        assert status == "optimal"
        assert rank == min(s.rank(objective) for s in crude)


def test_server_by_hand() -> None:
    """Layout 0 needs 64 GiB and 1,000 GB, layout 1 128 GiB and 2,000 GB; each part has a price.

    Card 9, server 8, processor 7; one module of 64 GiB 3, of 128 GiB 5; a drive 2 or 3. Layout 0:
    24 + 3 + 2 = 29. Layout 1: 24 + 5 (the larger module; two small ones cost 6) + 4 = 33.
    """
    instance = SMALL["server"]
    _, cheapest, choice = best(instance, "capex")
    assert choice is not None
    assert (cheapest or ())[0] == 29
    assert choice.per_node == {"gpu": 1, "cpu": 1, "dimm": 1, "drive": 1}
    _, fastest, choice = best(instance, "throughput")
    assert choice is not None
    assert (fastest or ())[:3] == (-150_000, 33, 33)
    assert choice.per_node == {"gpu": 1, "cpu": 1, "dimm2": 1, "drive": 2}


def test_number_of_solutions_by_hand() -> None:
    """One to four modules (64 GiB suffice) and one drive: four choices of each layout's parts."""
    instance = make_instance(deployments=[make_deployment(), make_deployment()])
    assert len(list(solutions(instance))) == 8


def test_units_are_split_over_offers_in_every_way() -> None:
    """Three cards over two offers, one of which has two: (3, 0), (2, 1), (1, 2)."""
    gpu = fitting_parts()[0]
    offers = [make_purchase(gpu, 5), make_purchase(gpu, 3, condition="used", stock=2)]
    module = make_memory(capacity_gib=64)
    platform = make_platform(dimm_slots=1)
    parts = [gpu, platform, *fitting_parts()[2:3], module, make_drive()]
    instance = make_instance(parts, purchases=offers, hosts=[make_host(count=3)])
    splits = {
        (s.choice.purchases.get("gpu:new", 0), s.choice.purchases.get("gpu:used", 0))
        for s in solutions(instance)
    }
    assert splits == {(3, 0), (2, 1), (1, 2)}
    _, rank, _ = best(instance, "capex")
    assert (rank or ())[0] == 5 + 2 * 3


def test_no_solution() -> None:
    instance = make_instance(limits=make_limits(min_output_milli=10**9))
    assert best(instance, "tco") == ("infeasible", None, None)


def test_layouts_without_output_have_no_cost_per_token() -> None:
    instance = make_instance(deployments=[make_deployment(output_milli=0)])
    assert best(instance, "tco")[0] == "optimal"
    assert best(instance, "cost-per-token") == ("infeasible", None, None)


def test_prices_below_zero_are_refused() -> None:
    gpu = fitting_parts()[0]
    offer = make_purchase(gpu, 5, lifetime_cents=-6)
    with pytest.raises(ValueError, match="below zero"):
        list(solutions(make_instance(purchases=[offer])))
