"""Which feed fails: 30 A at 208 V carry 30 x 208 x 0.8 = 4,992 W for hours, 240 V 5,760 W."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.scenario.request import build_request
from optimizer.schema.explanation import ConflictItem
from optimizer.solve.run import solve


def circuits_item(*circuits: str) -> tuple[ConflictItem, str]:
    """The circuits' part of the conflict of eight modules at full power, and its sentence."""
    catalog = load_catalog()
    request = build_request(
        {
            "model": "llama-405b",
            "weights": ["int8"],
            "context": "16K",
            "concurrency": 4,
            "accelerators": ["a100-sxm4-80gb"],
            "max_nodes": 1,
            "budget": "200k",
            "power_cap": "off",
            "psu_redundancy": "2n",
            "site": {"base": "server-room", "circuits": list(circuits)},
        },
        catalog,
    )
    result = solve(request, catalog)
    assert result.status == "infeasible"
    assert result.explanation is not None
    item = next(i for i in result.explanation.conflict if i.rule == "circuits")
    return item, result.explanation.conflicts[0].sentence


@pytest.mark.slow
def test_the_weaker_feed_is_named() -> None:
    """Feed b is at 208 V with 20 A: 20 x 208 x 0.8 = 3,328 W; feed a, 30 A, carries 4,992 W."""
    item, sentence = circuits_item("30A/208V@a", "20A/208V@b")
    assert item.scope == "feed b alone"
    assert item.allowed == 3328
    assert item.needed is not None
    assert item.needed > 4992
    assert "feed b carrying 3.33 kW when the other is lost" in sentence


@pytest.mark.slow
def test_feeds_alike_both_fail() -> None:
    item, sentence = circuits_item("30A/208V@a", "30A/208V@b")
    assert item.allowed == 4992
    assert item.scope == "feed a or b alone"
    assert "feed a or b carrying 4.99 kW when the other is lost" in sentence
