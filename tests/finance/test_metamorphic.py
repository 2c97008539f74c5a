"""What must hold of costs whatever the figures: dearer power, longer use, other prices."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import load_catalog
from optimizer.catalog.catalog import Catalog
from optimizer.finance.tco import Rates, Terms, exact, residual_share, unit_costs
from optimizer.schema.build import Costs
from tests.studies.small import answer, ask, small_catalog

FLAT = {"electricity_escalation": 0, "service_escalation": 0, "failure_growth": 0}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("metamorphic") / "small")


def costs(catalog: Catalog, **plain: Any) -> Costs:
    result = answer(ask(catalog, **plain), catalog)
    assert result.status == "optimal"
    assert result.build is not None
    return result.build.costs


DEARER: dict[str, list[dict[str, Any]]] = {
    "tariff": [{"electricity": usd} for usd in (0, 0.05, 0.12, 0.13, 0.5, 2)],
    "PUE": [{"site": {"base": "attic", "pue": pue}} for pue in (1.0, 1.2, 1.21, 2.5)],
    "demand": [
        {"site": {"base": "attic", "demand_usd_per_kw_month": usd}} for usd in (0, 5, 20, 500)
    ],
    "colocation": [
        {"site": {"base": "attic", "colocation_usd_per_kw_month": usd}} for usd in (0, 150, 900)
    ],
    "hours of use": [{"duty": duty} for duty in (0.01, 0.3, 0.31, 1.0)],
    "escalation": [{"electricity_escalation": rise} for rise in (-0.1, 0, 0.02, 0.3)],
    "licences": [{"licences": held} for held in ([], ["suite"])],
    "staff": [{"staff": usd} for usd in (0, 1, 5000)],
    "failures": [{"failure_growth": growth} for growth in (0, 0.1, 0.9)],
    "loan": [{"financing": "loan", "loan_rate": rate} for rate in (0, 0.05, 0.2)],
}


@pytest.mark.parametrize("what", DEARER)
def test_dearer_never_lowers_the_total(what: str, catalog: Catalog) -> None:
    totals = [costs(catalog, **plain).tco_usd for plain in DEARER[what]]
    assert all(before <= after for before, after in pairwise(totals)), totals
    assert totals[0] < totals[-1]


@pytest.mark.parametrize("condition", ["new", "used"])
@pytest.mark.parametrize("more", [{}, {"installation": 500, "decommissioning": 100, "spares": 0.1}])
def test_longer_use_never_raises_the_cost_per_token(
    condition: str, more: dict[str, Any], catalog: Catalog
) -> None:
    """Flat prices, nothing replaced, one objective: whole years and broken ones."""
    plain = {**FLAT, **more, "objective": "cost-per-token", "conditions": [condition]}
    each = [
        costs(catalog, horizon=years, **plain).usd_per_million_output_tokens
        for years in (0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 8)
    ]
    assert all(after <= before for before, after in pairwise(each)), each  # type: ignore[operator]


def test_every_shipped_class_loses_value_ever_more_slowly() -> None:
    """``(1 - R(y)) / y`` never rises: what the property above rests on, for each condition."""
    years = [Fraction(n, 4) for n in range(1, 49)]
    for held in {c.id: c for c in load_catalog().cost_classes.values()}.values():
        for age in (0.0, 1.0, 2.0, 3.0):
            lost = [(1 - residual_share(held.residual, y, exact(age))) / y for y in years]
            assert all(after <= before for before, after in pairwise(lost)), (held.id, age)


shares = st.fractions(0, 1, max_denominator=1000)


@given(st.integers(0, 10**8), st.integers(0, 10**6), shares, shares, shares, shares)
def test_a_dearer_part_never_costs_less(
    price: int, more: int, support: Fraction, failures: Fraction, residual: Fraction, tax: Fraction
) -> None:
    """Resale returns less than the price, so a higher price raises every total, but for a cent."""
    rates = Rates(support, failures, residual)
    terms = Terms(Fraction(3), sales_tax=tax, spares=Fraction(1, 20))
    cheap, dear = unit_costs(price, rates, terms), unit_costs(price + more, rates, terms)
    assert cheap.capex <= dear.capex
    assert cheap.tco <= dear.tco + 1
