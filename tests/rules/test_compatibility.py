"""Rule ``compatibility``: parts fit their neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance, Item
from tests.make import (
    board_parts,
    fitting_parts,
    make_board,
    make_bridge,
    make_chassis,
    make_cpu,
    make_deployment,
    make_gpu,
    make_host,
    make_instance,
    make_memory,
    make_platform,
    make_psu,
    powered,
    swap,
)
from tests.rules.pairs import Pair, assert_pair, broken_rules, solve, status, without


def pair(name: str, parts: list[Item], fits: Item, breaks: Item, **facts: Any) -> Pair:
    """Two instances that differ in one part."""
    return Pair(
        "compatibility",
        name,
        make_instance(swap(parts, fits), **facts),
        make_instance(swap(parts, breaks), **facts),
    )


def on_board(*changed: Item) -> list[Item]:
    return swap(board_parts(), *changed)


def two_supplies(count_of_plugs: int) -> list[Item]:
    """A card that needs three 8-pin plugs; each of two supplies brings some."""
    return on_board(
        make_gpu(connectors=(0, 3, 0)),
        make_psu(capacity_w=60, connectors=(1, count_of_plugs, 0)),
        make_chassis(psu_bays=2),
    )


WIRED = swap(fitting_parts(), make_platform(host_lanes=128))
"""The lanes come with the platform, so that only the socket asks for a processor."""
PAIRS = [
    pair("host class", fitting_parts(), make_platform(hosts=(0,)), make_platform(hosts=(1,))),
    pair("socket", WIRED, make_cpu(socket="sp3"), make_cpu(socket="sp5")),
    pair(
        "number of sockets",
        swap(WIRED, make_platform(sockets=2, host_lanes=128)),
        make_cpu(max_sockets=2),
        make_cpu(max_sockets=1),
    ),
    pair("processor heat", fitting_parts(), make_cpu(tdp_w=300), make_cpu(tdp_w=301)),
    pair(
        "memory type",
        fitting_parts(),
        make_memory(memory_type="ddr4-rdimm"),
        make_memory(memory_type="ddr5-rdimm"),
        deployments=[make_deployment(system_memory_gib=0)],
    ),
    pair(
        "board form",
        board_parts(),
        make_chassis(board_forms=("atx", "e-atx")),
        make_chassis(board_forms=("e-atx",)),
    ),
    pair("supply form", board_parts(), make_psu(form="atx"), make_psu(form="crps")),
    pair("unusual supply form", board_parts(), make_psu(form="atx"), make_psu(form="included")),
    # One EPS plug per processor: two processors need two, and the card takes one more.
    pair(
        "EPS plugs",
        on_board(make_gpu(connectors=(1, 0, 0)), make_board(sockets=2)),
        make_psu(connectors=(3, 0, 0)),
        make_psu(connectors=(2, 0, 0)),
    ),
    pair(
        "8-pin plugs",
        on_board(make_gpu(connectors=(0, 2, 0))),
        make_psu(connectors=(1, 2, 0)),
        make_psu(connectors=(1, 1, 0)),
    ),
    pair(
        "16-pin plugs",
        on_board(make_gpu(connectors=(0, 0, 1))),
        make_psu(connectors=(1, 0, 1)),
        make_psu(connectors=(1, 0, 0)),
    ),
    # Two supplies of two plugs bring four for three, two supplies of one only two.
    Pair(
        "compatibility",
        "plugs of several supplies",
        make_instance(two_supplies(2)),
        make_instance(two_supplies(1)),
    ),
    pair(
        "card length",
        board_parts(),
        make_chassis(max_accelerator_mm=267),
        make_chassis(max_accelerator_mm=266),
    ),
    pair(
        "passive card",
        on_board(powered(make_gpu(passive=True), 300)),
        make_chassis(passive_w=300),
        make_chassis(passive_w=299),
    ),
    # 60 W a supply for a peak of 100 W: two supplies are needed, and so two bays.
    pair(
        "supply bays",
        on_board(make_psu(capacity_w=60)),
        make_chassis(psu_bays=2),
        make_chassis(psu_bays=1),
    ),
]


@pytest.mark.parametrize(
    "case", [p for p in PAIRS if p.name != "supply bays"], ids=lambda p: p.name
)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_supply_bays_bound_the_number_of_supplies() -> None:
    """With one bay there is no option of two supplies to begin with; the twin agrees."""
    case = PAIRS[-1]
    found, choice = solve(case.fits)
    assert found == "optimal"
    assert choice is not None
    assert choice.per_node["psu"] == 2
    assert status(case.breaks) == "infeasible"
    assert broken_rules(choice, case.breaks) == {"compatibility"}


def bridged(bridges: int, *more: Item) -> Instance:
    gpu = make_gpu(bridge="bridge", bridges_per_pair=3)
    return make_instance(
        [*swap(fitting_parts(), gpu), *more],
        hosts=[make_host(count=2, fabric="bridge")],
        deployments=[make_deployment(bridges=bridges)],
    )


def test_bridges_are_bought_as_the_deployment_joins_pairs() -> None:
    found, choice = solve(bridged(3, make_bridge()))
    assert found == "optimal"
    assert choice is not None
    assert choice.per_node["bridge"] == 3
    assert choice.purchases["bridge:new"] == 3
    for count in (2, 4):
        other = replace(choice, per_node={**choice.per_node, "bridge": count})
        assert "compatibility" in broken_rules(other, bridged(3, make_bridge()))


def test_no_bridge_is_bought_for_a_deployment_without_pairs() -> None:
    _, choice = solve(bridged(0, make_bridge()))
    assert choice is not None
    assert "bridge" not in choice.per_node


def test_a_bridge_that_cannot_be_had_rules_the_deployment_out() -> None:
    assert status(bridged(3)) == "infeasible"
    assert status(bridged(3), without("compatibility")) == "optimal"


def test_a_board_needs_chassis_and_supplies() -> None:
    for missing in ("case", "psu"):
        parts = [i for i in board_parts() if i.id != missing]
        assert status(make_instance(parts)) == "infeasible"


def test_a_server_buys_neither_chassis_nor_supplies() -> None:
    parts = [i for i in board_parts() if i.kind != "platform"]
    _, choice = solve(make_instance([*parts, make_platform()]))
    assert choice is not None
    assert not {"case", "psu"} & set(choice.per_node)


def turnkey(inside: int) -> Instance:
    """A system with ``inside`` cards, for a layout of two; cards are bought singly too."""
    system = make_platform(accelerators_included=(("gpu", inside),))
    return make_instance(swap(fitting_parts(), system), hosts=[make_host(count=2)])


@pytest.mark.parametrize(("inside", "bought"), [(0, 2), (1, 1), (2, 0)])
def test_only_cards_that_are_not_inside_are_bought(inside: int, bought: int) -> None:
    found, choice = solve(turnkey(inside))
    assert found == "optimal"
    assert choice is not None
    assert choice.per_node.get("gpu", 0) == bought


def test_more_cards_inside_than_the_layout_uses_do_not_fit() -> None:
    assert status(turnkey(3)) == "infeasible"


def test_processor_and_memory_inside_are_not_bought() -> None:
    system = make_platform(
        needs_cpu=False, needs_memory=False, memory_included_gib=64, host_lanes=128
    )
    found, choice = solve(make_instance(swap(fitting_parts(), system)))
    assert found == "optimal"
    assert choice is not None
    assert not {"cpu", "dimm"} & set(choice.per_node)
    extra = replace(choice, per_node={**choice.per_node, "cpu": 1})
    assert "compatibility" in broken_rules(extra, make_instance(swap(fitting_parts(), system)))
