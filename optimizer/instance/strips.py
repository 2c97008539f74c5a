"""Ways to hang rack strips on circuits whose receptacle takes no cord, or too few.

Of equal receptacles on one feed the stronger circuits get their strip first: a weaker one in its
place carries no more. So only the number of strips of each kind is a choice, and of two ways the
one with fewer strips that carries as much stands for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations_with_replacement, islice, product

from optimizer.errors import InputError
from optimizer.instance.items import Case, ChassisItem, Instance, Item, PsuItem, StripItem
from optimizer.instance.wiring import IEC_VOLTS, per_line, strip_fits
from optimizer.physics.circuits import Breaker, most_watts
from optimizer.physics.electrical import line_w
from optimizer.physics.outlets import Inlet
from optimizer.schema.request import Redundancy

PLENTY_W = 10**6
"""More than any circuit carries."""
MOST_WAYS = 2_000
"""Ways to hang strips that are looked at; more make no sense in one room."""
Supplies = tuple[int, Inlet]
"""How many a node has, and what their cords plug into."""


@dataclass(frozen=True, slots=True)
class Hookup:
    """Strips bought, and the circuits with the outlets that there are then."""

    strips: tuple[tuple[str, int], ...]
    breakers: tuple[Breaker, ...]

    def circuits(self, inlet: Inlet) -> tuple[Breaker, ...]:
        """The circuits as supplies with this inlet see them."""
        return tuple(b.counting(inlet) for b in self.breakers)

    @property
    def switch_plugs_in(self) -> bool:
        """Whether the outlets that a switch takes are there."""
        return all(b.outlets is None or b.taken <= b.outlets[0] for b in self.breakers)

    def room_w(self, supplies: Supplies, nodes: int, redundancy: Redundancy) -> int:
        """The most watts per node; 0 where some supply finds no outlet."""
        count, inlet = supplies
        return most_watts(self.circuits(inlet), nodes, count, redundancy)

    def finds_outlets(self, supplies: Supplies, nodes: int, redundancy: Redundancy) -> bool:
        """Whether every supply finds an outlet, whatever it draws.

        True too where not even outlets without end would help: circuits of two feeds are missing.
        """
        if not self.switch_plugs_in:
            return False
        strong = tuple(replace(b, line_w=PLENTY_W) for b in self.breakers)
        if Hookup((), strong).room_w(supplies, nodes, redundancy):
            return True
        return not most_watts(strong, nodes, supplies[0], redundancy)


def hang(breaker: Breaker, strip: StripItem, volts: int) -> Breaker:
    """A circuit, or a line of one, behind a strip on its receptacle."""
    share = 1.0 if volts in IEC_VOLTS else 0.8
    watts = line_w(volts, strip.amps, strip.phases, share, 0)
    split = breaker.phases == 3 and not breaker.delta
    more = per_line(strip.outlets) if split else strip.outlets
    held = breaker.outlets or (0, 0)
    here = [max(0, n - 1) + m for n, m in zip(held, more, strict=True)]
    return replace(
        breaker, line_w=min(breaker.line_w, watts), outlets=(here[0], here[1]), receptacle=""
    )


def fits(breaker: Breaker, strip: StripItem, volts: int) -> bool:
    """Whether a circuit wants outlets and takes this strip."""
    return breaker.outlets is not None and strip_fits(
        strip.plug, strip.volts, strip.phases, breaker.receptacle, volts, breaker.phases
    )


def hangs(item: Item, case: Case) -> bool:
    """Whether an item is a strip for some circuit that wants outlets."""
    return isinstance(item, StripItem) and any(fits(b, item, case.volts) for b in case.breakers)


@lru_cache(maxsize=1024)
def hookups(
    breakers: tuple[Breaker, ...],
    volts: int,
    strips: tuple[StripItem, ...],
    nodes: int,
    supplies: tuple[Supplies, ...],
    redundancy: Redundancy,
) -> tuple[Hookup, ...]:
    """Ways that matter, that without strips first.

    Raises InputError where the ways are too many to look at.
    """
    bare = Hookup((), breakers)
    found: dict[tuple[object, ...], tuple[Hookup, tuple[int, ...]]] = {}
    ways = _ways(breakers, volts, strips, nodes * max((n for n, _ in supplies), default=0))
    for number, way in enumerate(ways):
        if number > MOST_WAYS:
            raise InputError(
                "the site's circuits can be fitted with rack strips in too many ways",
                "Exclude all strips but one of each plug (--exclude), or say which outlets there "
                "are (outlets_c13, outlets_c19)",
            )
        carries = tuple(way.room_w(s, nodes, redundancy) for s in supplies)
        if way == bare or (any(carries) and way.switch_plugs_in):
            found.setdefault((way.strips, carries), (way, carries))
    kept = list(found.values())
    return tuple(w for w, c in kept if w == bare or not any(_beats(o, (w, c)) for o in kept))


Judged = tuple[Hookup, tuple[int, ...]]


def _beats(other: Judged, way: Judged) -> bool:
    """Whether another way carries as much of everything with no more strips of any kind."""
    if other == way or not other[0].switch_plugs_in:
        return False
    mine = dict(way[0].strips)
    fewer = all(n <= mine.get(i, 0) for i, n in other[0].strips)
    return fewer and all(a >= b for a, b in zip(other[1], way[1], strict=True))


def _ways(
    breakers: tuple[Breaker, ...], volts: int, strips: tuple[StripItem, ...], most: int
) -> Iterator[Hookup]:
    """Every number of strips of each kind on every sort of receptacle; fewest first in each."""
    sorts: dict[tuple[object, ...], list[int]] = {}
    for breaker in breakers:
        if any(fits(breaker, s, volts) for s in strips):
            key = (
                breaker.receptacle, breaker.phases, breaker.feed, breaker.outlets, breaker.taken > 0
            )  # fmt: skip
            held = sorts.setdefault(key, [])
            if breaker.circuit not in held:
                held.append(breaker.circuit)
    options = [
        list(islice(_on(breakers, circuits, volts, strips, most), MOST_WAYS + 2))
        for circuits in sorts.values()
    ]
    for chosen in product(*options):
        hung = {circuit: strip for part in chosen for circuit, strip in part}
        after = tuple(hang(b, hung[b.circuit], volts) if b.circuit in hung else b for b in breakers)
        counts: dict[str, int] = {}
        for strip in hung.values():
            counts[strip.id] = counts.get(strip.id, 0) + 1
        yield Hookup(tuple(sorted(counts.items())), after)


Part = tuple[tuple[int, StripItem], ...]


def _on(
    breakers: tuple[Breaker, ...],
    circuits: list[int],
    volts: int,
    strips: tuple[StripItem, ...],
    most: int,
) -> Iterator[Part]:
    """Strips on circuits of one sort, the strongest circuits first."""
    watts = {c: max(b.line_w for b in breakers if b.circuit == c) for c in circuits}
    ranked = sorted(circuits, key=lambda c: (-watts[c], c))
    known = next(b for b in breakers if b.circuit == ranked[0])
    apt = [s for s in strips if fits(known, s, volts)]
    alike = len(set(watts.values())) == 1
    for count in range(min(len(ranked), most) + 1):
        here = ranked[:count]
        kinds = combinations_with_replacement(apt, count) if alike else product(apt, repeat=count)
        for kind in kinds:
            yield tuple(zip(here, kind, strict=True))


def supplies_of(instance: Instance) -> list[Supplies]:
    """What a node may have for supplies."""
    chassis = [c for c in instance.of_kind("chassis") if isinstance(c, ChassisItem)]
    bays = max((c.psu_bays for c in chassis), default=0)
    found: set[Supplies] = {(p.supplies, p.inlet) for p in instance.platforms() if not p.board}
    for psu in instance.of_kind("psu"):
        assert isinstance(psu, PsuItem)
        found |= {(n, psu.inlet) for n in range(1, bays + 1)}
    return sorted(found)


def hookups_of(instance: Instance) -> tuple[Hookup, ...]:
    """The ways of an instance. Behind an uninterruptible supply nothing hangs on strips."""
    case, limits = instance.case, instance.limits
    strips = tuple(i for i in instance.of_kind("pdu") if isinstance(i, StripItem))
    if limits.ups or not strips:
        return (Hookup((), case.breakers),)
    asked = tuple(supplies_of(instance))
    return hookups(case.breakers, case.volts, strips, case.nodes, asked, limits.redundancy)
