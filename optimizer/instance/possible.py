"""What no build can have whatever is put around it: one platform, one layout at a time.

A platform must bear the room's noise, air and rack by itself, and its supplies, the circuits and
the cooling leave it a number of watts for cards. All of it is necessary, none of it sufficient: the
solver decides about what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from optimizer.instance.draw import Draw, Room, least_milliwatts_per_watt
from optimizer.instance.items import (
    ChassisItem,
    Instance,
    Item,
    Limits,
    PlatformItem,
    PsuItem,
    Space,
)
from optimizer.schema.request import Redundancy

NO_SPACE = Space()


@dataclass(frozen=True, slots=True)
class Bodies:
    """The smallest and quietest that may be bought around a board, and the strongest supplies."""

    space: Mapping[str, Space]
    """Form of the board -> the least of everything among its chassis; none: nothing fits it."""
    capacity_w: int

    @classmethod
    def of(cls, items: Iterable[Item], redundancy: Redundancy) -> Bodies:
        """From the parts that may be bought."""
        space: dict[str, Space] = {}
        strongest = bays = 0
        for item in items:
            if isinstance(item, PsuItem):
                strongest = max(strongest, item.capacity_w)
            elif isinstance(item, ChassisItem):
                bays = max(bays, item.psu_bays)
                for form in item.board_forms:
                    space[form] = _least(item.space, space.get(form, item.space))
        left = {"none": bays, "n+1": bays - 1, "2n": bays // 2}[redundancy]
        return cls(space, max(0, left) * strongest)


def _least(one: Space, other: Space) -> Space:
    return Space(
        min(one.rack_tenths, other.rack_tenths),
        min(one.weight_hg, other.weight_hg),
        min(one.depth_mm, other.depth_mm),
        min(one.noise, other.noise),
    )


def has_place(
    platform: PlatformItem, limits: Limits, nodes: int, names: Collection[str], bodies: Bodies
) -> bool:
    """Whether the room may take so many of a platform with nothing but a chassis around them."""
    own, body = platform.space, NO_SPACE
    if platform.board and "compatibility" in names:
        if platform.board_form not in bodies.space:
            return False
        body = bodies.space[platform.board_form]
    loud, warm = limits.noise, limits.inlet_tenths
    if "noise" in names and loud is not None and (own.noise + body.noise) * nodes > loud:
        return False
    if "inlet" in names and warm is not None and platform.max_inlet_tenths < warm:
        return False
    if "rack" not in names:
        return True
    weight = (own.weight_hg + body.weight_hg) * nodes
    return (
        (own.rack_tenths + body.rack_tenths) * nodes <= limits.rack_tenths
        and max(own.depth_mm, body.depth_mm) <= limits.depth_mm
        and weight <= limits.load_hg
        and (limits.floor_hg is None or weight <= limits.floor_hg)
    )


@dataclass(slots=True)
class Possible:
    """What an instance leaves possible under the rules of ``names``."""

    instance: Instance
    names: Collection[str]
    platforms: dict[str, int] = field(default_factory=dict)
    """Platform that the room may take -> the most watts of cards that it leaves a node."""
    cards_w: dict[int, int] = field(default_factory=dict)
    """Host -> the most of any platform that offers it."""

    def __post_init__(self) -> None:
        instance, limits = self.instance, self.instance.limits
        items = instance.items.values()
        draw, bodies = Draw.of(items), Bodies.of(items, limits.redundancy)
        room = Room(instance.case, limits.redundancy)
        for platform in instance.platforms():
            if not has_place(platform, limits, instance.case.nodes, self.names, bodies):
                continue
            most = self._most_load_w(platform, bodies, room)
            if "compatibility" in self.names:
                most -= draw.least_w(platform)
            if most < 0:
                continue
            self.platforms[platform.id] = most
            for host in platform.hosts:
                self.cards_w[host] = max(most, self.cards_w.get(host, 0))

    def _most_load_w(self, platform: PlatformItem, bodies: Bodies, room: Room) -> int:
        """The most that a node of this platform may draw from its supplies."""
        limits, case = self.instance.limits, self.instance.case
        found = [2**62]
        if "psu" in self.names:
            capacity = supply_w(platform, limits.redundancy)
            capacity = bodies.capacity_w if platform.board else capacity
            found.append(capacity * (1000 - limits.psu_headroom_permille) // 1000)
        walls = []
        if "circuits" in self.names:
            walls.append(room.most_w(0 if platform.board else platform.supplies))
        if "cooling" in self.names and not limits.extra_cooling:
            removed = limits.heat_removal_w + limits.liquid_removal_w - case.switch_wall_w
            walls.append(removed // case.nodes)
        milli = least_milliwatts_per_watt(case.volts)
        return min([*found, *(wall * 1000 // milli for wall in walls)])


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
