"""A plug plan judged by its definition: what every circuit carries in every state that must hold.

Written from the meaning of the words, without the arithmetic by which plans are found: each state
names the supplies that are lost, the rest of a node shares its load, and every line of a circuit
adds up what hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import isqrt

from optimizer.physics.circuits import Breaker, Plugged
from optimizer.schema.request import Redundancy

NORMAL = ""
"""The state in which everything works."""


def worst_loads(
    plan: Sequence[Plugged],
    breakers: Sequence[Breaker],
    watts: int,
    redundancy: Redundancy,
) -> list[tuple[str, int]]:
    """(state, watts) at which the fullest line of each breaker carries most; rounded up.

    A node draws ``watts``. Raises ZeroDivisionError for a node that is left without a supply.
    """
    worst = [(NORMAL, _line_w(plan, b, i, watts, plan)) for i, b in enumerate(breakers)]
    if redundancy == "2n":
        for feed in sorted({b.feed for b in breakers}):
            left = [p for p in plan if breakers[p.breaker].feed != feed]
            _all_alive(plan, left)
            for i, breaker in enumerate(breakers):
                load = _line_w(left, breaker, i, watts, left)
                worst[i] = max(worst[i], (f"feed {feed} lost", load), key=lambda w: w[1])
    elif redundancy == "n+1":
        for i, breaker in enumerate(breakers):
            load = _with_one_lost(plan, breaker, i, watts)
            worst[i] = max(worst[i], ("one supply per node lost", load), key=lambda w: w[1])
    return worst


def _all_alive(plan: Sequence[Plugged], left: Sequence[Plugged]) -> None:
    if {p.node for p in plan} != {p.node for p in left}:
        raise ZeroDivisionError("a node is left without a supply")


def _line_w(
    plugs: Sequence[Plugged], breaker: Breaker, index: int, watts: int, alive: Sequence[Plugged]
) -> int:
    """Watts on the fullest line of a breaker, rounded up; ``alive`` share the load of their node.

    Between two lines, currents add at 60 degrees: a^2 + b^2 + a b.
    """
    sharing = _counts(alive)
    on: dict[str, Fraction] = {}
    for plug in plugs:
        if plug.breaker == index:
            share = Fraction(watts, sharing[plug.node])
            on[plug.lines] = on.get(plug.lines, Fraction(0)) + share
    if not breaker.delta:
        return _ceil(sum(on.values(), Fraction(0)))
    pairs = [on.get(lines, Fraction(0)) for lines in ("L1-L2", "L2-L3", "L3-L1")]
    squares = [a * a + b * b + a * b for a, b in zip(pairs, pairs[1:] + pairs[:1], strict=True)]
    return _root(max(squares))


def _counts(plugs: Sequence[Plugged]) -> dict[int, int]:
    found: dict[int, int] = {}
    for plug in plugs:
        found[plug.node] = found.get(plug.node, 0) + 1
    return found


def _with_one_lost(plan: Sequence[Plugged], breaker: Breaker, index: int, watts: int) -> int:
    """The most that a breaker carries when each node loses whichever supply is worst for it.

    The worst to lose is one on another breaker, where there is one. On a delta circuit all supplies
    count, lost or not: which pair of lines loses one is not looked into.
    """
    counts = _counts(plan)
    if min(counts.values(), default=0) < 2:
        raise ZeroDivisionError("a node is left without a supply")
    kept, alive = [], []
    for node, count in counts.items():
        own = [p for p in plan if p.node == node]
        here = [p for p in own if p.breaker == index]
        inside = len(here) == count and not breaker.delta
        kept += here[1:] if inside else here
        alive += own[1:]
    return _line_w(kept, breaker, index, watts, alive)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _root(square: Fraction) -> int:
    """The square root, rounded up."""
    return isqrt(_ceil(square) - 1) + 1 if square > 0 else 0


def every_plan(
    breakers: Sequence[Breaker], nodes: int, supplies: int
) -> Iterator[tuple[Plugged, ...]]:
    """Every way to hang supplies on breakers and pairs of lines: for proofs by exhaustion only."""
    lines = ("L1-L2", "L2-L3", "L3-L1")
    places = [(i, pair) for i, b in enumerate(breakers) for pair in (lines if b.delta else ("",))]
    names = [(node, n) for node in range(1, nodes + 1) for n in range(1, supplies + 1)]
    for chosen in product(places, repeat=len(names)):
        yield tuple(
            Plugged(node, n, i, pair) for (node, n), (i, pair) in zip(names, chosen, strict=True)
        )


def holds(
    plan: Sequence[Plugged], breakers: Sequence[Breaker], watts: int, redundancy: Redundancy
) -> bool:
    """Whether a plan keeps every line within its rating in every state that must hold.

    A feed may fail only where there are two, and each node has half its supplies on either.
    """
    if redundancy == "2n" and not _on_both(plan, breakers):
        return False
    try:
        loads = worst_loads(plan, breakers, watts, redundancy)
    except ZeroDivisionError:
        return False
    return all(load <= b.line_w for (_, load), b in zip(loads, breakers, strict=True))


def _on_both(plan: Sequence[Plugged], breakers: Sequence[Breaker]) -> bool:
    """Whether the supplies of every node hang on the same two feeds alike, half on each."""
    feeds = sorted({b.feed for b in breakers if b.feed})
    if len(feeds) != 2 or any(not breakers[p.breaker].feed for p in plan):
        return False
    on_first = {
        node: sum(breakers[p.breaker].feed == feeds[0] for p in plan if p.node == node)
        for node in _counts(plan)
    }
    alike = len(set(on_first.values())) == 1
    return alike and all(
        count in (total // 2, total - total // 2)
        for count, total in ((on_first[n], t) for n, t in _counts(plan).items())
    )
