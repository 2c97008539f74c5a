"""Ways to hang strips on circuits, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.errors import InputError
from optimizer.instance.strips import Hookup, hang, hookups
from optimizer.physics.circuits import Breaker
from tests.make import make_strip

L6_30 = Breaker("#1", 5760, circuit=1, receptacle="NEMA L6-30R", outlets=(0, 0))
STRIP = make_strip()


def circuits(*watts: int) -> tuple[Breaker, ...]:
    return tuple(replace(L6_30, name=f"#{i}", line_w=w, circuit=i) for i, w in enumerate(watts))


def counts(found: tuple[Hookup, ...]) -> list[dict[str, int]]:
    return [dict(way.strips) for way in found]


def test_a_strip_bounds_outlets_and_watts() -> None:
    """30 A x 240 V x 0.8 = 5,760 W; a strip of 20 A on the same receptacle would pass 3,840."""
    behind = hang(L6_30, STRIP, 240)
    assert (behind.line_w, behind.outlets, behind.receptacle) == (5760, (6, 2), "")
    assert hang(L6_30, replace(STRIP, amps=20), 240).line_w == 3840


def test_a_strip_on_a_socket_takes_that_socket() -> None:
    held = replace(L6_30, outlets=(2, 2))
    assert hang(held, STRIP, 240).outlets == (7, 3)


def test_as_many_strips_as_carry_more() -> None:
    """Four supplies on three equal circuits: two on each of two carry 2,000 W in all.

    With a third some circuit still carries two, 500 W each: nothing is won.
    """
    found = hookups(circuits(1000, 1000, 1000), 240, (STRIP,), 1, ((4, "c14"),), "none")
    assert counts(found) == [{}, {"strip": 1}, {"strip": 2}]
    assert [w.room_w((4, "c14"), 1, "none") for w in found] == [0, 1000, 2000]


def test_one_supply_wants_one_strip_on_the_strongest_circuit() -> None:
    found = hookups(circuits(1000, 3000), 240, (STRIP,), 1, ((1, "c20"),), "none")
    assert counts(found) == [{}, {"strip": 1}]
    assert [b.outlets for b in found[1].breakers] == [(0, 0), (6, 2)]


def test_three_lines_of_one_circuit_share_a_strip() -> None:
    """Six C13 and three C19, spread over the lines: two and one on each."""
    lines = tuple(
        Breaker(f"#1 L{n}", 7389, circuit=1, receptacle="IEC 60309 32 A", phases=3, outlets=(0, 0))
        for n in (1, 2, 3)
    )
    strip = make_strip(plug="IEC 60309 32 A", volts=400, amps=32, phases=3, outlets=(9, 3))
    found = hookups(lines, 400, (strip,), 1, ((3, "c20"),), "none")
    assert counts(found) == [{}, {"strip": 1}]
    assert [b.outlets for b in found[1].breakers] == [(3, 1)] * 3
    assert [b.line_w for b in found[1].breakers] == [7389] * 3


def test_a_switch_wants_its_outlets() -> None:
    held = (replace(L6_30, taken=2), replace(L6_30, name="#2", circuit=2))
    small = make_strip(outlets=(2, 2))
    found = hookups(held, 240, (small,), 1, ((1, "c14"),), "none")
    # One strip alone feeds either the switch or the supply; both circuits have theirs.
    assert counts(found) == [{}, {"strip": 2}]
    assert not found[0].switch_plugs_in


def test_too_many_ways_are_refused() -> None:
    """Sixteen different circuits and three strips: 3^16."""
    strips = tuple(make_strip(f"s{i}", outlets=(6 + i, 2)) for i in range(3))
    with pytest.raises(InputError, match="too many ways"):
        hookups(circuits(*range(1000, 1016)), 240, strips, 4, ((6, "c14"),), "none")
