"""What is put around platforms: chassis for boards, the supplies in them, processors' lanes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from optimizer.instance.dominance import undominated
from optimizer.instance.items import (
    AcceleratorItem,
    ChassisItem,
    CpuItem,
    Item,
    PlatformItem,
    PsuItem,
)
from optimizer.schema.request import Redundancy

MANY_CHASSIS = 24
"""Of more than so many, only those count that no other matches."""


@dataclass(slots=True)
class Bodies:
    """The best of some parts for any platform; whatever they cost."""

    redundancy: Redundancy
    chassis: dict[str, list[ChassisItem]] = field(default_factory=dict)
    """Form of a board -> chassis that take it."""
    psus: dict[str, tuple[int, tuple[int, int, int]]] = field(default_factory=dict)
    """Form of a supply -> the most watts, and the most plugs of each sort, of any."""
    lanes: dict[str, int] = field(default_factory=dict)
    """Socket -> the most lanes that a processor brings."""

    @classmethod
    def of(cls, items: Iterable[Item], redundancy: Redundancy) -> Bodies:
        """Those among some parts."""
        made = cls(redundancy)
        for item in items:
            if isinstance(item, CpuItem):
                made.lanes[item.socket] = max(item.lanes, made.lanes.get(item.socket, 0))
            elif isinstance(item, ChassisItem):
                for form in item.board_forms:
                    made.chassis.setdefault(form, []).append(item)
            elif isinstance(item, PsuItem):
                watts, plugs = made.psus.get(item.form, (0, (0, 0, 0)))
                eps, pcie, pin16 = (
                    max(one, other) for one, other in zip(plugs, item.connectors, strict=True)
                )
                made.psus[item.form] = (max(watts, item.capacity_w), (eps, pcie, pin16))
        for form, found in made.chassis.items():
            if len(found) > MANY_CHASSIS:
                made.chassis[form] = _roomiest(tuple(found))
        return made

    def lanes_of(self, platform: PlatformItem) -> int:
        """The most lanes that a platform has, with any processors."""
        if platform.host_lanes is not None:
            return platform.host_lanes
        return platform.sockets * self.lanes.get(platform.socket, 0)

    def taking(
        self, platform: PlatformItem, card: AcceleratorItem, count: int, *, placed: bool
    ) -> Iterator[ChassisItem]:
        """Chassis for a board with so many cards: length, air and, if ``placed``, positions."""
        positions = card.slot_width * count if placed else 0
        for chassis in self.chassis.get(platform.board_form, ()):
            still = card.passive and chassis.passive_w < max(1, card.power.peak_w)
            long = chassis.max_accelerator_mm < card.length_mm
            if not (still or long) and chassis.slot_positions >= positions:
                yield chassis

    def strongest_w(
        self, chassis: ChassisItem, platform: PlatformItem, card: AcceleratorItem, count: int
    ) -> int:
        """The most that supplies of the chassis' form deliver with every plug that is needed.

        That is after the loss; -1 where no supplies have the plugs.
        """
        bays = chassis.psu_bays
        watts, plugs = self.psus.get(chassis.psu_form, (-1, (0, 0, 0)))
        eps, *cards = (n * count for n in card.connectors)
        need = (eps + platform.sockets, *cards)
        enough = all(n * bays >= m for n, m in zip(plugs, need, strict=True))
        return working(bays, self.redundancy) * watts if watts >= 0 and enough else -1


def working(supplies: int, redundancy: Redundancy) -> int:
    """Supplies that work after the loss."""
    return {"none": supplies, "n+1": supplies - 1, "2n": supplies // 2}[redundancy]


def supply_w(platform: PlatformItem, redundancy: Redundancy) -> int:
    """What the supplies inside a platform deliver after the loss."""
    return {
        "none": platform.supply_capacity_w,
        "n+1": platform.supply_capacity_redundant_w,
        "2n": platform.supply_capacity_halved_w,
    }[redundancy]


@lru_cache(maxsize=256)
def _roomiest(found: tuple[ChassisItem, ...]) -> list[ChassisItem]:
    """Chassis that no other matches in room, air, bays, quiet and smallness, whatever they cost."""

    def columns(c: ChassisItem) -> tuple[int, ...]:
        space = (c.space.noise, c.space.rack_tenths, c.space.depth_mm, c.space.weight_hg)
        return (-c.slot_positions, -c.max_accelerator_mm, -c.psu_bays, -c.passive_w, *space)

    return undominated(found, lambda c: c.psu_form, columns, lambda _c: (0,))
