"""Money of an owned build by the month, and bills to hold against it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from optimizer.finance import cash, cloud
from optimizer.instance.money import schedule_of
from optimizer.schema.build import Build
from optimizer.schema.request import Request


@dataclass(frozen=True, slots=True)
class Billing:
    """A way to pay instead of owning: dollars of the first month, and a commitment's length."""

    name: str
    monthly: float
    committed_months: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Money of the owned build over the horizon, in dollars.

    ``capex`` is paid for it, ``upfront`` of that now; ``running`` holds what is due each month,
    instalments of a loan or a lease too; ``resale`` comes at the end, less decommissioning.
    """

    years: float
    duty: float
    discount_rate: float
    rent_change: float
    capex: float
    upfront: float
    resale: float
    lines: dict[str, float]
    running: tuple[float, ...]
    output_tok_s: float
    tokens_in_per_out: float

    @staticmethod
    def of(request: Request, build: Build, rent_change: float) -> Ledger:
        """From the lines of the build's TCO, paid when the schedule says."""
        finance = request.finance
        lines = {line.item: line.usd for line in build.costs.lines}
        schedule = schedule_of(finance)
        upfront, *instalments = schedule.purchase(lines)
        running = zip(schedule.running(lines), instalments, strict=True)
        return Ledger(
            finance.horizon_years,
            request.workloads[0].duty,
            finance.discount_rate,
            rent_change,
            build.costs.capex_usd,
            upfront,
            -lines["resale"] - lines["decommissioning"],
            lines,
            tuple(monthly + due for monthly, due in running),
            build.performance.output_tok_s,
            request.workloads[0].input_tokens / request.workloads[0].output_tokens,
        )

    @property
    def months(self) -> float:
        """Length of the horizon."""
        return self.years * cash.MONTHS_PER_YEAR

    @property
    def monthly_running(self) -> float:
        """What the build costs a month to run, on average."""
        return sum(self.running) / self.months

    @property
    def million_tokens_per_month(self) -> float:
        """Output of the build in a month of 730 hours at its duty cycle."""
        return self.output_tok_s * 3600 * cloud.HOURS_PER_MONTH * self.duty / 1e6

    def rents(self, billing: Billing) -> list[float]:
        """What is paid each month. The price changes once a year, in a commitment when it renews.

        A commitment that outlasts the horizon is paid out with the last month.
        """
        term = billing.committed_months or cash.MONTHS_PER_YEAR
        shares = cash.month_shares(self.years)

        def level(month: int) -> float:
            return (1 + self.rent_change) ** (month // term * term // cash.MONTHS_PER_YEAR)

        paid = [s * billing.monthly * level(month) for month, s in enumerate(shares)]
        if billing.committed_months:
            left = ceil(round(self.months / term, 9)) * term - self.months
            paid[-1] += left * billing.monthly * level(len(shares) - 1)
        return paid
