"""Uninterruptible supplies."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from optimizer.instance.items import UpsItem
from optimizer.physics.electrical import UPS_LOAD_POWER_FACTOR_PERMILLE
from optimizer.physics.ups import burdens
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_ups(audit: Audit) -> list[Use]:
    """Rule ``ups``: the fullest unit's load in watts and VA, and on its circuit; none unless asked.

    Units are of one type, each on a circuit of its own.
    """
    limits = audit.instance.limits
    units = [(i, n) for i, n in audit.on_site("ups") if isinstance(i, UpsItem)]
    count = sum(n for _, n in units)
    if not limits.ups:
        return [Use("UPS not asked for", count, 0, "units")]
    if not units:
        return [Use("UPS watts", audit.build_peak_w, 0, "W")]
    if len(units) > 1:
        return [Use("types of UPS", len(units), 1, "types")]
    unit, case = units[0][0], audit.instance.case
    shares = burdens(count, case.nodes, audit.supplies, limits.redundancy)
    if not shares or not audit.ups_circuits:
        return [Use("circuits for each UPS", count, 0, "circuits")]
    watts = Fraction(audit.peak_wall_w)
    load = max(ceil(on_it * watts / among) for on_it, among in shares) + case.switch_wall_w
    drawn = ceil(Fraction(load * 1000, unit.efficiency_permille))
    circuit = min(case.breakers[i].line_w for i in audit.ups_circuits)
    return [
        Use("UPS watts", load, unit.capacity_w, "W"),
        Use(
            "UPS volt-amperes",
            -(-load * 1000 // UPS_LOAD_POWER_FACTOR_PERMILLE),
            unit.capacity_va,
            "VA",
        ),
        Use("circuit of each UPS", drawn, circuit, "W"),
        Use("UPS units", count, limits.max_ups, "units"),
    ]
