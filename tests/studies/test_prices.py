"""Sampled prices: the triangle, the correlation, and independence of everything else."""

from __future__ import annotations

from dataclasses import replace
from statistics import correlation, fmean

import pytest

from optimizer import load_catalog
from optimizer.catalog.catalog import Catalog
from optimizer.studies.prices import PriceSampler, repriced, triangular


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("share", "price"),
    # From 0 to 10 with the mode at 4: a share of 0.4 lies left of it; F(2) = 4/40, F(7) = 1 - 9/60.
    [(0.0, 0.0), (0.1, 2.0), (0.4, 4.0), (0.85, 7.0), (1.0, 10.0)],
)
def test_triangle_by_hand(share: float, price: float) -> None:
    assert triangular(0, 4, 10, share) == pytest.approx(price)


def test_a_price_without_a_range_stays() -> None:
    assert triangular(5, 5, 5, 0.3) == 5


def test_prices_stay_in_their_range_and_the_mean_is_that_of_the_triangle(catalog: Catalog) -> None:
    offer = max((o for held in catalog.offers.values() for o in held if o.low), key=lambda o: (
        o.high / o.low, o.component
    ))  # fmt: skip
    drawn = [PriceSampler(catalog, 1).price(offer, n) for n in range(2000)]
    assert offer.low <= min(drawn) < max(drawn) <= offer.high
    mean = (offer.low + offer.typical + offer.high) / 3
    assert fmean(drawn) == pytest.approx(mean, abs=4 * (offer.high - offer.low) / 2000**0.5 / 4)


@pytest.mark.parametrize("asked", [0.0, 0.5, 1.0])
def test_correlation_inside_a_class_and_none_between(catalog: Catalog, asked: float) -> None:
    made = PriceSampler(catalog, 3, asked)
    one, other, cpu = (
        [made.quantile(part, "new", n) for n in range(1500)]
        for part in ("a100-pcie-80gb", "l40s", "epyc-7742")
    )
    # The rank correlation of a Gaussian copula is 6/pi asin(r/2): 0.4826 at 0.5.
    expected = {0.0: 0.0, 0.5: 0.4826, 1.0: 1.0}[asked]
    assert correlation(one, other) == pytest.approx(expected, abs=0.08)
    assert abs(correlation(one, cpu)) < 0.08
    assert fmean(one) == pytest.approx(0.5, abs=0.03)


def test_the_same_seed_gives_the_same_prices_and_another_gives_others(catalog: Catalog) -> None:
    few = replace(catalog, offers={"l40s": catalog.offers["l40s"]})
    spread = PriceSampler(catalog, 7).at(3).offers["l40s"]
    assert PriceSampler(few, 7).at(3).offers["l40s"] == spread
    assert PriceSampler(few, 8).at(3).offers["l40s"] != spread
    assert PriceSampler(few, 7).at(4).offers["l40s"] != spread


def test_other_prices_at_every_price_point(catalog: Catalog) -> None:
    """Twice the typical price, whatever point a request asks for; nothing else changes."""
    few = replace(catalog, offers={"l40s": catalog.offers["l40s"]})
    for before, after in zip(
        few.offers["l40s"], repriced(few, lambda o: 2 * o.typical).offers["l40s"], strict=True
    ):
        assert after.low == after.typical == after.high == 2 * before.typical
        assert (after.date, after.vendor) == (before.date, before.vendor)
