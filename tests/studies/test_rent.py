"""Owning against renting: rates, capacity, and sums that can be checked by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.schema.build import Build, Result
from optimizer.schema.components import Accelerator
from optimizer.studies.capacity import Need, capacity_scorer, host_of, least_capacity
from optimizer.studies.rent import Wish, best_rates, need_of, rent_study
from tests.studies.small import answer, ask, small_catalog


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("rent") / "small")


def study(catalog: Catalog, wish: Wish | None = None, **plain: Any) -> dict[str, Any]:
    return rent_study(answer(ask(catalog, **plain), catalog), catalog, wish or Wish())


def built(result: Result) -> Build:
    assert result.build is not None
    return result.build


def test_rates_that_one_can_hold(catalog: Catalog) -> None:
    """Newest of each provider and term; no spot, no commitment; old ones only for want of new."""
    rates = best_rates(ask(catalog), catalog, Wish())
    assert {i: (r.id, stale) for i, (r, stale) in rates.items()} == {
        "card-24gb": ("b", False),
        "card-80gb": ("f", True),
    }


def test_rates_asked_for(catalog: Catalog) -> None:
    def chosen(wish: Wish, **plain: Any) -> str:
        return best_rates(ask(catalog, **plain), catalog, wish)["card-24gb"][0].id

    assert chosen(Wish(terms=("spot",))) == "c"
    assert chosen(Wish(terms=("1-year commit", "on-demand"))) == "d"
    assert chosen(Wish(providers=("East",))) == "e"
    assert chosen(Wish(), prices_as_of="2026-04-01") == "a"


@pytest.mark.parametrize("card", ["card-24gb", "card-80gb"])
@pytest.mark.parametrize("tok_s", [1, 400, 2_000, 9_000])
def test_least_capacity_is_what_trying_all_finds(catalog: Catalog, card: str, tok_s: int) -> None:
    record = catalog.components[card]
    assert isinstance(record, Accelerator)
    scorer = capacity_scorer(ask(catalog, concurrency=40), catalog, {card: record})
    need = Need(tok_s * 1000, 5_000)
    tried = [
        count * instances
        for count in (1, 2, 4, 8)
        for instances in range(1, 33)
        if any(need.met_by(d) for d in scorer.on_host(host_of(record, count), instances, 0))
    ]
    found = least_capacity(scorer, record, need)
    assert (found.accelerators if found else None) == min(tried, default=None)


def test_what_is_to_be_matched(catalog: Catalog) -> None:
    request = ask(catalog, targets={"min_tok_s": 100, "max_ttft_s": 2}, duty="25%")
    build = built(answer(request, catalog))
    own = round(build.performance.output_tok_s * 1000)
    assert need_of("targets", request, build) == Need(100_000, 5_000, 2_000_000)
    assert need_of("throughput", request, build).output_milli == own
    assert need_of("load", request, build).output_milli == -(-own // 4)


def test_sums_that_an_accountant_checks(catalog: Catalog) -> None:
    """One card at 0.50: 365 a month always on, 182.50 by half the hours, 13,140 in three years."""
    document = study(catalog, discount_rate=0)
    own = document["result"]["build"]["costs"]
    first = document["clouds"][0]
    assert (first["accelerators"], first["provider"], first["date"]) == (1, "North", "2026-05-01")
    always, busy = document["plans"][:2]
    assert (always["usd_per_month"], busy["usd_per_month"]) == (365, 182.5)
    assert (always["rent_usd"], busy["rent_usd"]) == (13_140, 6_570)
    assert always["own_usd"] == pytest.approx(own["tco_usd"], abs=0.02)
    assert always["break_even_simple_months"] == pytest.approx(3_750 / 365, abs=0.01)
    assert always["npv_usd"] == pytest.approx(13_140 - own["tco_usd"], abs=0.02)
    curves = document["curves"]
    assert curves["month"] == list(range(37))
    assert (curves["own"][0], curves["always_on"][0]) == (3_750, 0)
    resale = document["own"]["resale_usd"]
    assert curves["own"][-1] == pytest.approx(own["tco_usd"] + resale, abs=0.02)
    at = always["payback_month"]
    assert curves["own"][at] <= curves["always_on"][at]
    assert curves["own"][at - 1] > curves["always_on"][at - 1]


def test_crossover_is_where_a_new_solve_costs_as_much(catalog: Catalog) -> None:
    """Solved again at that duty cycle, the build costs what renting those hours does."""
    share = study(catalog)["crossover"]["busy_share"]
    assert 0 < share < 1
    costs = built(answer(ask(catalog, duty=share), catalog)).costs
    assert costs.tco_usd == pytest.approx(13_140 * share, rel=0.01)


def test_rents_that_fall(catalog: Catalog) -> None:
    """4,380 in the first year, then 10 % less each year."""
    plans = study(catalog, Wish(rent_change=-0.1))["plans"]
    assert plans[0]["rent_usd"] == pytest.approx(4_380 * (1 + 0.9 + 0.81), abs=0.01)


def test_capacity_that_cannot_be_given_back(catalog: Catalog) -> None:
    """A commitment is paid in idle hours too; a load spread over all hours leaves none."""
    for document in (
        study(catalog, Wish(terms=("1-year commit",))),
        study(catalog, Wish(match="load")),
    ):
        assert [plan["billing"] for plan in document["plans"]] == ["always_on"]
        assert document["crossover"] is None


def test_nobody_rents_it_out(catalog: Catalog) -> None:
    document = study(catalog, Wish(providers=("South",), terms=("on-demand",)))
    assert (document["clouds"], document["plans"], document["curves"]) == ([], [], None)
    json.dumps(document)


def test_billed_by_request(catalog: Catalog) -> None:
    """The build's tokens at half duty, made at the rented throughput: 365 x share a month."""
    document = study(catalog, Wish(match="targets"))
    own, cloud = document["own"], document["clouds"][0]
    share = 0.5 * own["output_tok_s"] / cloud["output_tok_s"]
    plans = {plan["billing"]: plan for plan in document["plans"]}
    if share <= 1:
        assert plans["by_request"]["usd_per_month"] == pytest.approx(365 * share, abs=0.01)
    else:
        assert "by_request" not in plans


