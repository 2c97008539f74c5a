"""Circuits as bins: which supplies fit on which, with nothing, one supply or a whole feed lost.

Supplies of a node share its load equally, and each hangs on one circuit. A supply's share is the
node's watts over the supplies that still work, kept as a fraction: nothing is rounded before a sum
is compared with a circuit. What a circuit carries falls as the watts grow, so the most watts that
find a place are one of few candidates, and the packing is exact without a search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isqrt

from optimizer.physics.outlets import Inlet
from optimizer.schema.request import Redundancy

UNCOUNTED = 10**6
"""More supplies than any build has."""

LINES = ("L1-L2", "L2-L3", "L3-L1")
"""Pairs of lines that supplies on a three-phase circuit hang between, in turn."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """One circuit as supplies see it. ``line_w`` is what its fullest line carries for hours.

    ``delta``: three phases with supplies between two lines each (208 V in the US); then ``line_w``
    is line-to-line volts times amperes. Three phases with a neutral (400 V) are three breakers.
    """

    name: str
    line_w: int
    delta: bool = False
    feed: str = ""
    outlet: str = ""
    amps: float = 10_000
    """What the breaker is rated for: no plug of more fits."""
    circuit: int = -1
    """Lines of one circuit have one number; -1 stands alone."""
    receptacle: str = ""
    """What a strip may plug into: that of the site, or the usual one; empty where one hangs there
    already."""
    phases: int = 1
    outlets: tuple[int, int] | None = None
    """Supplies with a C14 inlet, and with a C20 inlet, that plug in here; None: as many as come."""
    taken: int = 0
    """Outlets that a switch takes."""
    most: int = UNCOUNTED
    """Supplies that may hang on it, whatever they draw."""

    def places(self, inlet: Inlet) -> int:
        """How many supplies with this inlet find an outlet."""
        if self.outlets is None:
            return UNCOUNTED
        return max(0, self.outlets[inlet == "c20"] - self.taken)

    def counting(self, inlet: Inlet) -> Breaker:
        """For supplies with this inlet: ``most`` is how many find an outlet."""
        return self if self.outlets is None else replace(self, most=self.places(inlet))

    @property
    def continuous_w(self) -> int:
        """Watts that the circuit carries with its lines loaded alike, rounded down."""
        return isqrt(3 * self.line_w**2) if self.delta else self.line_w


@dataclass(frozen=True, slots=True)
class Plugged:
    """One supply of one node (both counted from 1) on the breaker of this index."""

    node: int
    supply: int
    breaker: int
    lines: str = ""


def burden(delta: bool, supplies: int) -> int:
    """The square of the load of the fullest line, for supplies of one watt spread evenly.

    On a delta circuit a line carries what hangs on two of the three pairs, whose currents are 60
    degrees apart: sqrt(a^2 + b^2 + a b), so that three equal ones make sqrt(3), not 2.
    """
    if not delta:
        return supplies**2
    first, second = -(-supplies // 3), -(-(supplies - 1) // 3)
    return first**2 + second**2 + first * second


def carried(breaker: Breaker, watts: int, among: int, most: int) -> int:
    """How many supplies, each of ``watts / among``, a breaker carries; at most ``most``."""
    most = min(most, breaker.most)
    if watts <= 0:
        return most
    room = among * breaker.line_w
    if not breaker.delta:
        return min(most, room // watts)
    count = 0
    while count < most and burden(True, count + 1) * watts**2 <= room**2:
        count += 1
    return count


def feeds_of(breakers: Iterable[Breaker]) -> tuple[str, ...]:
    """The feeds that circuits name, sorted."""
    return tuple(sorted({b.feed for b in breakers if b.feed}))


def _largest(
    breakers: tuple[Breaker, ...], among: int, most: int, fits: Callable[[int], bool]
) -> int:
    """The most watts that fit: some breaker is then just full with some number of supplies."""
    found = {
        isqrt((among * line_w) ** 2 // burden(delta, n))
        for line_w, delta in {(b.line_w, b.delta) for b in breakers}
        for n in range(1, most + 1)
    }
    candidates = [0, *sorted(found - {0})]
    low, high = 0, len(candidates) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(candidates[middle]) else (low, middle - 1)
    return candidates[low]


def _all_fit(breakers: tuple[Breaker, ...], supplies: int, among: int) -> int:
    """The most watts of which ``supplies`` shares of ``1 / among`` fit on the breakers."""
    return _largest(
        breakers,
        among,
        supplies,
        lambda watts: sum(carried(b, watts, among, supplies) for b in breakers) >= supplies,
    )


def _survives_one(breakers: tuple[Breaker, ...], nodes: int, supplies: int, watts: int) -> bool:
    """Whether nodes of ``watts`` fit when each may have lost any one supply.

    The rest of a node then draws ``watts / (supplies - 1)`` each. A node whose supplies all hang
    on one breaker loads it as before, for the lost one draws nothing: one share less. As many
    nodes as possible are put so; the others count in full. A delta circuit gets no such credit.
    A lost supply keeps its outlet.
    """
    among, every = supplies - 1, nodes * supplies
    found = homed = 0
    for breaker in breakers:
        shares = carried(replace(breaker, most=UNCOUNTED), watts, among, every)
        whole = 0 if breaker.delta else min(shares // among, breaker.most // supplies)
        homed += whole
        found += min(breaker.most, shares + whole)
    return homed >= nodes or found >= every


def halves(supplies: int) -> tuple[tuple[int, int], ...]:
    """Ways to hang a node's supplies on two feeds: half each, an odd one on either."""
    half = supplies // 2
    if half == 0:
        return ()
    return tuple(sorted({(half, supplies - half), (supplies - half, half)}))


