"""Plugs and outlets: what a circuit ends in, what a strip plugs into, which cord a supply takes."""

from __future__ import annotations

import re
from typing import Literal

from optimizer.physics.power import EFFICIENCY, input_range

Inlet = Literal["c14", "c20"]
CORD_AMPS = 20
"""The largest receptacle that a supply's own cord plugs into: a C19 connector carries 16 A by IEC
60320 and 20 A by UL. Behind anything larger hangs a strip."""
C14_AMPS = 12
"""What a C14 inlet draws for hours: 80 % of the 15 A that UL grants it. An estimate by class: it
parts 2,000 W supplies of Supermicro's 4U servers (C14) from the 3,000 W of a DGX (C20)."""
HARDWIRED = "hardwired"

RECEPTACLES: dict[tuple[int, float, int], str] = {
    (120, 15, 1): "NEMA 5-15R",
    (120, 20, 1): "NEMA 5-20R",
    (120, 30, 1): "NEMA L5-30R",
    (208, 20, 1): "NEMA L6-20R",
    (208, 30, 1): "NEMA L6-30R",
    (208, 50, 1): "CS8265C",
    (240, 15, 1): "NEMA 6-15R",
    (240, 20, 1): "NEMA 6-20R",
    (240, 30, 1): "NEMA L6-30R",
    (240, 50, 1): "NEMA 6-50R",
    (240, 60, 1): HARDWIRED,
    (208, 20, 3): "NEMA L21-20R",
    (208, 30, 3): "NEMA L21-30R",
    (208, 50, 3): "CS8365C",
    (208, 60, 3): "IEC 60309 60 A",
    (415, 30, 3): "NEMA L22-30R",
    (415, 60, 3): "IEC 60309 60 A",
    (230, 10, 1): "Schuko",
    (230, 13, 1): "BS 1363",
    (230, 16, 1): "Schuko",
    (230, 32, 1): "IEC 60309 32 A",
    (400, 16, 3): "IEC 60309 16 A",
    (400, 32, 3): "IEC 60309 32 A",
    (400, 63, 3): "IEC 60309 63 A",
}
"""(Volts, amperes, phases) -> the usual receptacle. APC's device types confirm L5, L6, L21, CS8365C
and IEC 60309; the others are common practice."""


def takes_cord(amps: float, phases: int) -> bool:
    """Whether a supply's own cord plugs into a receptacle of this rating."""
    return phases == 1 and amps <= CORD_AMPS


def usual_receptacle(volts: int, amps: float, phases: int) -> str:
    """What a circuit of this rating usually ends in; empty where there is no usual one."""
    return RECEPTACLES.get((volts, amps, phases), "")


def mates(plug: str, receptacle: str) -> bool:
    """Whether a plug fits a receptacle, by their names: ``NEMA L6-30P`` fits ``L6-30R``."""
    return bool(plug) and _type(plug) == _type(receptacle)


def _type(name: str) -> str:
    """The type without maker's words: NEMA, the P and R of plug and receptacle, IEC's colour."""
    plain = re.sub(r"\b(nema|iec|blue|red)\b|\(.*\)|[\s_]", "", name.lower())
    return re.sub(r"(?<=\d)[pr]$", "", plain)


def inlet(capacities: dict[int, int], efficiency: str) -> Inlet:
    """C14 or C20: by the most amperes that a supply of these watts draws at any of these volts."""
    amps = [w / EFFICIENCY[input_range(v)][efficiency][1] / v for v, w in capacities.items()]
    return "c20" if max(amps, default=0) > C14_AMPS else "c14"
