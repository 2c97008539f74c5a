"""The guide's UPS table recomputed, row by row, from what is sold.

The table gives watts, VA, and under "Runtime (15 min)" a form factor. Recomputed: the smallest unit
that carries the watts by both its ratings and through its plug, and the smallest that also does so
for 15 minutes. Energy over time: a unit whose curve has 10 minutes at half load carries half of its
watts for 10 minutes, and two thirds of that for 15.
"""

from __future__ import annotations

from functools import cache

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.instance.facts import Facts
from optimizer.instance.items import UpsItem
from optimizer.schema.components import Ups
from tests.reference import guide_tables as guide

POWER_FACTOR = 0.9


@cache
def catalog() -> Catalog:
    return load_catalog()


def units() -> list[Ups]:
    return [u for u in catalog().of_kind("ups") if isinstance(u, Ups)]


def carried_w(unit: Ups, minutes: float) -> float:
    """Watts by the program's own item: rating, plug, curve; and VA at the planning factor."""
    item = Facts(catalog(), 0.5, unit.volts, minutes).item(unit, "ups")
    assert isinstance(item, UpsItem)
    return min(item.capacity_w, POWER_FACTOR * unit.power_va)


def smallest(watts: int, minutes: float) -> str | None:
    """The unit of the fewest VA that carries so much for so long, alone."""
    apt = [u for u in units() if carried_w(u, minutes) >= watts]
    return min(apt, key=lambda u: u.power_va).id if apt else None


ROWS = [
    # watts, by the ratings, for 15 minutes
    # SMT1500RM2U: 1,000 W. For 15 minutes SMT3000RM2U: 1,350 x 10 / 15 = 900 W; the next smaller,
    # SMT2200RM2U, 990 x 10 / 15 = 660 W.
    (700, "apc-smt1500rm2u", "apc-smt3000rm2u"),
    # SMX2000: min(1,800 W, 0.9 x 1,920 VA = 1,728 W). SRT5K: 2,125 x 10 / 15 = 1,416 W.
    (1200, "apc-smx2000rmlv2u", "apc-srt5krmxlt"),
    # SRT5K: 4,250 W. SRT10K: 5,000 x 10 / 15 = 3,333 W; SRT8K 2,666 W.
    (3000, "apc-srt5krmxlt", "apc-srt10krmxlt"),
    # SRT8K: 0.9 x 8,000 VA = 7,200 W. SURT20K carries 8,000 x 10 / 15 = 5,333 W: none alone.
    (6500, "apc-srt8krmxlt", None),
]


def test_the_rows_are_the_guides() -> None:
    assert [row[0] for row in ROWS] == sorted(guide.UPS)


@pytest.mark.parametrize(("watts", "rated", "lasting"), ROWS)
def test_row(watts: int, rated: str, lasting: str | None) -> None:
    assert smallest(watts, 0) == rated
    assert smallest(watts, 15) == lasting


@pytest.mark.parametrize(
    ("watts", "short"), [(700, True), (1200, True), (3000, True), (6500, False)]
)
def test_the_guides_va_fall_short_of_its_watts(watts: int, short: bool) -> None:
    """Of what is sold up to the VA printed, the best carries fewer watts, but for the last row."""
    best = max(carried_w(u, 0) for u in units() if u.power_va <= guide.UPS[watts])
    assert (best < watts) == short


@pytest.mark.parametrize("watts", sorted(guide.UPS))
def test_no_unit_of_the_guides_size_lasts_15_minutes(watts: int) -> None:
    """1,000 VA: 223 W at most; 1,800: 500 W; 4,500: 900 W; 10,000: 3,333 W."""
    best = max(carried_w(u, 15) for u in units() if u.power_va <= guide.UPS[watts])
    assert int(best) == {700: 223, 1200: 500, 3000: 900, 6500: 3333}[watts]
