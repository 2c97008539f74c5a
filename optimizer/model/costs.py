"""Money as linear expressions: the sum of price times quantity, and exact energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.finance.tco import MICRO, energy_cents
from optimizer.model.linear import Expr, LinearModel

if TYPE_CHECKING:
    from optimizer.model.plan import Plan


class CostVars:
    """``capex``, ``energy`` and ``tco`` in cents, equal to :mod:`optimizer.finance.tco`.

    The energy of bought cooling is in ``energy`` too.
    """

    def __init__(self, model: LinearModel, plan: Plan) -> None:
        self._model = model
        self._capped: dict[int, Expr] = {}
        instance = plan.instance
        rate = instance.money.microcents_per_watt
        watts = plan.wall.average_w * instance.case.nodes + instance.case.switch_wall_w
        watts += plan.site_sum(lambda i: i.power.average_w * (i.kind == "ups"))
        cooling = plan.site_sum(lambda i: i.power.average_w * (i.kind == "cooling"))
        self.energy = _cents(model, "energy", watts, rate)
        if cooling.terms:
            dry = instance.money.microcents_per_cooling_watt
            self.energy += _cents(model, "cooling", cooling, dry)
        installation = instance.money.installation_cents
        self.capex = plan.purchases_weighted(lambda p: p.unit.capex) + installation
        self.tco = plan.purchases_weighted(lambda p: p.unit.tco) + installation + self.energy

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


def _cents(model: LinearModel, name: str, watts: Expr, rate: int) -> Expr:
    """Energy over the horizon of mean ``watts``, rounded up to the cent."""
    most = energy_cents(model.bounds(watts)[1], rate)
    cents = model.variable(f"{name}_cents", 0, most)
    model.add(cents * MICRO >= watts * rate, f"{name} rounding")
    model.add(cents * MICRO <= watts * rate + (MICRO - 1), f"{name} rounding")
    return cents
