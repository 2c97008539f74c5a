"""Which strip of a finished build hangs on which circuit: tried out, one place after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from optimizer.instance.items import StripItem
from optimizer.instance.strips import fits, hang
from optimizer.physics.circuits import UNCOUNTED, Breaker, Plugged, plug_in
from optimizer.physics.outlets import Inlet
from optimizer.schema.request import Redundancy

MOST_TRIED = 200_000
"""Places of strips that are tried; more than any way that the model looks at."""
Hung = tuple[tuple[int, StripItem], ...]
"""(Number of a circuit, the strip on it)."""


def places(breakers: Sequence[Breaker], strips: Sequence[StripItem], volts: int) -> Iterator[Hung]:
    """Every way to hang all strips, each on a circuit of its own that wants one.

    Circuits that are alike in everything but their number are taken in turn.
    """
    yield from _places(tuple(breakers), tuple(sorted(strips, key=lambda s: s.id)), volts, ())


def _places(
    breakers: tuple[Breaker, ...], strips: tuple[StripItem, ...], volts: int, held: Hung
) -> Iterator[Hung]:
    if not strips:
        yield held
        return
    strip, rest = strips[0], strips[1:]
    again = [c for c, s in held if s.id == strip.id]
    tried: set[Breaker] = set()
    for breaker in breakers:
        alike = replace(breaker, name="", circuit=0)
        free = breaker.circuit not in {c for c, _ in held}
        if not free or not fits(breaker, strip, volts) or alike in tried:
            continue
        tried.add(alike)
        if not again or breaker.circuit > again[-1]:
            yield from _places(breakers, rest, volts, (*held, (breaker.circuit, strip)))


def behind(
    breakers: Sequence[Breaker], hung: Hung, volts: int, inlet: Inlet
) -> tuple[Breaker, ...]:
    """The circuits as supplies with this inlet find them, strips hung."""
    strips = dict(hung)
    after = [hang(b, strips[b.circuit], volts) if b.circuit in strips else b for b in breakers]
    return tuple(b.counting(inlet) for b in after)


def serves_switch(circuits: Sequence[Breaker]) -> bool:
    """Whether the outlets that a switch takes are there."""
    return all(b.outlets is None or b.outlets[0] >= b.taken for b in circuits)


def plan_of(
    breakers: tuple[Breaker, ...],
    strips: Sequence[StripItem],
    volts: int,
    inlet: Inlet,
    need: tuple[int, int, int, Redundancy],
) -> tuple[Hung | None, tuple[Plugged, ...]]:
    """Where the strips hang and every supply plugs in, for (nodes, supplies, watts, redundancy).

    The first place of the strips that carries it; where none does, the first at which the supplies
    find outlets if they draw next to nothing, and no plan; None where none offers enough outlets.
    Supplies that outlets without end would not help, for want of a feed or of a second supply, are
    another rule's.
    """
    nodes, supplies, watts, redundancy = need
    enough: Hung | None = None
    for hung in islice(places(breakers, strips, volts), MOST_TRIED):
        circuits = behind(breakers, hung, volts, inlet)
        if not serves_switch(circuits):
            continue
        plan = plug_in(circuits, nodes, supplies, watts, redundancy)
        if plan:
            return hung, plan
        if enough is None:
            strong = tuple(replace(b, line_w=10**9) for b in circuits)
            endless = tuple(replace(b, most=UNCOUNTED) for b in strong)
            helps = plug_in(endless, nodes, supplies, 1, redundancy)
            if not helps or plug_in(strong, nodes, supplies, 1, redundancy):
                enough = hung
    return enough, ()
