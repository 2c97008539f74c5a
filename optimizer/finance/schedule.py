"""When each line of the total cost of ownership is paid: flows by the month.

One convention everywhere: the purchase is paid now, what is due over time at the end of each month,
resale and decommissioning come with the last month. Price levels rise once a year. The flows add up
to the lines exactly as given, in their unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from optimizer.finance.cash import MONTHS_PER_YEAR, month_shares, spread

CAPEX = ("tax", "shipping", "duty", "spares", "installation")
"""Lines of the purchase, beside those that begin with ``hardware``."""
POWER = ("energy", "cooling energy", "demand")
SERVICES = ("colocation", "space", "cooling upkeep", "support", "licences", "staff")
RUNNING = (*POWER, *SERVICES, "failures")
"""Lines paid month by month, whatever the build was bought with."""
Financing = Literal["cash", "loan", "lease"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rates per year. A loan of ``loan_share`` of the parts is paid back in equal instalments."""

    years: float
    discount_rate: float = 0.0
    electricity_escalation: float = 0.0
    service_escalation: float = 0.0
    failure_growth: float = 0.0
    financing: Financing = "cash"
    loan_share: float = 1.0
    loan_months: int = 0

    def running(self, lines: Mapping[str, float]) -> list[float]:
        """What running the build costs in each month."""
        paid = [0.0] * len(month_shares(self.years))
        for names, growth in (
            (POWER, self.electricity_escalation),
            (SERVICES, self.service_escalation),
            (("failures",), self.failure_growth),
        ):
            total = sum(lines.get(name, 0) for name in names)
            monthly = spread(total, self.years, growth)
            paid = [held + more for held, more in zip(paid, monthly, strict=True)]
        return paid

    def purchase(self, lines: Mapping[str, float]) -> list[float]:
        """What is paid for the purchase now (month 0) and at the end of each month."""
        installed = lines.get("installation", 0)
        parts = sum(v for k, v in lines.items() if k.startswith("hardware") or k in CAPEX)
        parts -= installed
        shares = month_shares(self.years)
        later = [0.0] * len(shares)
        if self.financing == "cash":
            return [parts + installed, *later]
        if self.financing == "lease":
            due = parts + lines.get("financing", 0)
            return [installed, *(due * share / sum(shares) for share in shares)]
        borrowed = parts * self.loan_share
        instalment = (borrowed + lines.get("financing", 0)) / self.loan_months
        for month in range(self.loan_months):
            later[month] = instalment
        return [parts - borrowed + installed, *later]

    def flows(self, lines: Mapping[str, float]) -> list[float]:
        """Everything paid (resale received) by month, now first."""
        flows = self.purchase(lines)
        for month, amount in enumerate(self.running(lines), start=1):
            flows[month] += amount
        flows[-1] += lines.get("decommissioning", 0) + lines.get("resale", 0)
        return flows


def present_value(flows: Sequence[float], yearly_rate: float) -> float:
    """Value today of monthly flows, the first of which is paid now.

    The same as :func:`optimizer.finance.cash.net_present_value`, to a rounding of floats, which a
    test asserts; every answer shows it, and loading numpy for one sum would take as long as an
    eighth of the search.
    """
    growth = float((1 + yearly_rate) ** (1 / MONTHS_PER_YEAR))
    return sum(flow / growth**month for month, flow in enumerate(flows))