def test_a_commitment_is_paid_out(catalog: Catalog) -> None:
    """0.30 an hour: 219 a month; 18 months need two commitments of a year, the second at -10 %."""
    document = study(catalog, Wish(terms=("1-year commit",), rent_change=-0.1), horizon="18 months")
    (plan,) = document["plans"]
    assert (plan["usd_per_month"], plan["committed_months"]) == (219, 12)
    assert plan["rent_usd"] == pytest.approx(219 * 12 + 219 * 0.9 * 12, abs=0.01)


def test_traffic_is_added_to_every_rent(catalog: Catalog) -> None:
    plain, more = study(catalog), study(catalog, Wish(egress_usd_per_month=45))
    for one, other in zip(plain["plans"], more["plans"], strict=True):
        assert other["usd_per_month"] == one["usd_per_month"] + 45
        assert other["npv_usd"] > one["npv_usd"]


def test_an_api_by_hand(catalog: Catalog) -> None:
    """X tok/s, half the time, 730 hours; 1,024 in for 512 out: twice as many at half the price."""
    document = study(catalog, Wish(api_output_usd=2.0, api_input_usd=1.0), discount_rate=0)
    outputs = document["own"]["output_tok_s"] * 3600 * 730 * 0.5 / 1e6
    api = document["api"]
    assert api["million_output_tokens_per_month"] == pytest.approx(outputs, abs=1e-3)
    assert api["usd_per_month"] == pytest.approx(outputs * 4, abs=0.01)
    plan = document["plans"][-1]
    assert plan["billing"] == "api"
    assert plan["rent_usd"] == pytest.approx(36 * outputs * 4, abs=0.2)
    tco = document["own"]["tco_usd"]
    assert plan["npv_usd"] == pytest.approx(plan["rent_usd"] - tco, abs=0.5)
    assert api["break_even_factor"] == pytest.approx(tco / plan["rent_usd"], rel=1e-4)
    share = document["crossover"]["api_share"]
    costs = built(answer(ask(catalog, duty=share), catalog)).costs
    assert costs.tco_usd == pytest.approx(plan["rent_usd"] / 0.5 * share, rel=0.01)


def test_a_loan_is_paid_month_by_month(catalog: Catalog) -> None:
    """Nothing now, and the same total: owning costs its TCO, interest included."""
    document = study(catalog, financing="loan", loan_rate="12%", loan_years="12 months")
    costs = document["result"]["build"]["costs"]
    assert document["curves"]["own"][0] == 0
    assert document["plans"][0]["own_usd"] == pytest.approx(costs["tco_usd"], abs=0.05)
