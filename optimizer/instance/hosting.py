"""Which platform can carry which accelerators, how many, and over which link.

Link bandwidths are one direction per accelerator: PCIe by generation and width (line rate times
128b/130b), NVLink and Infinity Fabric as half of the vendor's bidirectional total.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.schema.components import Accelerator, Platform, PowerConnectors

PCIE_GB_S_PER_LANE = {3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
"""PCIe line rate per lane and direction after encoding."""


@dataclass(frozen=True, slots=True, order=True)
class HostKey:
    """A way for a node to carry accelerators; equal keys are interchangeable for a deployment.

    They are looked up all the time, so that the hash is kept.
    """

    accelerator: str
    count: int
    fabric: str
    link_gb_s: float
    lanes_per_accelerator: int
    board: bool
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = (self.accelerator, self.count, self.fabric, self.link_gb_s, self.board)
        object.__setattr__(self, "_hash", hash((*own, self.lanes_per_accelerator)))

    def __hash__(self) -> int:
        return self._hash


def pcie_gb_s(generation: int, lanes: int) -> float:
    """One-direction bandwidth of a PCIe link in GB/s."""
    return round(PCIE_GB_S_PER_LANE[generation] * lanes, 3)


def plugs(connectors: PowerConnectors | None) -> tuple[int, int, int]:
    """(EPS 8-pin, PCIe 8-pin, 16-pin) as a tuple; none as zeros."""
    if connectors is None:
        return (0, 0, 0)
    return (connectors.eps8, connectors.pcie8, connectors.pin16)


def misfit(platform: Platform, card: Accelerator) -> str | None:
    """Why a platform cannot carry an accelerator, or None if it can."""
    if platform.interface != card.interface:
        return "interface"
    if platform.accelerators is not None and card.id not in platform.accelerators:
        return "not among the accelerators the platform takes"
    if card.slot_width is not None and card.slot_width > platform.max_slot_width:
        return "slot width"
    if platform.max_accelerator_w is not None and (card.tdp_w or 0) > platform.max_accelerator_w:
        return "more heat than the platform removes per card"
    if platform.kind != "board" and card.interface == "pcie":
        if card.cooling == "passive" and not platform.passive_airflow:
            return "passive card without forced air"
        have = plugs(platform.power_connectors)
        if any(n > h for n, h in zip(plugs(card.power_connectors), have, strict=True)):
            return "power plugs"
    return None


def _included_count(platform: Platform, card: Accelerator) -> int:
    return sum(part.quantity for part in platform.included if part.id == card.id)


def hosts_of(platform: Platform, card: Accelerator) -> list[HostKey]:
    """Every way in which ``platform`` carries ``card``; empty when it cannot.

    A platform that has accelerators inside carries exactly those.
    """
    if misfit(platform, card) is not None:
        return []
    inside = _included_count(platform, card)
    counts = [inside] if inside else list(platform.accelerator_counts)
    keys = []
    for count in counts:
        for fabric, link in _links(platform, card, count):
            keys.append(
                HostKey(
                    card.id,
                    count,
                    fabric,
                    link,
                    platform.lanes_per_accelerator,
                    platform.kind == "board",
                )
            )
    return keys


def _links(platform: Platform, card: Accelerator, count: int) -> list[tuple[str, float]]:
    generation = min(platform.pcie_generation, card.pcie_generation)
    lanes = min(platform.accelerator_link_lanes, card.pcie_lanes)
    pcie = ("pcie", pcie_gb_s(generation, lanes))
    if count == 1:
        return [pcie]
    if platform.fabric not in ("pcie", "bridge") and card.nvlink_gb_s:
        return [(platform.fabric, card.nvlink_gb_s / 2)]
    links = [pcie]
    bridged = platform.bridges_fit and card.bridge is not None and card.nvlink_gb_s
    if bridged and card.nvlink_gb_s and count % 2 == 0:
        links.append(("bridge", card.nvlink_gb_s / 2))
    return links