@lru_cache(maxsize=4096)
def most_watts(
    breakers: tuple[Breaker, ...], nodes: int, supplies: int, redundancy: Redundancy
) -> int:
    """The most watts at the wall that each of ``nodes`` nodes with so many supplies may draw.

    ``none``: with every supply working. ``n+1``: whichever one supply of each node is lost.
    ``2n``: whichever of the two feeds is lost, each node having half its supplies on either. 0
    where the supplies or the feeds are too few.
    """
    if supplies < 1 or not breakers:
        return 0
    if redundancy == "none":
        return _all_fit(breakers, nodes * supplies, supplies)
    if redundancy == "n+1":
        if supplies < 2:
            return 0
        return _largest(
            breakers,
            supplies - 1,
            nodes * supplies,
            lambda watts: _survives_one(breakers, nodes, supplies, watts),
        )
    return max((w for w, _ in _on_feeds(breakers, nodes, supplies)), default=0)


def _on_feeds(
    breakers: tuple[Breaker, ...], nodes: int, supplies: int
) -> list[tuple[int, tuple[int, int]]]:
    """(most watts, supplies on each feed) for every way to halve; empty without two feeds."""
    feeds = feeds_of(breakers)
    if len(feeds) != 2:
        return []
    found = []
    for split in halves(supplies):
        alone = [
            _all_fit(tuple(b for b in breakers if b.feed == feed), nodes * on_it, on_it)
            for feed, on_it in zip(feeds, split, strict=True)
        ]
        found.append((min(alone), split))
    return found


# -- the plug plan --------------------------------------------------------------------------


