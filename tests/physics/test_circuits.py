"""The packing of supplies on circuits: by hand, and against every plan that there is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.physics.circuits import UNCOUNTED, Breaker, Plugged, burden, most_watts, plug_in
from optimizer.schema.request import Redundancy
from optimizer.verify.plugs import every_plan, holds, worst_loads
from tests.make import make_breakers


@pytest.mark.parametrize(
    ("circuits", "nodes", "supplies", "watts"),
    [
        ((5760,), 1, 1, 5760),
        # However many supplies, one circuit carries what it carries.
        ((5760,), 1, 4, 5760),
        ((5760, 5760), 1, 4, 11_520),
        # Three supplies: two share one circuit, 2,880 W each.
        ((5760, 5760), 1, 3, 8640),
        # The small circuit takes one of three, the large one two.
        ((4000, 1500), 1, 3, 4500),
        # It is better left out: three supplies share 4,000 W.
        ((4000, 1300), 1, 3, 4000),
        # Two nodes of one supply each: no single supply is split.
        ((110, 111), 2, 1, 110),
        ((0, 0), 1, 2, 0),
    ],
)
def test_with_everything_working(
    circuits: tuple[int, ...], nodes: int, supplies: int, watts: int
) -> None:
    assert most_watts(make_breakers(*circuits), nodes, supplies, "none") == watts


@pytest.mark.parametrize(
    ("circuits", "nodes", "supplies", "watts"),
    [
        # One lost, the other carries all of it: on its own circuit, or on the one both share.
        ((1440, 1440), 1, 2, 1440),
        ((1440,), 1, 2, 1440),
        # Four supplies, two on each circuit: after the loss a third each, two thirds on one.
        ((5760, 5760), 1, 4, 8640),
        # Two nodes of two supplies on two circuits: a node on each.
        ((1000, 1000), 2, 2, 1000),
        ((1000,), 1, 1, 0),
    ],
)
def test_with_one_supply_lost(
    circuits: tuple[int, ...], nodes: int, supplies: int, watts: int
) -> None:
    assert most_watts(make_breakers(*circuits), nodes, supplies, "n+1") == watts


@pytest.mark.parametrize(
    ("circuits", "supplies", "watts"),
    [
        ((5760, 5760), 2, 5760),
        ((4992, 4992), 4, 4992),
        ((5760, 4992), 4, 4992),
        # Two circuits on each feed: two supplies there carry both circuits' worth.
        ((3000, 2500, 3000, 2500), 4, 5000),
        ((5760,), 2, 0),
        ((5760, 5760), 1, 0),
    ],
)
def test_with_a_feed_lost(circuits: tuple[int, ...], supplies: int, watts: int) -> None:
    assert most_watts(make_breakers(*circuits, feeds="ab"), 1, supplies, "2n") == watts


def test_feeds_must_be_named() -> None:
    """Two circuits of which nobody says where they come from may fail together."""
    assert most_watts(make_breakers(5760, 5760), 1, 2, "2n") == 0


@pytest.mark.parametrize(
    ("supplies", "square"),
    # Worst line: (a, b) of the two fullest pairs. 1: (1, 0); 2: (1, 1); 3: (1, 1); 4: (2, 1).
    [(1, 1), (2, 3), (3, 3), (4, 7), (5, 12), (6, 12), (7, 19)],
)
def test_currents_between_lines_add_at_sixty_degrees(supplies: int, square: int) -> None:
    assert burden(True, supplies) == square


def test_three_phases_carry_most_when_balanced() -> None:
    """60 A x 208 V x 0.8 = 9,984 W on a pair of lines; three or six supplies: sqrt 3 times that."""
    feed = make_breakers(9984, delta=True)
    assert feed[0].continuous_w == 17_292
    assert most_watts(feed, 1, 1, "none") == 9984
    assert most_watts(feed, 1, 3, "none") == 17_292
    assert most_watts(feed, 1, 6, "none") == 17_292
    # Four: two on one pair. 4 x 9,984 / sqrt 7 = 15,094.
    assert most_watts(feed, 1, 4, "none") == 15_094


REDUNDANCY: list[Redundancy] = ["none", "n+1", "2n"]
breakers = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.booleans(),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from([UNCOUNTED, UNCOUNTED, 0, 1, 2, 3]),
    ),
    min_size=1,
    max_size=3,
)
shapes = st.sampled_from([(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (3, 1)])


Drawn = list[tuple[int, bool, str, int]]
"""Watts, whether delta, feed, outlets of each circuit."""


def built(drawn: Drawn, redundancy: Redundancy) -> tuple[Breaker, ...]:
    """At most one delta circuit, so that there are few enough plans to try them all."""
    found: list[Breaker] = []
    for index, (watts, delta, feed, outlets) in enumerate(drawn):
        only = delta and redundancy != "n+1" and not any(b.delta for b in found)
        found.append(Breaker(f"#{index + 1}", watts, only, feed, most=outlets))
    return tuple(found)


def plugs_in(plan: Sequence[Plugged], circuits: Sequence[Breaker]) -> bool:
    """Whether every supply of a plan has an outlet, lost or not."""
    return all(sum(p.breaker == i for p in plan) <= b.most for i, b in enumerate(circuits))


@settings(max_examples=150, deadline=None)
@given(breakers, shapes, st.sampled_from(REDUNDANCY))
def test_the_most_watts_are_what_every_plan_allows(
    drawn: Drawn, shape: tuple[int, int], redundancy: Redundancy
) -> None:
    """Up to four supplies on three circuits: some plan holds the most watts, none a watt more."""
    circuits, (nodes, supplies) = built(drawn, redundancy), shape
    most = most_watts(circuits, nodes, supplies, redundancy)
    plans = [p for p in every_plan(circuits, nodes, supplies) if plugs_in(p, circuits)]
    assert not any(holds(plan, circuits, most + 1, redundancy) for plan in plans)
    if most:
        assert any(holds(plan, circuits, most, redundancy) for plan in plans)


@settings(max_examples=300, deadline=None)
@given(breakers, shapes, st.sampled_from(REDUNDANCY), st.integers(1, 150))
def test_a_plan_is_found_where_one_fits(
    drawn: Drawn,
    shape: tuple[int, int],
    redundancy: Redundancy,
    watts: int,
) -> None:
    circuits = tuple(
        Breaker(f"#{i}", w, delta, feed, most=outlets)
        for i, (w, delta, feed, outlets) in enumerate(drawn)
    )
    nodes, supplies = shape
    plan = plug_in(circuits, nodes, supplies, watts, redundancy)
    assert bool(plan) == (watts <= most_watts(circuits, nodes, supplies, redundancy))
    if plan:
        names = sorted((p.node, p.supply) for p in plan)
        assert names == [(n, s) for n in range(1, nodes + 1) for s in range(1, supplies + 1)]
        assert holds(plan, circuits, watts, redundancy)
        assert plugs_in(plan, circuits)


def test_the_emptiest_circuit_comes_first() -> None:
    """5,760 and 3,000 W, four supplies of 1,000 W: the larger takes three."""
    plan = plug_in(make_breakers(5760, 3000), 1, 4, 4000, "none")
    assert [p.breaker for p in plan] == [0, 0, 0, 1]


def test_a_lost_feed_loads_the_other_with_everything() -> None:
    circuits = make_breakers(5760, 5760, feeds="ab")
    plan = plug_in(circuits, 1, 4, 5102, "2n")
    assert [p.breaker for p in plan] == [0, 0, 1, 1]
    assert worst_loads(plan, circuits, 5102, "none") == [("", 2551), ("", 2551)]
    assert worst_loads(plan, circuits, 5102, "2n") == [
        ("feed b lost", 5102),
        ("feed a lost", 5102),
    ]


def test_supplies_of_a_node_are_kept_apart_where_that_fits() -> None:
    plan = plug_in(make_breakers(2000, 2000), 2, 2, 900, "n+1")
    homes = {node: {p.breaker for p in plan if p.node == node} for node in (1, 2)}
    assert homes == {1: {0, 1}, 2: {0, 1}}
