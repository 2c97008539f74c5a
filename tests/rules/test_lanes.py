"""Rule ``lanes``: lanes, slots, positions and bays."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.instance.items import Instance, Item
from tests.make import (
    board_parts,
    fitting_parts,
    joined_parts,
    make_chassis,
    make_cpu,
    make_deployment,
    make_drive,
    make_gpu,
    make_host,
    make_instance,
    make_joined_case,
    make_nic,
    make_platform,
    make_switch,
    swap,
)
from tests.rules.pairs import Pair, assert_pair, solve, status


def pair(name: str, parts: list[Item], fits: Item, breaks: Item, **facts: Any) -> Pair:
    """Two instances that differ in one part."""
    return Pair(
        "lanes",
        name,
        make_instance(swap(parts, fits), **facts),
        make_instance(swap(parts, breaks), **facts),
    )


def joined(*changed: Item, cards: int = 1) -> dict[str, Any]:
    """Two nodes on a switch, with some cards each."""
    return {
        "parts": swap(joined_parts(), *changed),
        "case": make_joined_case(2, make_switch()),
        "hosts": [make_host(count=cards)],
    }


BAYS = [make_deployment(storage_gb=2000)]
PAIRS = [
    # One x16 card and one x4 drive on a processor's own lanes: 16 + 4 = 20.
    pair("own lanes", fitting_parts(), make_cpu(lanes=20), make_cpu(lanes=19)),
    # Two sockets bring their lanes twice: 2 x 10 = 20.
    pair(
        "two sockets",
        swap(fitting_parts(), make_platform(sockets=2)),
        make_cpu(lanes=10),
        make_cpu(lanes=9),
    ),
    pair(
        "wired lanes",
        fitting_parts(),
        make_platform(host_lanes=20),
        make_platform(host_lanes=19),
    ),
    pair(
        "reserved lanes",
        fitting_parts(),
        make_platform(host_lanes=24, lanes_reserved=4),
        make_platform(host_lanes=24, lanes_reserved=5),
    ),
    # Card 16 + drive 4 + network card 8 = 28.
    pair(
        "network card's lanes",
        fits=make_cpu(lanes=28),
        breaks=make_cpu(lanes=27),
        **joined(),
    ),
    # Two cards and a network card need three slots of x8 or wider; an x4 slot does not help.
    pair(
        "slots",
        fits=make_platform(slots=((4, 1), (8, 1), (16, 2))),
        breaks=make_platform(slots=((4, 2), (16, 2))),
        **joined(cards=2),
    ),
    # The switch speaks 100 Gbit/s; an x16 slot of PCIe 3.0 carries 126, an x8 slot 63.
    pair(
        "speed of the slots",
        fits=make_platform(slot_gbps=126),
        breaks=make_platform(slot_gbps=63),
        **joined(),
    ),
    # Dual-slot card and single-slot network card: 2 + 1 = 3 positions.
    pair(
        "positions of cards",
        swap(board_parts(), make_gpu(slot_width=3)),
        make_chassis(slot_positions=3),
        make_chassis(slot_positions=2),
    ),
    # Two drives of 1,000 GB for 2,000 GB.
    pair(
        "drive bays",
        fitting_parts(),
        make_platform(nvme_bays=2),
        make_platform(nvme_bays=1),
        deployments=BAYS,
    ),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.name)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_positions_count_the_network_card() -> None:
    """A dual-slot card and a network card: three positions, not two."""
    for positions, expected in ((3, "optimal"), (2, "infeasible")):
        parts = [*board_parts(), make_nic(), *joined_parts()[-2:]]
        instance = make_instance(
            swap(parts, make_chassis(slot_positions=positions)),
            case=make_joined_case(2, make_switch()),
        )
        assert status(instance) == expected


def test_a_wide_network_card_on_offer_does_not_bind_who_buys_a_narrow_one() -> None:
    """Two cards in x8 slots and a network card x4 fit, though an x16 one could be bought."""
    parts = swap(joined_parts(), make_platform(slots=((4, 1), (8, 2))), make_nic(lanes=4))
    wide = make_nic("wide", lanes=16)
    instance = make_instance(
        [*parts, wide], case=make_joined_case(2, make_switch()), hosts=[make_host(count=2)]
    )
    found, choice = solve(instance)
    assert found == "optimal"
    assert choice is not None
    assert choice.per_node["nic"] == 1


def crowded(drives: int) -> Instance:
    """Drives take lanes that the card does not leave: 20 = 16 + 4."""
    return make_instance(
        swap(fitting_parts(), make_cpu(lanes=20)),
        deployments=[make_deployment(storage_gb=1000 * drives)],
    )


def test_drives_take_lanes() -> None:
    assert status(crowded(1)) == "optimal"
    assert status(crowded(2)) == "infeasible"


def test_instance_where_nothing_takes_lanes_has_no_limit_to_keep() -> None:
    """Cards behind a switch and drives without lanes: the sum is empty, and holds."""
    parts = swap(
        fitting_parts(),
        make_platform(needs_cpu=False, host_lanes=None),
        make_drive(lanes=0),
    )
    instance = make_instance(
        [p for p in parts if p.kind != "cpu"], hosts=[make_host(lanes_per_accelerator=0)]
    )
    assert status(instance) == "optimal"
