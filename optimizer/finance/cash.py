"""Cash flows by the month: what owning and renting have cost so far, net present value, return.

Amounts are US dollars as floats. ``numpy-financial`` computes the net present value and the
internal rate of return.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import ceil, isfinite

MONTHS_PER_YEAR = 12


def month_shares(years: float) -> list[float]:
    """One entry per month of the horizon: 1, and the rest of the last month where it is broken."""
    months = round(years * MONTHS_PER_YEAR, 9)
    count = ceil(months)
    return [1.0] * (count - 1) + [months - (count - 1)]


def spread(total: float, years: float, escalation: float = 0.0) -> list[float]:
    """``total`` over the months of the horizon; the price level rises once a year.

    As in :func:`optimizer.finance.tco.escalated_years`, the first year is paid at today's level;
    the parts add up to the total.
    """
    levels = [
        share * (1 + escalation) ** (month // MONTHS_PER_YEAR)
        for month, share in enumerate(month_shares(years))
    ]
    return [total * level / sum(levels) for level in levels]


def interest_share(yearly_rate: float, months: int) -> float:
    """Interest of a loan paid back in equal monthly instalments, over the amount borrowed.

    A twelfth of the yearly rate is due each month. Rounded to nine decimals, so that any
    spreadsheet has the same: ``ROUND(-PMT(rate/12, months, 1) * months - 1, 9)``.
    """
    from numpy_financial import pmt  # noqa: PLC0415  (loads numpy, which few commands need)

    instalment = -float(pmt(yearly_rate / MONTHS_PER_YEAR, months, 1))
    return round(instalment * months - 1, 9)


def cumulative(first: float, monthly: Sequence[float]) -> list[float]:
    """What has been paid by the end of month 0 (the purchase), 1, 2, ..."""
    return list(accumulate([first, *monthly]))


def avoided(
    capex: float, running: Sequence[float], rent: Sequence[float], resale: float
) -> list[float]:
    """Flows of buying against going on to rent: the purchase, then rent saved less running costs.

    The last month also brings the resale.
    """
    flows = [-capex, *(r - o for r, o in zip(rent, running, strict=True))]
    flows[-1] += resale
    return flows


def net_present_value(flows: Sequence[float], yearly_rate: float) -> float:
    """Value today of monthly flows, the first of which is paid now.

    The monthly rate is the one that compounds to the yearly rate.
    """
    from numpy_financial import npv  # noqa: PLC0415  (loads numpy, which few commands need)

    return float(npv((1 + yearly_rate) ** (1 / MONTHS_PER_YEAR) - 1, list(flows)))


def yearly_return(flows: Sequence[float]) -> float | None:
    """Internal rate of return a year of monthly flows; ``None`` where there is none.

    There is none unless money goes out and comes back.
    """
    if min(flows) >= 0 or max(flows) <= 0:
        return None
    from numpy_financial import irr  # noqa: PLC0415  (loads numpy, which few commands need)

    monthly = float(irr(list(flows)))
    return (1 + monthly) ** MONTHS_PER_YEAR - 1 if isfinite(monthly) else None


def payback_month(owned: Sequence[float], rented: Sequence[float]) -> int | None:
    """First month by whose end owning has cost no more than renting; ``None`` within the horizon.

    Both are cumulative, month 0 first.
    """
    months = enumerate(zip(owned, rented, strict=True))
    return next((month for month, (own, rent) in months if own <= rent), None)
