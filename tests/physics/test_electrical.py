"""Circuits: ratings by hand, and the packing of supplies by brute force."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.physics.electrical import assign_equal, continuous_w, largest_equal_share


@pytest.mark.parametrize(
    ("volts", "amps", "phases", "share", "reserved", "watts"),
    [
        # NEC 210.20(A): 80 % of the breaker for continuous loads.
        (120, 15, 1, 0.8, 0, 1440),
        (120, 20, 1, 0.8, 0, 1920),
        (240, 30, 1, 0.8, 0, 5760),
        (208, 30, 1, 0.8, 0, 4992),
        # IEC practice: the whole rating.
        (230, 16, 1, 1.0, 0, 3680),
        # Three phases, sqrt(3) x 400 x 32 = 22,170; with 1.732 for the root 22,169.
        (400, 32, 3, 1.0, 0, 22_169),
        (240, 30, 1, 0.8, 760, 5000),
        (120, 15, 1, 0.8, 2000, 0),
        # 12.5 A x 230 V x 0.8 = 2,300; a tenth of an ampere more is rounded down.
        (230, 12.5, 1, 0.8, 0, 2300),
        (230, 12.6, 1, 0.8, 0, 2318),
    ],
)
def test_continuous_watts(
    volts: int, amps: float, phases: int, share: float, reserved: int, watts: int
) -> None:
    assert continuous_w(volts, amps, phases, share, reserved) == watts


@pytest.mark.parametrize(
    ("circuits", "supplies", "share"),
    [
        ((5760,), 1, 5760),
        ((5760,), 4, 1440),
        # Two on each of two circuits.
        ((5760, 5760), 4, 2880),
        # Three supplies: two share one circuit.
        ((5760, 5760), 3, 2880),
        # The small circuit takes one of three, the large one two.
        ((4000, 1500), 3, 1500),
        ((4000, 1400), 3, 1400),
        # It is better left out: 4,000 / 3 = 1,333 each.
        ((4000, 1300), 3, 1333),
        ((0, 0), 2, 0),
        ((1,), 2, 0),
    ],
)
def test_largest_share_by_hand(circuits: tuple[int, ...], supplies: int, share: int) -> None:
    assert largest_equal_share(circuits, supplies) == share


capacities = st.lists(st.integers(0, 40), min_size=1, max_size=3).map(tuple)
counts = st.integers(1, 5)


def packs(circuits: tuple[int, ...], supplies: int, share: int) -> bool:
    """Some way to plug every supply into a circuit keeps each circuit within its rating."""
    for plugs in product(range(len(circuits)), repeat=supplies):
        if all(plugs.count(i) * share <= c for i, c in enumerate(circuits)):
            return True
    return False


@given(capacities, counts)
def test_largest_share_is_what_brute_force_finds(circuits: tuple[int, ...], supplies: int) -> None:
    best = max(s for s in range(max(circuits) + 1) if packs(circuits, supplies, s))
    assert largest_equal_share(circuits, supplies) == best


@given(capacities, counts, st.integers(0, 40))
def test_assignment_fits_exactly_when_one_exists(
    circuits: tuple[int, ...], supplies: int, share: int
) -> None:
    plan = assign_equal(circuits, supplies, share)
    assert bool(plan) == packs(circuits, supplies, share)
    if plan:
        assert sum(plan) == supplies
        assert all(n * share <= c for n, c in zip(plan, circuits, strict=True))


def test_assignment_fills_the_emptiest_first() -> None:
    """5,760 and 3,000 W, supplies of 1,000 W: the larger takes 1,000 until both have 2,760 left."""
    assert assign_equal((5760, 3000), 1, 1000) == (1, 0)
    assert assign_equal((5760, 3000), 4, 1000) == (3, 1)
    assert assign_equal((5760, 3000), 9, 1000) == ()
