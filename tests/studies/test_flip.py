"""The price at which the choice between used and new flips, over all builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.schema.build import Result
from optimizer.studies.flip import Flip, flip_study
from tests.studies.small import answer, ask, small_catalog

DEARER = """
offers:
  - {component: card-24gb, condition: used, low: %s, typical: %s, high: %s, vendor: Market,
     date: "2026-05-05", source: bench, confidence: low}
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return small_catalog(tmp_path / "small")


def flip(catalog: Catalog, **plain: Any) -> dict[str, Any]:
    return flip_study(ask(catalog, **plain), catalog, lambda r, c, _: answer(r, c))


def conditions(result: Result) -> set[str]:
    assert result.build is not None
    return {ln.condition for ln in result.build.bill_of_materials if ln.kind == "accelerator"}


def test_capex_by_hand(catalog: Catalog) -> None:
    """3,000 + 750 f = 18,000 at f = 20: the used card at 15,000, the price of the new one."""
    found = flip(catalog, objective="capex")
    assert found["exact"]
    assert found["factor"] == pytest.approx(20, abs=0.01)
    (price,) = found["prices"]
    assert price["today_usd"] == 750
    assert price["flip_usd"] == pytest.approx(15_000, abs=5)
    assert found["other_build"]["condition"] == "new"


@pytest.mark.parametrize("objective", ["tco", "capex"])
@pytest.mark.parametrize(("beyond", "chosen"), [(0.998, "used"), (1.002, "new")])
def test_the_choice_is_another_on_the_other_side(
    catalog: Catalog, tmp_path: Path, objective: str, beyond: float, chosen: str
) -> None:
    """Solved again from a catalog file with the used card a little cheaper and a little dearer."""
    price = round(750 * flip(catalog, objective=objective)["factor"] * beyond, 2)
    other = small_catalog(tmp_path / "other", DEARER % ((price,) * 3))
    assert conditions(answer(ask(other, objective=objective), other)) == {chosen}


def test_from_new_to_used(catalog: Catalog, tmp_path: Path) -> None:
    """A used card that costs 40,000 loses; at 15,000 of its price it wins, by capex."""
    dear = small_catalog(tmp_path / "dear", DEARER % ((40_000,) * 3))
    found = flip(dear, objective="capex")
    assert not found["used_today"]
    assert found["factor"] == pytest.approx(0.375, abs=1e-4)


def test_a_throughput_flips_by_bisection(catalog: Catalog) -> None:
    """Within a budget the factor is bracketed to one percent."""
    asked = ask(catalog, budget="20k", accelerators=["card-24gb"])
    found = flip_study(asked, catalog, lambda r, c, _: answer(r, c))
    assert not found["exact"]
    if found["factor"] is not None:
        held = Flip(asked, catalog, lambda r, c, _: answer(r, c))
        assert held.uses(held.at(found["factor"]))
        assert not held.uses(held.at(found["factor"] * 1.0102))
    else:
        assert found["why"]


def test_nothing_to_flip(catalog: Catalog) -> None:
    """Only the used card is on sale."""
    found = flip(catalog, accelerators=["card-24gb"], objective="capex")
    assert (found["used_today"], found["factor"]) == (True, None)
    assert "even at 64 times" in found["why"]
