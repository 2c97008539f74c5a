"""Rules ``psu``, ``circuits`` and ``ups``.

The default node draws 100 W behind its supply. 80 PLUS Titanium at 230 V is 91 % efficient at full
load: 1000 / 0.91 = 1098.9, so each watt takes 1,099 mW at the wall, and the node 109.9, so 110 W.
"""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.instance.items import Instance, Power
from tests.make import (
    board_parts,
    fitting_parts,
    joined_parts,
    make_breakers,
    make_case,
    make_chassis,
    make_deployment,
    make_gpu,
    make_instance,
    make_joined_case,
    make_limits,
    make_platform,
    make_psu,
    make_switch,
    powered,
    swap,
)
from tests.rules.pairs import Pair, assert_pair


def supplied(watts: int, redundant_w: int = 0, **limits: Any) -> Instance:
    """A closed server whose supplies deliver so much."""
    server = make_platform(
        supplies=2, supply_capacity_w=watts, supply_capacity_redundant_w=redundant_w
    )
    return make_instance(swap(fitting_parts(), server), limits=make_limits(**limits))


def surging(drawn: int, borne: int, *, board: bool = False, **limits: Any) -> Instance:
    """Supplies of 100 W, two of them on a board, and a card that draws more for milliseconds."""
    card = make_gpu(drawn_permille=drawn)
    if not board:
        server = make_platform(supply_capacity_w=100, borne_permille=borne)
        return make_instance(swap(fitting_parts(), card, server), limits=make_limits(**limits))
    supply = make_psu(capacity_w=100, borne_permille=borne)
    parts = swap(board_parts(), card, supply, make_chassis(psu_bays=2))
    return make_instance(parts, limits=make_limits(**limits))


def fed(watts: int, **case: Any) -> Instance:
    """A closed server with two supplies of so much each on two feeds."""
    server = make_platform(supplies=2, supply_capacity_halved_w=watts)
    feeds = make_case(**{"breakers": make_breakers(1000, 1000, feeds="ab"), **case})
    return make_instance(
        swap(fitting_parts(), server), case=feeds, limits=make_limits(redundancy="2n")
    )


def board(supply_w: int, bays: int, **limits: Any) -> Instance:
    parts = swap(board_parts(), make_psu(capacity_w=supply_w), make_chassis(psu_bays=bays))
    return make_instance(parts, limits=make_limits(**limits))


def drawing(watts: int) -> Instance:
    """A load of processor, module, drive and cards that adds up to ``watts``."""
    parts = [powered(i, 10) if i.kind in ("cpu", "storage") else i for i in fitting_parts()]
    deployment = make_deployment(power=Power(watts - 20, watts - 20, 0))
    return make_instance(
        swap(parts, make_platform(supply_capacity_w=500)), deployments=[deployment]
    )


PSU = [
    Pair("psu", "capacity", supplied(100), supplied(99)),
    Pair("psu", "sum of the parts", drawing(500), drawing(501)),
    # 10 % kept free: 111 W leave 99.9, 112 W leave 100.8.
    Pair(
        "psu",
        "headroom",
        supplied(112, psu_headroom_permille=100),
        supplied(111, psu_headroom_permille=100),
    ),
    Pair(
        "psu",
        "redundancy",
        supplied(200, 100, redundancy="n+1"),
        supplied(200, 99, redundancy="n+1"),
    ),
    # One of two supplies may fail: the other carries 100 W alone.
    Pair(
        "psu",
        "redundancy on a board",
        board(100, 2, redundancy="n+1"),
        board(99, 2, redundancy="n+1"),
    ),
    Pair("psu", "a feed lost", fed(100), fed(99)),
    # The card's 80 W are 1.5 times as many for milliseconds: 100 + 40 W from 1.4 times 100 W.
    Pair("psu", "milliseconds", surging(1500, 1400), surging(1500, 1399)),
    # On a board, one of two supplies lost: 140 W from 1.4 times 100 W.
    Pair(
        "psu",
        "milliseconds, redundant",
        surging(1500, 1400, board=True, redundancy="n+1"),
        surging(1501, 1400, board=True, redundancy="n+1"),
    ),
]


def plugged(
    *circuits_w: int, supplies: int = 1, nodes: int = 1, redundancy: str = "none", **case: Any
) -> Instance:
    server = make_platform(supplies=supplies)
    limits = make_limits(redundancy=redundancy)
    if nodes == 1:
        held = make_case(**(case or {"circuits_w": circuits_w}))
        return make_instance(swap(fitting_parts(), server), case=held, limits=limits)
    joined = make_joined_case(nodes, make_switch(), circuits_w=circuits_w)
    return make_instance(swap(joined_parts(), server), case=joined)


CIRCUITS = [
    Pair("circuits", "one circuit", plugged(110), plugged(109)),
    # Two supplies of 55 W each, one on each circuit.
    Pair(
        "circuits",
        "two supplies on two circuits",
        plugged(55, 55, supplies=2),
        plugged(55, 54, supplies=2),
    ),
    # Three supplies of ceil(110 / 3) = 37 W: two of them on 74 W.
    Pair(
        "circuits",
        "three supplies on two circuits",
        plugged(74, 37, supplies=3),
        plugged(73, 37, supplies=3),
    ),
    # Two nodes of one supply each; 219 W in all would do, but no single supply is split.
    Pair("circuits", "two nodes", plugged(110, 110, nodes=2), plugged(109, 111, nodes=2)),
    # One of two supplies lost: the other draws all 110 W, on whichever circuit it hangs.
    Pair(
        "circuits",
        "a supply lost",
        plugged(110, 110, supplies=2, redundancy="n+1"),
        plugged(109, 109, supplies=2, redundancy="n+1"),
    ),
    # Either feed carries all 110 W when the other is lost.
    Pair(
        "circuits",
        "a feed lost",
        fed(100, breakers=make_breakers(110, 110, feeds="ab")),
        fed(100, breakers=make_breakers(110, 109, feeds="ab")),
    ),
    # Four supplies of 27.5 W, two of them on one pair of lines: sqrt(7) x 27.5 = 72.8 W.
    Pair(
        "circuits",
        "three phases",
        plugged(supplies=4, breakers=make_breakers(73, delta=True)),
        plugged(supplies=4, breakers=make_breakers(72, delta=True)),
    ),
    # At 120 V the same supply is 90 % efficient: 1,112 mW per watt, 112 W.
    Pair(
        "circuits",
        "low line",
        make_instance(case=make_case(volts=120, circuits_w=(112,))),
        make_instance(case=make_case(volts=120, circuits_w=(111,))),
    ),
]


PAIRS = [*PSU, *CIRCUITS]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)
