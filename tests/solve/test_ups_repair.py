"""Minutes that no battery bridges are mended by fewer minutes, to the minute."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.scenario.request import build_request
from optimizer.solve import knobs
from optimizer.solve.run import SolveOptions, solve


@pytest.mark.slow
def test_fewer_minutes_to_the_minute() -> None:
    """An hour on two 20 A circuits: the largest unit there carries 9,900 W min / 60 = 165 W."""
    catalog = load_catalog()
    plain = {
        "model": "llama-3.1-8b",
        "accelerators": ["a100-pcie-80gb"],
        "max_nodes": 1,
        "ups_minutes": 60,
        "site": {
            "base": "home-20a",
            "circuits": ["20A/120V:2"],
            "heat_removal": "1 ton",
            "noise_limit": "server-room",
            "rack": {"units": 42, "depth_mm": 1070, "load_kg": 500},
        },
    }
    result = solve(build_request(plain, catalog), catalog)
    assert result.status == "infeasible"
    assert result.explanation is not None
    assert [c.rule for c in result.explanation.conflict] == ["ups"]
    (repair,) = [r for r in result.explanation.repairs if r.path == knobs.UPS_MINUTES]
    minutes = int(repair.after)  # type: ignore[arg-type]
    assert repair.flag == f"--ups-minutes {minutes}"
    # Two units of 9,900 watt-minutes and a load of at least 500 W: 39.6 minutes at most.
    assert 15 <= minutes <= 39
    for asked, status in ((minutes, "optimal"), (minutes + 1, "infeasible")):
        request = build_request({**plain, "ups_minutes": asked}, catalog)
        assert solve(request, catalog, SolveOptions(explain=False)).status == status
