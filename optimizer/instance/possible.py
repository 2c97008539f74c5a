"""What no build can have whatever is put around it: one platform with one kind of cards at a time.

A platform must bear the room's noise, air and rack by itself, a board in some chassis that takes
the cards; supplies, circuits and cooling leave a number of watts for cards. All of it is necessary,
none of it sufficient: the solver decides about what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from functools import lru_cache

from optimizer.instance.dominance import undominated
from optimizer.instance.draw import Draw, Room, least_milliwatts_per_watt
from optimizer.instance.items import (
    AcceleratorItem,
    ChassisItem,
    CoolingItem,
    CpuItem,
    HostClass,
    Instance,
    PlatformItem,
    PsuItem,
    Space,
)
from optimizer.schema.request import Redundancy

NO_SPACE = Space()
ENDLESS = 2**62
MANY_CHASSIS = 24
"""Of more than so many, only those count that no other matches."""


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
    _walls: dict[int, int] = field(default_factory=dict)
    _capacity: dict[Hashable, int] = field(default_factory=dict)
    _chassis: dict[str, list[ChassisItem]] = field(default_factory=dict)
    """Form of a board -> chassis that take it."""
    _psus: dict[str, tuple[int, tuple[int, int, int]]] = field(default_factory=dict)
    """Form of a supply -> the most watts, and the most plugs of each sort, of any."""
    _lanes: dict[str, int] = field(default_factory=dict)
    """Socket -> the most lanes that a processor brings."""

    def __post_init__(self) -> None:
        instance = self.instance
        self._draw = Draw.of(instance.items.values())
        for cpu in instance.of_kind("cpu"):
            assert isinstance(cpu, CpuItem)
            self._lanes[cpu.socket] = max(cpu.lanes, self._lanes.get(cpu.socket, 0))
        for chassis in instance.of_kind("chassis"):
            assert isinstance(chassis, ChassisItem)
            for form in chassis.board_forms:
                self._chassis.setdefault(form, []).append(chassis)
        for form, found in self._chassis.items():
            if len(found) > MANY_CHASSIS:
                self._chassis[form] = _roomiest(tuple(found))
        for psu in instance.of_kind("psu"):
            assert isinstance(psu, PsuItem)
            watts, plugs = self._psus.get(psu.form, (0, (0, 0, 0)))
            eps, pcie, pin16 = (
                max(one, other) for one, other in zip(plugs, psu.connectors, strict=True)
            )
            self._psus[psu.form] = (max(watts, psu.capacity_w), (eps, pcie, pin16))
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
            found = (
                self._strongest_w(chassis, platform, host)
                for chassis in self._chassis.get(platform.board_form, ())
                if self._takes(chassis, host) and self._has_place(platform, chassis.space)
            )
            self._capacity[key] = max(found, default=-1)
        return self._capacity[key]

    def _strongest_w(self, chassis: ChassisItem, platform: PlatformItem, host: HostClass) -> int:
        """The most that supplies of the chassis' form deliver, with every plug that is needed."""
        bays, redundancy = chassis.psu_bays, self.instance.limits.redundancy
        watts, plugs = self._psus.get(chassis.psu_form, (-1, (0, 0, 0)))
        eps, *cards = (n * host.count for n in self._card(host).connectors)
        need = (eps + platform.sockets, *cards)
        enough = all(n * bays >= m for n, m in zip(plugs, need, strict=True))
        return working(bays, redundancy) * watts if watts >= 0 and enough else -1

    # -- space and lanes --------------------------------------------------------------------

    def _card(self, host: HostClass) -> AcceleratorItem:
        card = self.instance.items[host.accelerator]
        assert isinstance(card, AcceleratorItem)
        return card

    def _takes(self, chassis: ChassisItem, host: HostClass) -> bool:
        """Whether cards of a host go into a chassis: length, air, positions."""
        card = self._card(host)
        positions = card.slot_width * host.count if "lanes" in self.names else 0
        still = card.passive and chassis.passive_w < max(1, card.power.peak_w)
        return (
            chassis.max_accelerator_mm >= card.length_mm
            and not still
            and chassis.slot_positions >= positions
        )

    def _wired(self, platform: PlatformItem, host: HostClass) -> bool:
        """Whether the lanes of the platform, or of any processors, suffice for the cards."""
        if "lanes" not in self.names or "compatibility" not in self.names:
            return True
        lanes = platform.host_lanes
        if lanes is None:
            lanes = platform.sockets * self._lanes.get(platform.socket, 0)
        return host.lanes_per_accelerator * host.count + platform.lanes_reserved <= lanes

    def _has_place(self, platform: PlatformItem, body: Space) -> bool:
        """Whether the room may take so many of a platform, in a chassis of this space."""
        names, limits, nodes = self.names, self.instance.limits, self.instance.case.nodes
        own, loud, warm = platform.space, limits.noise, limits.inlet_tenths
        if "noise" in names and loud is not None and (own.noise + body.noise) * nodes > loud:
            return False
        if "inlet" in names and warm is not None and platform.max_inlet_tenths < warm:
            return False
        weight = (own.weight_hg + body.weight_hg) * nodes
        return "rack" not in names or (
            (own.rack_tenths + body.rack_tenths) * nodes <= limits.rack_tenths
            and max(own.depth_mm, body.depth_mm) <= limits.depth_mm
            and weight <= limits.load_hg
            and (limits.floor_hg is None or weight <= limits.floor_hg)
        )


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


def possible(instance: Instance, names: frozenset[str]) -> Possible:
    """What is possible, worked out once for an instance and a set of rules."""
    held: dict[frozenset[str], Possible] = instance.__dict__.setdefault("_possible", {})
    if names not in held:
        held[names] = Possible(instance, names)
    return held[names]


@lru_cache(maxsize=256)
def _roomiest(found: tuple[ChassisItem, ...]) -> list[ChassisItem]:
    """Chassis that no other matches in room, air, bays, quiet and smallness, whatever they cost."""

    def columns(c: ChassisItem) -> tuple[int, ...]:
        space = (c.space.noise, c.space.rack_tenths, c.space.depth_mm, c.space.weight_hg)
        return (-c.slot_positions, -c.max_accelerator_mm, -c.psu_bays, -c.passive_w, *space)

    return undominated(found, lambda c: c.psu_form, columns, lambda _c: (0,))
