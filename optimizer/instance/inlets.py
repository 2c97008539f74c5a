"""What the cords of power supplies plug into."""

from __future__ import annotations

from optimizer.physics.outlets import Inlet, inlet
from optimizer.schema import components as c


def inlet_of(supply: c.Psu | c.PlatformPower) -> Inlet:
    """C14 or C20: as the catalog says, else by the current that the supply draws."""
    held = {
        120: supply.capacity_120v_w,
        208: supply.capacity_208v_w,
        240: supply.capacity_240v_w,
    }
    return supply.inlet or inlet({v: w for v, w in held.items() if w}, supply.efficiency)
