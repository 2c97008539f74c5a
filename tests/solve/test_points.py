"""The page tells of every limit that is one number how its change is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import build_request
from optimizer.catalog.catalog import Catalog
from optimizer.instance.cases import limits_of
from optimizer.solve import knobs
from optimizer.solve.elastic import SCALE, costs_of
from optimizer.solve.knobs import value_at, with_value
from optimizer.solve.needs import NEEDS, Need
from optimizer.solve.points import PER_CHANGE, points_of

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "explanations.md"


@pytest.mark.parametrize("path", sorted({need.path for need in NEEDS}))
def test_the_change_of_every_number_stands_on_the_page(path: str) -> None:
    flag = knobs.FLAGS.get(path, f"--set {path}")
    table = PAGE.read_text().partition("| limit | what is changed |")[2].partition("\n\n")[0]
    assert f"`{flag}`" in table


ASKED = {
    "model": "llama-8b",
    "budget": 700,
    "max_tco": 9000,
    "noise_limit": 40,
    "targets": {"min_tok_s": 900, "min_tok_s_per_user": 0.5, "max_ttft_s": 0.2},
    "site": {
        "base": "office-closet",
        "inlet_c": 31,
        "airflow_cfm": 90,
        "altitude_m": 1500,
        "floor_kg_m2": 400,
        "liquid_removal_w": 200,
        "rack": {"units": 12, "depth_mm": 700, "load_kg": 300},
    },
}
WITHIN = {"noise": 0.03, "airflow_w": 0.02, "max_ttft_us": 0.001}
"""Field -> how far whole units of the limit may be off; else a thousandth."""


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: str(need.field))
def test_a_search_minimises_the_points_that_are_told(shipped: Catalog, need: Need) -> None:
    """A fifth more of the number asked for, in the limit's units and in those of the request."""
    request = build_request(ASKED, shipped)
    limits = limits_of(request)
    before = value_at(request, need.path)
    after = before - 3 if need.floor else before + (0.8 if need.field == "noise" else before / 5)
    if need.path in (knobs.MIN_TOK_S, knobs.MIN_USER):
        after = before / 2
    after = type(before)(after)
    changed = limits_of(with_value(request, need.path, after))
    units = abs((need.limit(changed) or 0) - (need.limit(limits) or 0))
    assert units
    points = PER_CHANGE + costs_of(request, limits)[need.field] * units / SCALE
    told = points_of(need.path, before, after)
    assert points == pytest.approx(told, rel=WITHIN.get(need.field, 0.001))
