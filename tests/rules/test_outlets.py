"""Rule ``outlets``: cords, receptacles and strips."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance, StripItem
from tests.make import (
    fitting_parts,
    joined_parts,
    make_breakers,
    make_case,
    make_instance,
    make_joined_case,
    make_limits,
    make_platform,
    make_strip,
    make_switch,
    swap,
)
from tests.rules.pairs import Pair, assert_pair, solve, without


def room(
    *circuits: tuple[int, int],
    supplies: int = 2,
    inlet: str = "c14",
    strips: tuple[StripItem, ...] = (),
    receptacle: str = "NEMA L6-30R",
    watts: int = 1000,
    prices: dict[str, int] | None = None,
    **limits: Any,
) -> Instance:
    """One node on circuits with outlets for so many C14 and C20 inlets."""
    feeds = "ab" if limits.get("redundancy") == "2n" else ""
    bare = make_breakers(*[watts for _ in circuits], feeds=feeds)
    breakers = tuple(
        replace(b, circuit=i, outlets=outlets, receptacle=receptacle)
        for i, (b, outlets) in enumerate(zip(bare, circuits, strict=True))
    )
    server = make_platform(supplies=supplies, inlet=inlet)
    return make_instance(
        [*swap(fitting_parts(), server), *strips],
        case=make_case(breakers=breakers),
        limits=make_limits(**limits),
        prices=prices,
    )


def joined(outlets: int) -> Instance:
    """Two nodes of one supply each and a switch of two inlets, on one circuit."""
    (breaker,) = make_breakers(1000)
    breaker = replace(breaker, outlets=(outlets, outlets), taken=2)
    case = make_joined_case(2, make_switch(), breakers=(breaker,))
    return make_instance(joined_parts(), case=case)


STRIP = make_strip()
"""L6-30P, six outlets, two of them for C20 inlets."""
NONE = (0, 0)

PAIRS = [
    Pair("outlets", "as many cords as outlets", room((2, 0)), room((1, 0))),
    Pair("outlets", "a C20 inlet wants C19", room((9, 2), inlet="c20"), room((9, 1), inlet="c20")),
    Pair(
        "outlets",
        "the strip's plug",
        room(NONE, strips=(STRIP,)),
        room(NONE, strips=(STRIP,), receptacle="NEMA L6-20R"),
    ),
    Pair(
        "outlets",
        "outlets of the strip",
        room(NONE, strips=(STRIP,), supplies=6),
        room(NONE, strips=(replace(STRIP, outlets=(5, 2)),), supplies=6),
    ),
    # One of two circuits has no outlet, and with a feed lost either must carry a supply.
    Pair(
        "outlets",
        "outlets on both feeds",
        room((1, 0), (1, 0), redundancy="2n"),
        room((2, 0), (0, 0), redundancy="2n"),
    ),
    Pair("outlets", "the switch takes two", joined(4), joined(3)),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def bought(instance: Instance) -> dict[str, int]:
    status, choice = solve(instance)
    assert status == "optimal"
    assert choice is not None
    return choice.per_site


def test_one_strip_where_one_circuit_carries_all() -> None:
    """110 W at the wall: a circuit of 110 W carries it alone, one of 109 W does not."""
    costs = {"strip": 100}
    assert bought(room(NONE, NONE, strips=(STRIP,), watts=110, prices=costs)) == {"strip": 1}
    assert bought(room(NONE, NONE, strips=(STRIP,), watts=109, prices=costs)) == {"strip": 2}


def test_the_strips_own_rating_counts() -> None:
    """0.5 A x 240 V x 0.8 = 96 W behind each: 110 W want two of them."""
    weak = replace(STRIP, amps=0.5)
    assert bought(room(NONE, NONE, strips=(weak,), prices={"strip": 100})) == {"strip": 2}


def test_the_cheaper_strip_that_does() -> None:
    """Three supplies want three outlets: the small strip has two."""
    small = make_strip("small", outlets=(2, 2))
    costs = {"strip": 300, "small": 100}
    three = room(NONE, strips=(STRIP, small), supplies=3, prices=costs)
    assert bought(three) == {"strip": 1}
    assert bought(room(NONE, strips=(STRIP, small), prices=costs)) == {"small": 1}
    two_small = room(NONE, NONE, strips=(STRIP, small), supplies=3, prices=costs)
    assert bought(two_small) == {"small": 2}


def test_no_strip_behind_an_uninterruptible_supply() -> None:
    """Supplies plug into the unit, and nothing is asked of the circuit's outlets."""
    status, choice = solve(room(NONE, strips=(STRIP,), ups=True), without("ups"))
    assert status == "optimal"
    assert choice is not None
    assert choice.per_site == {}