def plug_in(
    breakers: tuple[Breaker, ...],
    nodes: int,
    supplies: int,
    watts: int,
    redundancy: Redundancy,
) -> tuple[Plugged, ...]:
    """A place for every supply that keeps each breaker within its rating; empty if there is none.

    The emptiest breaker takes the next supply; supplies of a node are kept apart where that fits.
    """
    if supplies < 1 or watts > most_watts(breakers, nodes, supplies, redundancy):
        return ()
    if redundancy == "2n":
        split = max(_on_feeds(breakers, nodes, supplies))[1]
        return _plug_feeds(breakers, nodes, watts, split)
    if redundancy == "n+1":
        return _plug_spare(breakers, nodes, supplies, watts)
    places = _spread(breakers, [0] * len(breakers), nodes * supplies, watts, supplies)
    assert places is not None, "the most watts fit"
    slots = [index for index, count in enumerate(places) for _ in range(count)]
    return _numbered(
        breakers,
        [(n // supplies + 1, n % supplies + 1, index) for n, index in enumerate(slots)],
    )


def _spread(
    breakers: tuple[Breaker, ...],
    taken: list[int],
    supplies: int,
    watts: int,
    among: int,
    idle: list[int] | None = None,
) -> list[int] | None:
    """Supplies of ``watts / among`` on each breaker, emptiest first; None if they do not fit.

    ``taken`` shares of the same size are on the breakers already, and are not counted again;
    ``idle`` supplies draw nothing there but keep their outlet.
    """
    idle = idle or [0] * len(breakers)
    most = [
        carried(replace(b, most=b.most - i), watts, among, supplies + t)
        for b, t, i in zip(breakers, taken, idle, strict=True)
    ]
    counts = list(taken)
    for _ in range(supplies):
        left = [
            b.line_w - _line_load(b, n, watts, among) if n < top else -1
            for b, n, top in zip(breakers, counts, most, strict=True)
        ]
        if max(left) < 0:
            return None
        counts[left.index(max(left))] += 1
    return [n - t for n, t in zip(counts, taken, strict=True)]


def _line_load(breaker: Breaker, supplies: int, watts: int, among: int) -> int:
    return isqrt(burden(breaker.delta, supplies) * watts**2) // among


def _plug_feeds(
    breakers: tuple[Breaker, ...], nodes: int, watts: int, split: tuple[int, int]
) -> tuple[Plugged, ...]:
    found, before = [], 0
    for feed, on_it in zip(feeds_of(breakers), split, strict=True):
        own = [i for i, b in enumerate(breakers) if b.feed == feed]
        chosen = tuple(breakers[i] for i in own)
        places = _spread(chosen, [0] * len(own), nodes * on_it, watts, on_it)
        assert places is not None, "the most watts fit"
        slots = [own[i] for i, count in enumerate(places) for _ in range(count)]
        found += [
            (n // on_it + 1, before + n % on_it + 1, breaker) for n, breaker in enumerate(slots)
        ]
        before += on_it
    return _numbered(breakers, sorted(found))


def _plug_spare(
    breakers: tuple[Breaker, ...], nodes: int, supplies: int, watts: int
) -> tuple[Plugged, ...]:
    """As few nodes as needed wholly on one breaker, the others spread."""
    among = supplies - 1
    for whole in range(nodes + 1):
        homes = _homes(breakers, whole, watts, supplies)
        if homes is None:
            break
        taken = [homes.count(i) * among for i in range(len(breakers))]
        apart = nodes - whole
        idle = [homes.count(i) for i in range(len(breakers))]
        places = _spread(breakers, taken, apart * supplies, watts, among, idle)
        if places is None:
            continue
        slots = [index for index, count in enumerate(places) for _ in range(count)]
        found = [(j + 1, s + 1, home) for j, home in enumerate(homes) for s in range(supplies)]
        found += [(whole + 1 + n % apart, n // apart + 1, index) for n, index in enumerate(slots)]
        return _numbered(breakers, sorted(found))
    raise AssertionError("the most watts fit")


def _homes(
    breakers: tuple[Breaker, ...], whole: int, watts: int, supplies: int
) -> list[int] | None:
    """A breaker for each of ``whole`` nodes, emptiest first; None if they do not fit."""
    left = [-1 if b.delta or b.most < supplies else b.line_w for b in breakers]
    homes: list[int] = []
    for _ in range(whole):
        home = left.index(max(left))
        if left[home] < watts:
            return None
        left[home] -= watts
        homes.append(home)
        if breakers[home].most < supplies * (homes.count(home) + 1):
            left[home] = -1
    return homes


def _numbered(
    breakers: tuple[Breaker, ...], found: list[tuple[int, int, int]]
) -> tuple[Plugged, ...]:
    """Plugs with the pair of lines of those on delta circuits, taken in turn."""
    turn = [0] * len(breakers)
    plugs = []
    for node, supply, index in found:
        lines = LINES[turn[index] % 3] if breakers[index].delta else ""
        turn[index] += 1
        plugs.append(Plugged(node, supply, index, lines))
    return tuple(plugs)
