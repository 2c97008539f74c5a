"""Money as linear expressions: the sum of price times quantity, and exact charges by the watt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.finance.tco import MICRO, energy_cents
from optimizer.model.linear import Expr, LinearModel

if TYPE_CHECKING:
    from optimizer.model.plan import Plan


class CostVars:
    """``capex``, ``charges`` and ``tco`` in cents, equal to :mod:`optimizer.finance.tco`.

    ``charges`` are energy, on the average watts at the wall and those of bought cooling, and where
    the site has them demand charges and colocation, on the peak.
    """

    def __init__(self, model: LinearModel, plan: Plan) -> None:
        self._model = model
        self._capped: dict[int, Expr] = {}
        nodes, switch = plan.instance.case.nodes, plan.instance.case.switch_wall_w
        money, wall = plan.instance.money, plan.wall
        average, peak = (w * nodes + switch for w in (wall.average_w, wall.peak_w))
        average += plan.site_sum(lambda i: i.power.average_w * (i.kind == "ups"))
        cooling = plan.site_sum(lambda i: i.power.average_w * (i.kind == "cooling"))
        self.charges = self._charge("energy", average, money.microcents_per_watt)
        for name, watts, rate in (
            ("cooling", cooling, money.microcents_per_cooling_watt),
            ("demand", peak, money.demand_microcents),
            ("colocation", peak, money.colocation_microcents),
        ):
            if rate and watts.terms:
                self.charges = self.charges + self._charge(name, watts, rate)
        installation = money.installation_cents
        self.capex = plan.purchases_weighted(lambda p: p.unit.capex) + installation
        self.tco = plan.purchases_weighted(lambda p: p.unit.tco) + installation + self.charges

    def _charge(self, name: str, watts: Expr, rate: int) -> Expr:
        """What watts cost at millionths of a cent each, rounded up to the cent."""
        model = self._model
        cents = model.variable(f"{name}_cents", 0, energy_cents(model.bounds(watts)[1], rate))
        model.add(cents * MICRO >= watts * rate, f"{name} rounding")
        model.add(cents * MICRO <= watts * rate + (MICRO - 1), f"{name} rounding")
        return cents

    def capped_tco(self, most: int) -> Expr:
        """``tco`` as one variable of at most ``most`` cents.

        Products with it stay inside int64, which the sum over every part's greatest quantity would
        leave.
        """
        if most not in self._capped:
            total = self._model.variable("tco_cents", 0, most)
            self._model.add(total.equals(self.tco), "tco")
            self._capped[most] = total
        return self._capped[most]
