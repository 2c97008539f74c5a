"""Rule ``network``: several nodes are joined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.instance.items import Instance, Item
from tests.make import (
    fitting_parts,
    joined_parts,
    make_cable,
    make_instance,
    make_joined_case,
    make_nic,
    make_platform,
    make_switch,
    swap,
)
from tests.rules.pairs import Pair, assert_pair, broken_rules, solve, status, without


def joined(*changed: Item, without: str = "", nodes: int = 2) -> Instance:
    """Nodes on a switch of 100 Gbit/s Ethernet."""
    parts = [i for i in swap(joined_parts(), *changed) if i.id != without]
    return make_instance(parts, case=make_joined_case(nodes, make_switch()))


PAIRS = [
    Pair("network", "card's speed", joined(make_nic(gbps=100)), joined(make_nic(gbps=99))),
    Pair("network", "cable's speed", joined(make_cable(gbps=100)), joined(make_cable(gbps=99))),
    Pair(
        "network",
        "card's network",
        joined(make_nic(network="vpi")),
        joined(make_nic(network="infiniband")),
    ),
    Pair(
        "network",
        "cable's network",
        joined(make_cable(network="vpi")),
        joined(make_cable(network="infiniband")),
    ),
    Pair(
        "network",
        "card inside",
        joined(make_platform(nic_included_gbps=100), without="nic"),
        joined(make_platform(nic_included_gbps=99), without="nic"),
    ),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.name)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_each_node_gets_a_card_and_a_cable_and_the_build_one_switch() -> None:
    found, choice = solve(joined(nodes=3))
    assert found == "optimal"
    assert choice is not None
    assert choice.per_node["nic"] == choice.per_node["cable"] == 1
    assert choice.per_site == {"switch": 1}
    assert choice.purchases["nic:new"] == choice.purchases["cable:new"] == 3
    assert choice.purchases["switch:new"] == 1


@pytest.mark.parametrize("missing", ["nic", "cable"])
def test_what_the_market_lacks_is_an_infeasibility_not_a_crash(missing: str) -> None:
    assert status(joined(without=missing)) == "infeasible"
    assert status(joined(without=missing), without("network")) == "optimal"


def test_a_node_with_a_card_inside_buys_only_the_cable() -> None:
    instance = joined(make_platform(nic_included_gbps=100))
    _, choice = solve(instance)
    assert choice is not None
    assert "nic" not in choice.per_node
    assert choice.per_node["cable"] == 1


def test_the_twin_wants_the_switch_of_the_case() -> None:
    instance = joined()
    _, choice = solve(instance)
    assert choice is not None
    bare = replace(choice, per_site={})
    assert "network" in broken_rules(bare, instance)
    narrow = joined(make_switch(ports=1))
    assert broken_rules(choice, narrow) == {"network"}


def test_a_single_node_buys_no_network() -> None:
    instance = make_instance([*fitting_parts(), make_nic(), make_cable()])
    _, choice = solve(instance)
    assert choice is not None
    assert not {"nic", "cable"} & set(choice.per_node)
    bought = replace(choice, per_node={**choice.per_node, "nic": 1})
    assert "network" in broken_rules(bought, instance)
