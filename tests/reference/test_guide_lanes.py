"""The guide's PCIe lane tables: lanes left, bandwidths, and what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import Catalog, load_catalog
from optimizer.instance.hosting import pcie_gb_s
from optimizer.schema.components import Accelerator, Cpu, Nic, Platform, Storage
from tests.reference import guide_tables as guide

HOST_LANES = 128
ROWS = [(tier, *row) for tier, rows in guide.LANES.items() for row in rows]


@pytest.fixture(scope="module")
def base() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def overlaid() -> Catalog:
    return load_catalog([Path("a100-guide")])


def lanes_of(catalog: Catalog, component: str) -> int:
    held = catalog.components[component]
    assert isinstance(held, Accelerator | Storage | Nic)
    return held.pcie_lanes


@pytest.mark.parametrize("cpu", ["epyc-7313", "epyc-7343", "epyc-7543", "epyc-7742"])
def test_processors_have_128_lanes(cpu: str, base: Catalog) -> None:
    held = base.components[cpu]
    assert isinstance(held, Cpu)
    assert (held.pcie_lanes, held.pcie_generation) == (HOST_LANES, 4)


@pytest.mark.parametrize("tier", guide.LANES)
def test_lanes_left(tier: str, overlaid: Catalog) -> None:
    left = HOST_LANES
    for component, lanes, _, remaining in guide.LANES[tier]:
        assert lanes_of(overlaid, component) == lanes
        left -= lanes
        assert left == remaining
    assert left == guide.LANES_LEFT[tier]


@pytest.mark.parametrize(("tier", "component", "lanes", "gb_s", "left"), ROWS)
def test_bandwidth_of_a_row(
    tier: str, component: str, lanes: int, gb_s: float, left: int, overlaid: Catalog
) -> None:
    """Cards are printed with both directions added, drives with one: 4.0 has 1.97 GB/s a lane."""
    directions = 1 if isinstance(overlaid.components[component], Storage) else 2
    assert gb_s == pytest.approx(directions * pcie_gb_s(4, lanes), rel=0.02)
    assert (guide.ONE_WAY.get(int(gb_s)) == lanes) == (directions == 1)


@pytest.mark.parametrize("gpus", [4, 8])
def test_sxm_modules_take_no_lanes_in_the_guide(gpus: int, overlaid: Catalog) -> None:
    board = overlaid.components[f"guide-hgx-a100-{gpus}gpu-80gb"]
    assert isinstance(board, Platform)
    assert (board.lanes_per_accelerator, board.lanes_reserved) == (0, 0)
    assert board.host_lanes == HOST_LANES


def test_sxm_modules_take_x16_or_an_uplink_in_truth(base: Catalog) -> None:
    """Four modules hang on x16 each: 64 lanes; eight hang on switches, with x16 uplinks."""
    four = base.components["smc-as-2124gq-nart-a100-80gb"]
    eight = base.components["smc-as-4124go-nart-a100-80gb"]
    assert isinstance(four, Platform)
    assert isinstance(eight, Platform)
    assert 4 * four.lanes_per_accelerator == 64
    assert eight.lanes_reserved == 64
    # two processors give 128 to 160 lanes: 88 to 96 are left beside four modules, not 128
    assert 128 <= (four.host_lanes or 0) <= 160
    assert (four.host_lanes or 0) - 64 - four.lanes_reserved < HOST_LANES
