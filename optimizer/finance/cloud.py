"""Owning against renting: bills, break-even and the utilisation at which they cost the same.

Amounts are US dollars as floats: they compare plans and never enter the total cost of ownership,
which :mod:`optimizer.finance.tco` alone computes.
"""

from __future__ import annotations

HOURS_PER_MONTH = 730.0
"""8,760 hours over 12 months: what providers multiply hourly prices by."""


def monthly_bill(usd_per_hour: float, accelerators: int, busy: float = 1.0) -> float:
    """Dollars a month for rented accelerators, billed for the share ``busy`` of the hours.

    ``busy`` 1 is capacity that always runs; less is capacity that is given back when idle.
    """
    return usd_per_hour * accelerators * HOURS_PER_MONTH * busy


def serving_share(duty: float, output_tok_s: float, rented_tok_s: float) -> float | None:
    """Share of the hours that rented capacity serves, if it is billed while it serves requests.

    The tokens are those of ``output_tok_s`` at the duty cycle, served at the full throughput of the
    rented capacity. ``None`` where it could not make so many.
    """
    share = duty * output_tok_s / rented_tok_s if rented_tok_s > 0 else 2.0
    return share if share <= 1 else None


def break_even_months(capex: float, rent: float, running: float = 0.0) -> float | None:
    """Months after which owning has cost as much as renting; ``None`` when it never does.

    Simple: ``capex / rent``. Full, with what the owned build costs each month to run:
    ``capex / (rent - running)``. Resale is left out of both, against the owner.
    """
    saved = rent - running
    return capex / saved if saved > 0 else None


def crossover_share(
    fixed: float, energy_idle: float, energy_busy: float, rent_full: float
) -> float | None:
    """Share of busy hours above which owning is cheaper than renting by the hour.

    Over one horizon, owning costs ``fixed + energy_idle + (energy_busy - energy_idle) u`` at the
    share ``u``, and renting only the busy hours ``rent_full u``. ``None`` when owning is dearer
    even if busy all the time; 0 when it is cheaper even idle.
    """
    saved_per_share = rent_full - (energy_busy - energy_idle)
    owned_idle = fixed + energy_idle
    if owned_idle <= 0:
        return 0.0
    share = owned_idle / saved_per_share if saved_per_share > 0 else 2.0
    return share if share <= 1 else None


def energy_at_shares(
    energy: float, average_w: float, idle_w: float, busy: float
) -> tuple[float, float]:
    """Energy over the horizon if never busy and if always busy, from that at the share ``busy``.

    Average watts rise in a straight line from idle with the share of busy hours.
    """
    if average_w <= 0:
        return 0.0, 0.0
    per_watt = energy / average_w
    full_w = idle_w + (average_w - idle_w) / busy
    return per_watt * idle_w, per_watt * full_w
