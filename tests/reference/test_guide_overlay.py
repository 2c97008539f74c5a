"""The guide as an overlay: found by name, laid over the truth, and as printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import Catalog, CatalogError, load_catalog
from optimizer.catalog.location import overlay_directory, shipped, shipped_overlays
from optimizer.catalog.merge import yaml_files
from tests.reference import guide_tables as guide

NAME = Path("a100-guide")
DAY = "2025-01"


@pytest.fixture(scope="module")
def base() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def overlaid() -> Catalog:
    return load_catalog([NAME])


def price(catalog: Catalog, component: str, condition: str = "new") -> tuple[float, float]:
    """Low and high of the offer that holds on the guide's day."""
    held = [o for o in catalog.offers[component] if o.condition == condition and o.date <= DAY]
    newest = max(held, key=lambda o: o.date)
    assert newest.date == DAY, component
    return newest.low, newest.high


# By name


def test_a_bare_name_means_the_shipped_overlay(overlaid: Catalog) -> None:
    assert overlay_directory(NAME) == shipped("catalog") / "overlays" / "a100-guide"
    assert overlaid.sha256 == load_catalog([shipped_overlays()["a100-guide"]]).sha256


def test_a_directory_of_that_name_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a100-guide").mkdir()
    monkeypatch.chdir(tmp_path)
    assert overlay_directory(NAME) == NAME


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(CatalogError, match="Did you mean a100-guide") as refused:
        load_catalog([Path("a100-giude")])
    assert "no such catalog directory: a100-giude" in str(refused.value)


def test_a_name_unlike_any_is_told_all() -> None:
    with pytest.raises(CatalogError, match="Shipped overlays: a100-guide"):
        load_catalog([Path("zzz")])


@pytest.mark.parametrize("given", ["overlays/a100-guide", "../a100-guide", "/no/such"])
def test_a_path_is_never_a_name(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CatalogError, match="no such catalog directory"):
        load_catalog([Path(given)])


# Laid over, not in


def test_the_base_catalog_leaves_overlays_out(base: Catalog) -> None:
    assert not any("overlays" in path.parts for path in yaml_files(shipped("catalog")))
    assert not any(name.startswith("guide-") for name in (*base.components, *base.sites))


def test_what_the_overlay_does_not_name_stays(base: Catalog, overlaid: Catalog) -> None:
    assert set(base.components) < set(overlaid.components)
    untouched = base.components["h200-nvl-141gb"]
    assert overlaid.components["h200-nvl-141gb"] == untouched


def test_a_changed_figure_brings_its_own_source(base: Catalog, overlaid: Catalog) -> None:
    before, after = (c.components["a100-pcie-80gb"] for c in (base, overlaid))
    assert after.sources == before.sources | {"bandwidth_gb_s": "a100-builds-guide#A100 variants"}
    board = overlaid.components["supermicro-h12ssl-i"]
    assert board.sources["default"] == base.components["supermicro-h12ssl-i"].sources["default"]
    assert board.sources["base_w"] == "a100-builds-guide#tier 1, power requirements"
    assert set(board.estimated) == {"free_slots", "base_w", "base_idle_w", "max_inlet_c"}


def test_every_entry_of_the_guide_rests_on_the_guide(overlaid: Catalog) -> None:
    own = [r for i, r in overlaid.components.items() if i.startswith("guide-")]
    own += [s for i, s in overlaid.sites.items() if i.startswith("guide-")]
    assert len(own) >= 20
    for record in own:
        assert {ref.split("#")[0] for ref in record.sources.values()} == {"a100-builds-guide"}


# Prices as printed


@pytest.mark.parametrize("component", guide.PRICES_NEW)
def test_new_cards(component: str, overlaid: Catalog) -> None:
    assert price(overlaid, component) == guide.PRICES_NEW[component]


def test_used_card(overlaid: Catalog) -> None:
    assert price(overlaid, "a100-pcie-80gb", "used") == (2_000, 3_000)


@pytest.mark.parametrize("tier", guide.BILLS)
def test_bill_lines_are_offers(tier: str, overlaid: Catalog) -> None:
    for component, quantity, low, high in guide.BILLS[tier].lines:
        found = price(overlaid, component)
        assert tuple(quantity * p for p in found) == (low, high), component


@pytest.mark.parametrize(("count", "gb"), guide.HGX)
def test_hgx_table(count: int, gb: int, overlaid: Catalog) -> None:
    board, system, like = guide.HGX[count, gb]
    name = f"guide-hgx-a100-{count}gpu-{gb}gb"
    assert price(overlaid, name) == board
    assert price(overlaid, name, "used") == (board[0] * 0.4, board[1] * 0.6)
    assert price(overlaid, like) == system


@pytest.mark.parametrize("name", guide.DGX)
def test_dgx_table(name: str, overlaid: Catalog) -> None:
    assert (price(overlaid, name), price(overlaid, name, "used")) == guide.DGX[name]
    if name in guide.STATION_ALSO:
        assert guide.STATION_ALSO[name] not in guide.DGX[name]


@pytest.mark.parametrize("rate", guide.CLOUD)
def test_cloud_rates(rate: str, overlaid: Catalog) -> None:
    assert overlaid.cloud_rates[rate].usd_per_gpu_hour == guide.CLOUD[rate][0]
