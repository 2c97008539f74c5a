"""What a power limit saves, by hand.

The node draws 100 W behind its supply under the limit, and 200 W at full power. Titanium at 230 V:
1,099 mW per watt at the peak, 110 and 220 W; 1,042 at half load, 105 and 209 W on average.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.instance.choice import Choice
from optimizer.instance.items import Instance, Power
from optimizer.physics.circuits import Breaker
from optimizer.solve.spared import at_full_power, spared
from optimizer.verify.audit import Audit
from tests.make import (
    fitting_parts,
    make_case,
    make_gpu,
    make_instance,
    make_limits,
    make_platform,
    swap,
)

CHOICE = Choice("server", 0, {"gpu": 1, "cpu": 1, "dimm": 1, "drive": 1}, {}, {})


def room(*watts: int, supplies: int = 1, feeds: str = "", **limits: Any) -> Instance:
    circuits = tuple(
        Breaker(f"20A/240V{'@' * bool(feed)}{feed} #{i + 1}", w, feed=feed)
        for i, (w, feed) in enumerate(zip(watts, feeds or " " * len(watts), strict=True))
    )
    circuits = tuple(replace(c, feed=c.feed.strip()) for c in circuits)
    card = make_gpu(power=Power(200, 200, 20))
    server = make_platform(supplies=supplies)
    return make_instance(
        swap(fitting_parts(), card, server),
        case=make_case(breakers=circuits),
        limits=make_limits(**limits),
        microcents_per_watt=10**6,
    )


def test_nothing_but_energy_where_the_room_has_plenty() -> None:
    """104 W at a cent each: $1."""
    assert spared(room(1000), CHOICE) == ["$1 of energy"]


def test_what_is_due_by_the_peak_is_saved_too() -> None:
    """104 W on average at a cent, and 110 W of the peak at two."""
    held = room(1000)
    dear = replace(held, money=replace(held.money, colocation_microcents=2 * 10**6))
    assert spared(dear, CHOICE) == ["$1 of energy", "$2 of colocation"]


def test_a_stronger_circuit_for_one_supply() -> None:
    """220 W hang on one circuit: two of 110 W do not help, the smallest usual one does."""
    assert spared(room(110), CHOICE)[0] == "a 15A/240V circuit"


def test_more_circuits_for_several_supplies() -> None:
    """Four supplies of 55 W on circuits of 60 W: one each, and two are there."""
    assert spared(room(60, 60, supplies=4), CHOICE)[0] == "2 more 20A/240V circuits"


def test_circuits_on_either_feed() -> None:
    """Either feed carries 220 W alone, two supplies of 110 W on circuits of 110 W."""
    held = room(110, 110, supplies=4, feeds="ab", redundancy="2n")
    assert spared(held, CHOICE)[0] == "1 more 20A/240V circuit on either feed"


def test_supplies_and_cooling() -> None:
    """200 W against 150, and 220 W of heat against 150: 70 W are 239 BTU/h."""
    held = room(1000, heat_removal_w=150)
    server = make_platform(supply_capacity_w=150)
    held = replace(held, items={**held.items, "server": server})
    assert spared(held, CHOICE) == [
        "50 W more of power supplies",
        "70 W more of cooling (239 BTU/h)",
        "$1 of energy",
    ]


def test_full_power_is_the_cards_own() -> None:
    held = room(1000)
    full = at_full_power(held, CHOICE)
    assert Audit(CHOICE, held).peak_wall_w == 110
    assert Audit(CHOICE, full).peak_wall_w == 220
    assert full.deployments[0].cap_w == 200
