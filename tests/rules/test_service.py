"""Rule ``targets``: what the users are promised."""

from __future__ import annotations

import pytest

from optimizer.instance.items import Instance
from tests.make import make_deployment, make_instance, make_limits
from tests.rules.pairs import Pair, assert_pair, limit_pair, solve, status


def served() -> Instance:
    """100 tok/s in all, 10 per user, first token after half a second."""
    return make_instance()


PAIRS = [
    limit_pair("targets", "total", served(), "min_output_milli", 100_000, 100_001),
    limit_pair("targets", "per user", served(), "min_user_milli", 10_000, 10_001),
    limit_pair("targets", "first token", served(), "max_ttft_us", 500_000, 499_999),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda p: p.name)
def test_boundary(case: Pair) -> None:
    assert_pair(case)


def test_the_layout_that_meets_every_target_is_found() -> None:
    layouts = [
        make_deployment(output_milli=300_000, user_milli=4_000),
        make_deployment(output_milli=200_000, user_milli=8_000),
        make_deployment(output_milli=100_000, user_milli=16_000),
    ]
    limits = make_limits(min_output_milli=150_000, min_user_milli=5_000)
    _, choice = solve(make_instance(deployments=layouts, limits=limits))
    assert choice is not None
    assert choice.deployment == 1


def test_layouts_that_make_nothing_never_meet_a_target() -> None:
    idle = [make_deployment(output_milli=0, user_milli=0)]
    for key in ("min_output_milli", "min_user_milli"):
        limits = make_limits(**{key: 1})
        assert status(make_instance(deployments=idle, limits=limits)) == "infeasible"
    assert status(make_instance(deployments=idle)) == "optimal"
