"""Which circuits feed what: those that are there, those that are added, those left to cooling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement, product

from optimizer.instance.items import CoolingItem
from optimizer.physics.circuits import Breaker
from optimizer.physics.electrical import between_lines, line_w
from optimizer.physics.outlets import mates, takes_cord, usual_receptacle
from optimizer.physics.power import input_range
from optimizer.schema.components import NewCircuit, Pdu
from optimizer.schema.site import Circuit, Site

IEC_VOLTS = (220, 230, 380, 400)
"""Mains of the IEC world; a site has circuits of one world."""
MOST_FOR_COOLING = 4
"""Circuits of the site that a build may leave to plug-in cooling, at most."""

Plug = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Circuits at one voltage for supplies, the spare ones for cooling, and what is added."""

    volts: int
    breakers: tuple[Breaker, ...]
    spare: tuple[Plug, ...]
    new: tuple[tuple[str, int], ...] = field(default=())
    given_up: int = 0
    """Circuits among the spare ones that could feed supplies, or are added for cooling alone."""


def wirings(
    site: Site,
    offered: Collection[NewCircuit],
    coolers: Iterable[CoolingItem],
    strips: Collection[Pdu] = (),
    *,
    feeds: bool,
) -> list[Wiring]:
    """Every way to use the circuits that there are and may be added, those as they are first.

    ``coolers`` that plug in may each take a circuit that is there, which feeds no supply then, or a
    new one. With ``feeds``, a new circuit may come from either feed of the site. A receptacle that
    takes no cord wants one of the ``strips``; where none of them fits, it is taken to do.
    """
    plugs = {c.plug for c in coolers if c.plug is not None}
    found = []
    volts = {c.volts for c in site.circuits} | {c.volts for c in offered if site.new_circuits}
    for v in sorted(volts, reverse=True):
        for added in _added(site, v, offered, plugs, feeds=feeds):
            for left in _left(site, v, plugs):
                found += _wiring(site, v, added, left, strips)
    unique = {(w.volts, w.breakers, w.spare, w.new): w for w in found}
    return sorted(unique.values(), key=lambda w: (sum(n for _, n in w.new), -w.volts))


def offered_at(site: Site, records: Iterable[NewCircuit]) -> list[NewCircuit]:
    """Circuits that an electrician can add here: of the site's own mains, by id."""
    held = {c.volts for c in site.circuits}
    iec = not held.isdisjoint(IEC_VOLTS)
    return sorted((r for r in records if _fits(r, held, iec=iec)), key=lambda r: r.id)


def _fits(record: NewCircuit, held: set[int], *, iec: bool) -> bool:
    """Three phases of 208 or 415 V, and 208 V at all, only where the building has them."""
    if (record.volts in IEC_VOLTS) != iec:
        return False
    if iec or record.volts == 120:
        return True
    return record.volts in held if record.volts != 240 else held.isdisjoint((208, 415))


Added = tuple[tuple[NewCircuit, str], ...]
"""(circuit, its feed, or empty where it is for cooling or the site names no feeds)."""


def _added(
    site: Site, volts: int, offered: Collection[NewCircuit], plugs: set[Plug], *, feeds: bool
) -> Iterator[tuple[Added, Added]]:
    """(for supplies, for cooling) of every choice of new circuits."""
    names: list[str] = sorted({c.feed for c in site.circuits if c.feed}) if feeds else []
    here = [r for r in offered if r.volts == volts]
    supplying = [(r, f) for r in here for f in (names or [""])]
    cooling = [(r, "") for r in offered if any(takes((r.volts, r.amps), p) for p in plugs)]
    cooling = [(r, f) for r, f in cooling if r.phases == 1]
    for count in range(site.new_circuits + 1):
        for extra in range(site.new_circuits - count + 1):
            yield from product(
                combinations_with_replacement(supplying, count),
                combinations_with_replacement(cooling, extra),
            )


def _left(site: Site, volts: int, plugs: set[Plug]) -> Iterator[tuple[int, ...]]:
    """How many circuits of each kind at this voltage are left to cooling: none first."""
    ranges = []
    for circuit in site.circuits:
        apt = circuit.volts == volts and _is_free(circuit) and _serves(circuit, plugs)
        ranges.append(range(min(circuit.count, MOST_FOR_COOLING) + 1 if apt else 1))
    return (left for left in product(*ranges) if sum(left) <= MOST_FOR_COOLING)


def _is_free(circuit: Circuit) -> bool:
    return circuit.phases == 1 and circuit.reserved_w == 0


def _serves(circuit: Circuit, plugs: set[Plug]) -> bool:
    return any(takes((circuit.volts, circuit.amps), plug) for plug in plugs)


def takes(circuit: Plug, plug: Plug) -> bool:
    """Whether a plug fits a circuit: mains of its range, and no more amperes than the breaker."""
    return input_range(circuit[0]) == input_range(plug[0]) and circuit[1] >= plug[1]


