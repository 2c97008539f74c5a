"""Rules ``budget``, ``lifetime-cost`` and ``stock``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.instance.items import Instance
from tests.make import (
    fitting_parts,
    joined_parts,
    make_case,
    make_costs,
    make_instance,
    make_joined_case,
    make_limits,
    make_purchase,
    make_switch,
)
from tests.rules.pairs import Pair, assert_pair, limit_pair, solve, status

PRICES = {"gpu": 500_000, "server": 200_000, "cpu": 50_000, "dimm": 10_000, "drive": 8_000}
"""One of each in cents: 500,000 + 200,000 + 50,000 + 10,000 + 8,000 = 768,000."""


def priced(**facts: Any) -> Instance:
    return make_instance(prices=PRICES, **facts)


def two_nodes() -> Instance:
    """Every part twice, the switch once: 2 x 768,000 + 30,000 = 1,566,000."""
    case = make_joined_case(2, make_switch())
    return make_instance(joined_parts(), prices={**PRICES, "switch": 30_000}, case=case)


BUDGET = [
    limit_pair("budget", "parts", priced(), "budget_cents", 768_000, 767_999),
    limit_pair(
        "budget",
        "parts and installation",
        priced(installation_cents=32_000),
        "budget_cents",
        800_000,
        799_999,
    ),
    limit_pair(
        "budget", "two nodes and a switch", two_nodes(), "budget_cents", 1_566_000, 1_565_999
    ),
]


def lived() -> Instance:
    """The card costs 1,000 cents in its life and brings back 60,000.

    768,000 + 1,000 - 60,000 = 709,000, and energy: 100 W behind a Titanium supply at half load
    (96 %: 1,042 mW per watt) are 104.2, so 105 W; at 2.5 cents a watt 262.5, so 263 cents.
    """
    gpu = fitting_parts()[0]
    unit = replace(make_costs(500_000, 1_000), residual=60_000)
    bought = make_purchase(gpu, unit=unit)
    return priced(purchases=[bought], microcents_per_watt=2_500_000)


LIFETIME = [
    limit_pair("lifetime-cost", "parts", priced(), "max_tco_cents", 768_000, 767_999),
    limit_pair("lifetime-cost", "life and energy", lived(), "max_tco_cents", 709_263, 709_262),
    limit_pair(
        "lifetime-cost",
        "energy of the switch",
        # 105 W and 15 W: 120 W at 2.5 cents are 300 cents.
        priced(microcents_per_watt=2_500_000, case=make_case(switch_wall_w=15)),
        "max_tco_cents",
        768_300,
        768_299,
    ),
]


def stocked(gpus: int, used: int | None = None) -> Instance:
    """Two nodes of one card, so that two cards are needed."""
    gpu = fitting_parts()[0]
    offers = [make_purchase(gpu, 500_000, stock=gpus)]
    if used is not None:
        offers.append(make_purchase(gpu, 300_000, condition="used", stock=used))
    case = make_joined_case(2, make_switch())
    return make_instance(joined_parts(), purchases=offers, case=case)


STOCK = [Pair("stock", "one offer", stocked(2), stocked(1))]
PAIRS = [*BUDGET, *LIFETIME, *STOCK]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.id)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_units_are_split_over_offers() -> None:
    """One used card at 3,000 dollars, and the other new."""
    _, choice = solve(stocked(5, used=1))
    assert choice is not None
    assert (choice.purchases["gpu:used"], choice.purchases["gpu:new"]) == (1, 1)
    assert status(stocked(1, used=1)) == "optimal"
    assert status(stocked(1, used=0)) == "infeasible"


def test_a_budget_of_nothing_buys_what_is_owned() -> None:
    """Where every part is free the sum is empty; installation alone may break the budget."""
    assert status(make_instance(limits=make_limits(budget_cents=0))) == "optimal"
    paid = make_instance(limits=make_limits(budget_cents=0), installation_cents=1)
    assert status(paid) == "infeasible"
