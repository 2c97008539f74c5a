"""Plugs, receptacles and inlets: against catalogued device types and supplies of known inlet."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.physics.outlets import RECEPTACLES, inlet, mates, takes_cord, usual_receptacle
from optimizer.schema.components import NewCircuit, Pdu


@pytest.mark.parametrize(
    ("plug", "receptacle", "fits"),
    [
        ("NEMA L6-30P", "NEMA L6-30R", True),
        ("NEMA L6-30P", "l6-30r", True),
        ("NEMA L6-30P", "NEMA L6-20R", False),
        ("NEMA L5-20P", "NEMA 5-20R", False),
        ("IEC 60309 32 A", "IEC 60309 32 A red", True),
        ("IEC 60309 32 A", "IEC 60309 16 A", False),
        ("CS8365C", "CS8365C", True),
        ("", "", False),
    ],
)
def test_plugs_and_receptacles(plug: str, receptacle: str, fits: bool) -> None:
    assert mates(plug, receptacle) is fits


def test_cords_go_into_ordinary_sockets_only() -> None:
    """A C19 connector carries 20 A by UL; three phases take no cord of a supply."""
    assert takes_cord(20, 1)
    assert not takes_cord(30, 1)
    assert not takes_cord(16, 3)


@pytest.mark.parametrize(
    ("watts", "efficiency", "known"),
    [
        # AS-4125GS-TNRT: C14 inlets of 2,000 W supplies, 1,800 W at 208 V (netbox device type).
        ({120: 1000, 208: 1800, 240: 2000}, "titanium", "c14"),
        # DGX A100: 3,000 W behind C20, 16 A. Dell XE8545: 2,400 W behind C20.
        ({208: 3000, 240: 3000}, "platinum", "c20"),
        ({208: 2400, 240: 2400}, "platinum", "c20"),
        # Corsair AX1600i and Seasonic TX-1600: C20; 1,600 W at 120 V are 14.8 A.
        ({120: 1600, 208: 1600, 240: 1600}, "titanium", "c20"),
    ],
)
def test_inlets_by_current_are_those_that_are_known(
    watts: dict[int, int], efficiency: str, known: str
) -> None:
    assert inlet(watts, efficiency) == known


def test_what_takes_no_cord_has_a_strip_in_the_catalog() -> None:
    """Every usual receptacle, and that of every circuit an electrician adds; hardwired apart."""
    held = load_catalog()
    strips = [s for s in held.of_kind("pdu") if isinstance(s, Pdu)]
    added = [c for c in held.of_kind("circuit") if isinstance(c, NewCircuit)]
    ratings = [*RECEPTACLES, *((c.volts, c.amps, c.phases) for c in added)]
    for volts, amps, phases in ratings:
        receptacle = usual_receptacle(volts, amps, phases)
        if takes_cord(amps, phases) or receptacle == "hardwired":
            continue
        assert any(mates(s.plug, receptacle) and s.phases == phases for s in strips), receptacle
