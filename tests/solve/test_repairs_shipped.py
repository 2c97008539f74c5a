"""Repairs that questions about the shipped catalog were once left without."""

from __future__ import annotations

from optimizer.catalog.catalog import Catalog
from optimizer.scenario.request import build_request
from optimizer.solve.run import solve


def test_circuits_of_another_voltage_mend_supplies(shipped: Catalog) -> None:
    """The supplies of an eight-way server deliver nothing at 120 V."""
    circuits = [{"volts": 120, "amps": 20, "count": 8}]
    asked = {
        "model": "llama-70b",
        "accelerators": ["h100-sxm-80gb"],
        "site": {"base": "server-room", "circuits": circuits},
    }
    told = solve(build_request(asked, shipped), shipped).explanation
    assert told is not None
    assert [(r.path, r.after) for r in told.repairs] == [("site.new_circuits", 1)]


def test_lighter_weights_are_tried_where_the_conflict_is_about_money(shipped: Catalog) -> None:
    """No weights make it fit for $500, but with 4 bits far less money does."""
    asked = {
        "model": "mistral-small-24b",
        "budget": 500,
        "site": "home-15a",
        "context": 32768,
        "owned": ["rtx-3090:1"],
    }
    told = solve(build_request(asked, shipped), shipped).explanation
    assert told is not None
    assert told.combined is not None
    assert {r.path for r in told.combined.changes} == {
        "workloads.0.weights",
        "policy.budget_usd",
    }
    alone = next(r for r in told.repairs if r.path == "policy.budget_usd")
    together = next(r for r in told.combined.changes if r.path == "policy.budget_usd")
    assert isinstance(alone.after, float)
    assert isinstance(together.after, float)
    assert together.after < alone.after / 2
