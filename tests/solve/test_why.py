"""Parts forced in and out; expected figures by hand: a tower costs $3,000, a 24 GB card $750."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.schema.explanation import Why
from optimizer.solve.run import SolveOptions, solve

ASKED = ("card-24gb", "card-80gb", "tower", "drive-2tb")


def asked(catalog: Catalog, **changes: object) -> dict[str, Why]:
    request = build_request({"model": "small", "objective": "capex", **changes}, catalog)
    return {w.part: w for w in answered(solve(request, catalog, SolveOptions(why=ASKED)))}


def answered(result: Result) -> tuple[Why, ...]:
    assert result.status == "optimal"
    return result.why


def test_what_leaving_it_out_costs(small: Catalog) -> None:
    card = asked(small)["card-24gb"]
    request = build_request(
        {"model": "small", "objective": "capex", "exclude": ["card-24gb"]}, small
    )
    other = solve(request, small)
    assert card.in_answer
    assert card.verdict == "possible"
    assert other.build is not None
    assert card.objective == other.objective.value
    assert card.extra_capex_usd == other.build.costs.capex_usd - 3750
    bought = [line.name for line in other.build.bill_of_materials if line.kind == "accelerator"]
    assert list(card.instead) == bought
    assert card.objective_gain is not None
    assert card.objective_gain < 0


def test_nothing_fits_without_the_only_platform(small: Catalog) -> None:
    assert asked(small)["tower"].verdict == "needed"


def test_what_is_needed_says_for_which_limits(small: Catalog) -> None:
    """Any other card costs more than the $4,000 that a tower and a 24 GB card stay below."""
    card = asked(small, budget=4000)["card-24gb"]
    assert card.verdict == "needed"
    assert [item.rule for item in card.conflict] == ["budget"]
    assert card.reason.startswith("The budget is $4,000")
    assert "no build without it costs less than" in card.reason


def test_what_having_it_in_costs(small: Catalog) -> None:
    card = asked(small)["card-80gb"]
    request = build_request(
        {"model": "small", "objective": "capex", "accelerators": ["card-80gb"]}, small
    )
    other = solve(request, small)
    assert not card.in_answer
    assert (card.verdict, card.objective) == ("possible", other.objective.value)


def test_the_limit_that_forbids_it(small: Catalog) -> None:
    card = asked(small, budget=4000)["card-80gb"]
    assert card.verdict == "forbidden"
    assert [item.rule for item in card.conflict] == ["budget"]
    assert card.conflict[0].allowed == 4000
    assert "$4,000" in card.reason


def test_what_was_left_out_says_why(small: Catalog) -> None:
    card = asked(small, exclude=["card-80gb"])["card-80gb"]
    assert (card.verdict, card.reason) == ("excluded", "excluded by the request")


def test_a_part_inside_a_platform_counts_as_used(small: Catalog) -> None:
    assert asked(small)["drive-2tb"].in_answer


@pytest.mark.slow
def test_what_is_sold_inside_a_platform_alone_was_not_left_out(shipped: Catalog) -> None:
    """Nobody sells a GB10 by itself; the box that holds one has a price."""
    request = build_request({"model": "qwen3-32b", "budget": "9k", "site": "home-20a"}, shipped)
    result = solve(request, shipped, SolveOptions(why=("gb10-128gb", "gh200-144gb")))
    inside, unsold = answered(result)
    assert inside.verdict == "possible"
    assert inside.build is not None
    assert inside.build.accelerator == "gb10-128gb"
    assert (unsold.verdict, unsold.reason) == ("excluded", "no price in the catalog")
    left_out = {item.component for item in result.excluded}
    assert "gb10-128gb" not in left_out
    assert "gh200-144gb" in left_out


@pytest.mark.slow
def test_on_the_shipped_catalog(shipped: Catalog) -> None:
    request = build_request({"model": "llama-405b", "budget": "150k"}, shipped)
    parts = ("a100-sxm4-80gb", "h100-sxm-80gb", "rtx-3090", "a10")
    found = {w.part: w for w in answered(solve(request, shipped, SolveOptions(why=parts)))}
    assert found["a100-sxm4-80gb"].verdict == "possible"
    assert [i.rule for i in found["h100-sxm-80gb"].conflict] == ["budget"]
    assert "vram" in [i.rule for i in found["rtx-3090"].conflict]
    assert found["a10"].verdict == "excluded"
