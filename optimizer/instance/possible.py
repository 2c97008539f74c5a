"""What no build can have whatever is put around it: one platform with one kind of cards at a time.

A platform must bear the room's noise, air and rack by itself, a board in some chassis that takes
the cards; supplies, circuits and cooling leave a number of watts for cards. All of it is necessary,
none of it sufficient: the solver decides about what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field

from optimizer.instance.bodies import Bodies, supply_w
from optimizer.instance.draw import ENDLESS, Draw, Room, least_milliwatts_per_watt
from optimizer.instance.items import (
    AcceleratorItem,
    CoolingItem,
    HostClass,
    Instance,
    PlatformItem,
    Space,
)
from optimizer.instance.seats import NO_SPACE, Asked, together

OF_ROOM = frozenset({"noise", "inlet", "rack"})
"""Rules about what stands in the room."""


@dataclass(slots=True)
class Possible:
    """What an instance leaves possible under the rules of ``names``."""

    instance: Instance
    names: Collection[str]
    platforms: dict[str, int] = field(default_factory=dict)
    """Platform that the room may take -> the most watts of cards that it leaves a node."""
    cards_w: dict[int, int] = field(default_factory=dict)
    """Host -> the most of any platform that offers it."""
    _draw: Draw = field(init=False)
    _bodies: Bodies = field(init=False)
    _asked: Asked = field(init=False)
    _walls: dict[int, int] = field(default_factory=dict)
    _capacity: dict[Hashable, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        instance = self.instance
        self._draw = Draw.of(instance.items.values())
        self._bodies = Bodies.of(instance.items.values(), instance.limits.redundancy)
        without = OF_ROOM.difference(self.names)
        self._asked = Asked.of(instance.limits, instance.case.nodes, without)
        removed = self._removed_w()
        room = Room(instance.case, instance.limits.redundancy)
        for platform in instance.platforms():
            beside = self._draw.least_w(platform) if "compatibility" in self.names else 0
            wall = self._wall_load_w(platform, room, removed)
            for index in platform.hosts:
                host = instance.hosts[index]
                if not self._wired(platform, host):
                    continue
                most = min(wall, self._supplied_w(platform, host)) - beside
                if most >= 0:
                    self.platforms[platform.id] = max(most, self.platforms.get(platform.id, 0))
                    self.cards_w[index] = max(most, self.cards_w.get(index, 0))

    # -- power ------------------------------------------------------------------------------

    def _wall_load_w(self, platform: PlatformItem, room: Room, removed: int) -> int:
        """The load of a node that circuits and cooling bear."""
        supplies = 0 if platform.board else platform.supplies
        if supplies not in self._walls:
            case = self.instance.case
            wall = room.most_w(supplies) if "circuits" in self.names else ENDLESS
            wall = min(wall, max(0, removed) // case.nodes)
            self._walls[supplies] = wall * 1000 // least_milliwatts_per_watt(case.volts)
        return self._walls[supplies]

    def _removed_w(self) -> int:
        """Heat of all nodes that the room and whatever cooling may be bought remove at most."""
        limits, case = self.instance.limits, self.instance.case
        if "cooling" not in self.names:
            return ENDLESS
        removed = limits.heat_removal_w + limits.liquid_removal_w - case.switch_wall_w
        if not limits.extra_cooling:
            return removed
        units = [c for c in self.instance.of_kind("cooling") if isinstance(c, CoolingItem)]
        heard = limits.noise if "noise" in self.names else None
        quiet = [c for c in units if heard is None or c.space.noise <= heard]
        if any(c.plug is None for c in quiet) or (quiet and "circuits" not in self.names):
            return ENDLESS
        return removed + len(case.spare) * max((c.removal_w for c in quiet), default=0)

    def _supplied_w(self, platform: PlatformItem, host: HostClass) -> int:
        """What the supplies deliver, with headroom; -1 where the room bears no such machine."""
        if platform.board and "compatibility" in self.names:
            capacity = self._in_chassis_w(platform, host)
        elif self._has_place(platform, NO_SPACE):
            capacity = supply_w(platform, self.instance.limits.redundancy)
            capacity = ENDLESS if platform.board else capacity
        else:
            return -1
        if "psu" not in self.names and capacity >= 0:
            return ENDLESS
        return capacity * (1000 - self.instance.limits.psu_headroom_permille) // 1000

    def _in_chassis_w(self, platform: PlatformItem, host: HostClass) -> int:
        """The most that supplies deliver in any chassis with room for the cards; -1: none has."""
        card = self._card(host)
        size = (card.slot_width, card.length_mm, card.passive and card.power.peak_w)
        board = (platform.board_form, platform.sockets, platform.space, platform.max_inlet_tenths)
        key = (board, size, card.connectors, host.count)
        if key not in self._capacity:
            taking = self._bodies.taking(platform, card, host.count, placed="lanes" in self.names)
            found = (
                self._bodies.strongest_w(chassis, platform, card, host.count)
                for chassis in taking
                if self._has_place(platform, chassis.space)
            )
            self._capacity[key] = max(found, default=-1)
        return self._capacity[key]

    # -- space and lanes --------------------------------------------------------------------

    def _card(self, host: HostClass) -> AcceleratorItem:
        card = self.instance.items[host.accelerator]
        assert isinstance(card, AcceleratorItem)
        return card

    def _wired(self, platform: PlatformItem, host: HostClass) -> bool:
        """Whether the lanes of the platform, or of any processors, suffice for the cards."""
        if "lanes" not in self.names or "compatibility" not in self.names:
            return True
        need = host.lanes_per_accelerator * host.count + platform.lanes_reserved
        return need <= self._bodies.lanes_of(platform)

    def _has_place(self, platform: PlatformItem, body: Space) -> bool:
        """Whether the room may take so many of a platform, in a chassis of this space."""
        return self._asked.bears(together(platform.space, body), platform.max_inlet_tenths)


def possible(instance: Instance, names: frozenset[str]) -> Possible:
    """What is possible, worked out once for an instance and a set of rules."""
    held: dict[frozenset[str], Possible] = instance.__dict__.setdefault("_possible", {})
    if names not in held:
        held[names] = Possible(instance, names)
    return held[names]
