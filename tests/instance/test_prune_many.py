"""Parts with several prices, accelerators, and groups large enough for arrays."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.instance import dominance
from optimizer.instance.carriers import carriers
from optimizer.instance.dominance import undominated
from optimizer.instance.hosting import hosts_of
from optimizer.instance.prune import prune_cards, prune_items
from optimizer.schema.components import Accelerator, Platform
from tests.make import make_cpu, make_gpu, make_purchase

CATALOG = load_catalog()


def card(**changes: Any) -> Accelerator:
    record = CATALOG.components["a100-pcie-80gb"]
    assert isinstance(record, Accelerator)
    return record.replace(**changes)


@pytest.mark.parametrize(
    ("capex", "tco", "left"),
    [
        (801, 951, {"cpu"}),  # dearer than the used one in both
        (799, 951, {"cpu", "other"}),  # cheaper to buy than either
        (801, 899, {"cpu", "other"}),  # cheaper to own than either
        (900, 900, {"cpu", "other"}),  # the same as the new one: names would decide
        (901, 901, {"cpu"}),
        (850, 940, {"cpu", "other"}),  # neither is at least as good in both
    ],
)
def test_any_one_of_several_conditions_beats_another_part(
    capex: int, tco: int, left: set[str]
) -> None:
    cpu, other = make_cpu(), make_cpu("other")
    new = make_purchase(cpu, 900)
    used = make_purchase(cpu, 800, condition="used", lifetime_cents=150)
    third = make_purchase(other, capex, lifetime_cents=tco - capex)
    assert {i.id for i in prune_items([cpu, other], [new, used, third])} == left


@pytest.mark.parametrize(("capex", "left"), [(700, {"b"}), (850, {"b"}), (1000, {"a"})])
def test_a_part_with_several_conditions_falls_to_one_that_beats_all(
    capex: int, left: set[str]
) -> None:
    a, b = make_cpu("a"), make_cpu("b")
    new = make_purchase(a, 900)
    used = make_purchase(a, 850, condition="used", lifetime_cents=100)
    kept = prune_items([a, b], [new, used, make_purchase(b, capex)])
    assert {i.id for i in kept} == left


BETTER = [
    {"bandwidth_gb_s": 1_936.0},
    {"fp16_tflops": 313.0},
    {"int8_tops": 625.0},
    {"tdp_w": 299},
    {"idle_w": 30},
    {"length_mm": 100.0},
    {"weight_kg": 0.5},
]
"""Each a little better than the card in the catalog."""
OTHER: list[dict[str, Any]] = [
    {"vram_mib": 81_921},
    {"generation": "hopper"},
    {"fp8_tflops": 600.0},
    {"slot_width": 3},
    {"cooling": "active"},
    {"pcie_generation": 5},
    {"nvlink_gb_s": None},
    {"bridge": None},
]
"""What decides where a card fits and which formats it runs."""


def left(other: Accelerator, cents: int = 90, listing: dict[str, list[str]] | None = None) -> int:
    """How many are left of a card at 100 cents and of another."""
    item, twin = make_gpu("one"), make_gpu("two")
    first, second = card(id="one"), other.replace(id="two")
    offers = {"one": [make_purchase(item, 100)], "two": [make_purchase(twin, cents)]}
    return len(prune_cards([first, second], offers, listing or {}))


@pytest.mark.parametrize("change", BETTER, ids=str)
def test_a_card_that_is_worse_in_something_stays(change: dict[str, Any]) -> None:
    assert left(card(), 90) == 1
    assert left(card(**change), 90) == 1
    assert left(card(**change), 101) == 2


@pytest.mark.parametrize("change", OTHER, ids=str)
def test_cards_of_another_kind_are_not_compared(change: dict[str, Any]) -> None:
    assert left(card(**change), 90) == 2


def test_only_a_lower_tco_makes_a_card_superfluous() -> None:
    assert left(card(), 100) == 2
    assert left(card(), 99) == 1


def test_a_card_that_a_platform_names_stays() -> None:
    assert left(card(), 90, {"one": ["board"]}) == 2
    assert left(card(), 90, {"one": ["board"], "two": ["board"]}) == 1


@pytest.mark.parametrize("seed", range(4))
def test_arrays_and_loops_keep_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    rows = [tuple(random.randrange(12) for _ in range(4)) for _ in range(900)]
    numbered = list(enumerate(rows))

    def kept() -> list[tuple[int, tuple[int, ...]]]:
        return undominated(
            numbered,
            lambda r: r[0] % 2,
            lambda r: r[1],
            lambda r: (*r[1][:2], r[0]),
            lambda r: [r[1][:2], (r[1][0] + 1, max(0, r[1][1] - 1))],
        )

    large = kept()
    monkeypatch.setattr(dominance, "MANY", 10_000)
    assert kept() == large
    assert 2 < len(large) < 400


def test_groups_offer_what_each_platform_offers() -> None:
    """Every platform of the catalog with every card, one by one."""
    cards = {c.id: c for c in CATALOG.of_kind("accelerator") if isinstance(c, Accelerator)}
    platforms = [p for p in CATALOG.of_kind("platform") if isinstance(p, Platform)]
    bought = set(list(cards)[::2]) | {"a100-pcie-80gb", "rtx-3090"}
    found = carriers(platforms, cards, bought, CATALOG.kinds)
    for platform in platforms:
        inside = {p.id for p in platform.included if CATALOG.kinds[p.id] == "accelerator"}
        expected = {
            key for i in (inside or bought) if i in cards for key in hosts_of(platform, cards[i])
        }
        group = found.group.get(platform.id)
        assert set(() if group is None else found.ways[group]) == expected
    assert len(found.ways) < len(found.group) / 2
    for way, groups in found.offered().items():
        assert [way in ways for ways in found.ways] == [g in groups for g in range(len(found.ways))]


def test_parts_of_several_conditions_never_change_an_answer() -> None:
    """What is dropped could be replaced by one part that is left, at each of its prices."""
    prices = list(product((90, 100), (0, 10, 20)))
    for n, (price, life) in enumerate(prices):
        for other_price, other_life in prices[n:]:
            a, b = make_cpu("a"), make_cpu("b")
            offers = [
                make_purchase(a, price, lifetime_cents=life),
                make_purchase(b, other_price, lifetime_cents=other_life),
                make_purchase(b, other_price - 5, condition="used", lifetime_cents=other_life + 20),
            ]
            kept = {i.id for i in prune_items([a, b], offers)}
            costs = {p.key: (p.unit.tco, p.unit.capex) for p in offers}
            if "a" not in kept:
                beaten = [costs[k] for k in ("b:new", "b:used")]
                assert any(t < costs["a:new"][0] and c <= costs["a:new"][1] for t, c in beaten)
            if "b" not in kept:
                for key in ("b:new", "b:used"):
                    assert all(x <= y for x, y in zip(costs["a:new"], costs[key], strict=True))
