"""Which platform carries which card, and over which link."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.instance.hosting import HostKey, hosts_of, misfit, pcie_gb_s, plugs
from optimizer.schema.components import Accelerator, Platform, PowerConnectors


def card(**facts: Any) -> Accelerator:
    held: dict[str, Any] = {
        "id": "card",
        "name": "Card",
        "vendor": "nvidia",
        "generation": "ampere",
        "interface": "pcie",
        "vram_mib": 81_920,
        "memory_type": "hbm2e",
        "bandwidth_gb_s": 1935,
        "fp16_tflops": 312,
        "tdp_w": 300,
        "idle_w": 50,
        "slot_width": 2,
        "pcie_generation": 4,
        "power_connectors": {"eps8": 1},
        "cooling": "passive",
        "compute_capability": "8.0",
        "min_cuda": "11.0",
        "min_driver": "450",
    }
    return Accelerator.model_validate({**held, **facts})


def platform(**facts: Any) -> Platform:
    held: dict[str, Any] = {
        "id": "server",
        "name": "Server",
        "kind": "barebone",
        "interface": "pcie",
        "accelerator_counts": [1, 2],
        "max_accelerator_w": 350,
        "pcie_generation": 5,
        "lanes_per_accelerator": 16,
        "nvme_bays": 4,
        "socket": "sp3",
        "sockets": 2,
        "memory_type": "ddr4-rdimm",
        "memory_channels": 16,
        "dimm_slots": 32,
        "power": {
            "quantity": 2,
            "required": 1,
            "capacity_120v_w": 1000,
            "capacity_208v_w": 2000,
            "capacity_240v_w": 2000,
            "efficiency": "titanium",
        },
        "power_connectors": {"eps8": 1, "pcie8": 2},
        "base_w": 200,
        "base_idle_w": 100,
        "cooling": "air",
        "passive_airflow": True,
        "rack_units": 2,
        "depth_mm": 800,
        "weight_kg": 30,
        "noise_dba": 70,
    }
    return Platform.model_validate({**held, **facts})


def test_defaults_fit() -> None:
    assert misfit(platform(), card()) is None


@pytest.mark.parametrize(
    ("on_platform", "on_card", "reason"),
    [
        ({"interface": "sxm4"}, {}, "interface"),
        ({"accelerators": ["other"]}, {}, "not among the accelerators the platform takes"),
        ({"max_slot_width": 2}, {"slot_width": 3}, "slot width"),
        ({"max_accelerator_w": 299}, {}, "more heat than the platform removes per card"),
        ({"passive_airflow": False}, {}, "passive card without forced air"),
        ({}, {"power_connectors": {"eps8": 2}}, "power plugs"),
        ({}, {"power_connectors": {"pcie8": 3}}, "power plugs"),
        ({}, {"power_connectors": {"pin16": 1}}, "power plugs"),
    ],
)
def test_misfits(on_platform: dict[str, Any], on_card: dict[str, Any], reason: str) -> None:
    assert misfit(platform(**on_platform), card(**on_card)) == reason
    assert hosts_of(platform(**on_platform), card(**on_card)) == []


@pytest.mark.parametrize(
    ("on_platform", "on_card"),
    [
        ({"accelerators": ["card", "other"]}, {}),
        ({"max_accelerator_w": 300}, {}),
        ({"max_accelerator_w": None}, {"tdp_w": 700}),
        ({"passive_airflow": False}, {"cooling": "active"}),
        ({}, {"power_connectors": {"pcie8": 2}}),
        ({"max_slot_width": 3}, {"slot_width": 3}),
        # Plugs and air of a board are its chassis' and its supplies' business.
        (
            {"kind": "board", "power": None, "passive_airflow": False, "power_connectors": None},
            {"power_connectors": {"pin16": 1}},
        ),
    ],
)
def test_boundaries_that_fit(on_platform: dict[str, Any], on_card: dict[str, Any]) -> None:
    assert misfit(platform(**on_platform), card(**on_card)) is None


def test_pcie_link_is_the_narrower_and_the_older_of_both() -> None:
    """PCIe 4.0 carries 16 GT/s x 128/130 / 8 = 1.969 GB/s a lane: 31.5 GB/s on sixteen."""
    keys = hosts_of(platform(), card())
    assert keys == [
        HostKey("card", 1, "pcie", 31.504, 16, False),
        HostKey("card", 2, "pcie", 31.504, 16, False),
    ]
    narrow = hosts_of(platform(accelerator_link_lanes=8), card())
    assert {k.link_gb_s for k in narrow} == {15.752}
    old = hosts_of(platform(pcie_generation=3), card())
    assert {k.link_gb_s for k in old} == {15.76}


@pytest.mark.parametrize(("generation", "transfers"), [(3, 8.0), (4, 16.0), (5, 32.0)])
def test_pcie_rates_are_the_line_rates(generation: int, transfers: float) -> None:
    """GT/s x 128/130 bits, eight bits to the byte, sixteen lanes."""
    expected = transfers * 128 / 130 / 8 * 16
    assert pcie_gb_s(generation, 16) == pytest.approx(expected, rel=0.001)


def test_bridges_join_even_numbers_where_they_fit() -> None:
    """NVLink 600 GB/s in both directions is 300 GB/s in one; pairs only, beside plain PCIe."""
    bridged = card(nvlink_gb_s=600, bridge="bridge", bridges_per_pair=3)
    keys = hosts_of(platform(accelerator_counts=[1, 2, 3, 4], bridges_fit=True), bridged)
    ways = {(k.count, k.fabric): k.link_gb_s for k in keys}
    assert ways == {
        (1, "pcie"): 31.504,
        (2, "pcie"): 31.504,
        (2, "bridge"): 300,
        (3, "pcie"): 31.504,
        (4, "pcie"): 31.504,
        (4, "bridge"): 300,
    }
    assert all(k.fabric == "pcie" for k in hosts_of(platform(bridges_fit=False), bridged))
    assert all(k.fabric == "pcie" for k in hosts_of(platform(bridges_fit=True), card()))


def test_modules_on_a_baseboard_use_its_fabric() -> None:
    module = card(interface="sxm4", nvlink_gb_s=600, cooling="module", power_connectors=None)
    board = platform(
        kind="hgx",
        interface="sxm4",
        fabric="nvswitch",
        accelerator_counts=[8],
        power_connectors=None,
    )
    assert hosts_of(board, module) == [HostKey("card", 8, "nvswitch", 300, 16, False)]
    # One module alone talks to nobody.
    single = board.replace(accelerator_counts=(1,))
    assert [k.fabric for k in hosts_of(single, module)] == ["pcie"]


def test_a_platform_carries_what_is_inside_and_no_other_number() -> None:
    system = platform(kind="turnkey", included=[{"id": "card", "quantity": 2}])
    assert [k.count for k in hosts_of(system, card())] == [2]


def test_boards_say_so() -> None:
    board = platform(kind="board", power=None, power_connectors=None)
    assert all(k.board for k in hosts_of(board, card()))


def test_plugs() -> None:
    assert plugs(None) == (0, 0, 0)
    assert plugs(PowerConnectors(eps8=1, pcie8=2, pin16=3)) == (1, 2, 3)