def _wiring(
    site: Site,
    volts: int,
    added: tuple[Added, Added],
    left: tuple[int, ...],
    strips: Collection[Pdu],
) -> list[Wiring]:
    """The wiring, or none where no circuit is left for the supplies."""
    supplying, cooling = added
    kept = [
        (c, c.count - n)
        for c, n in zip(site.circuits, left, strict=True)
        if c.volts == volts and c.count > n
    ]
    there = [c for c, n in kept for _ in range(n)]
    breakers = _breakers(there, strips)
    new_ones = [_as_circuit(r, feed) for r, feed in supplying]
    breakers += _breakers(new_ones, strips, "new ", len(there))
    if not breakers:
        return []
    plugs: list[Plug] = []
    for circuit, n in zip(site.circuits, left, strict=True):
        elsewhere = circuit.count if circuit.volts != volts and _is_free(circuit) else n
        plugs += [(circuit.volts, circuit.amps)] * elsewhere
    plugs += [(r.volts, r.amps) for r, _ in cooling]
    counts: dict[str, int] = {}
    for record, _ in (*supplying, *cooling):
        counts[record.id] = counts.get(record.id, 0) + 1
    new = tuple(sorted(counts.items()))
    given = sum(left) + len(cooling)
    return [Wiring(volts, tuple(breakers), tuple(sorted(plugs)), new, given)]


def _as_circuit(record: NewCircuit, feed: str) -> Circuit:
    return Circuit(
        volts=record.volts,
        amps=record.amps,
        phases=record.phases,
        continuous_share=record.continuous_share,
        feed=None if not feed else "a" if feed == "a" else "b",
        outlet=record.outlet,
    )


def _breakers(
    circuits: list[Circuit], strips: Collection[Pdu], prefix: str = "", before: int = 0
) -> list[Breaker]:
    """A breaker per circuit; three phases with a neutral are a breaker per line."""
    found: list[Breaker] = []
    for index, circuit in enumerate(circuits, start=1):
        watts = line_w(
            circuit.volts,
            circuit.amps,
            circuit.phases,
            circuit.continuous_share,
            circuit.reserved_w,
        )
        name, feed = f"{prefix}{circuit_label(circuit)} #{index}", circuit.feed or ""
        split = circuit.phases == 3 and not between_lines(circuit.volts)
        outlets = _outlets(circuit, strips)
        whole = Breaker(
            name,
            watts,
            delta=circuit.phases == 3 and not split,
            feed=feed,
            outlet=circuit.outlet or "",
            amps=circuit.amps,
            circuit=before + index,
            receptacle="" if circuit.has_strip else receptacle_of(circuit),
            phases=circuit.phases,
            outlets=per_line(outlets) if split and outlets else outlets,
        )
        lines = ("L1", "L2", "L3")
        found += [replace(whole, name=f"{name} {n}") for n in lines] if split else [whole]
    return found


def receptacle_of(circuit: Circuit) -> str:
    """What the circuit ends in: as the site says, or the usual one of its rating."""
    return circuit.outlet or usual_receptacle(circuit.volts, circuit.amps, circuit.phases)


def per_line(outlets: tuple[int, int]) -> tuple[int, int]:
    """Outlets on each line of three: a strip spreads those of either kind evenly."""
    plain, large = outlets[0] - outlets[1], outlets[1]
    return (plain // 3 + large // 3, large // 3)


def _outlets(circuit: Circuit, strips: Collection[Pdu]) -> tuple[int, int] | None:
    """Supplies with C14 and with C20 inlets that plug in as it stands; None: as many as come."""
    if circuit.has_strip:
        large = circuit.outlets_c19 or 0
        return ((circuit.outlets_c13 or 0) + large, large)
    if circuit.sockets is not None:
        return (circuit.sockets, circuit.sockets)
    strip_known = any(
        strip_fits(s.plug, s.volts, s.phases, receptacle_of(circuit), circuit.volts, circuit.phases)
        for s in strips
    )
    bare = strip_known and not takes_cord(circuit.amps, circuit.phases)
    return (0, 0) if bare else None


def strip_fits(
    plug: str, volts: int, phases: int, receptacle: str, at_volts: int, at_phases: int
) -> bool:
    """Whether a strip's plug fits a receptacle, and its rating the mains behind it."""
    alike = phases == at_phases and input_range(volts) == input_range(at_volts)
    return alike and between_lines(volts) == between_lines(at_volts) and mates(plug, receptacle)


def circuit_label(circuit: Circuit) -> str:
    """``30A/240V`` as people write it, with its feed: ``30A/240V@a``."""
    phases = "/3ph" if circuit.phases == 3 else ""
    feed = f"@{circuit.feed}" if circuit.feed else ""
    return f"{circuit.amps:g}A/{circuit.volts}V{phases}{feed}"
