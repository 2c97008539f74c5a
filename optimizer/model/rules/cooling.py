"""Heat that leaves the room."""

from __future__ import annotations

from optimizer.instance.items import CoolingItem, Instance
from optimizer.model.linear import total
from optimizer.model.plan import Plan
from optimizer.model.rules.airflow import air_heat_w
from optimizer.model.scope import Rule, RuleScope


def add_cooling(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Heat leaves by air or, on liquid-cooled platforms, by liquid.

    .. math:: N (w - w^{liq}) + w_s \le H + \sum_u h_u n_u, \qquad N w^{liq} \le H^{liq} + \dots

    What is bought for the site warms it too (w_s): a switch, the losses of an uninterruptible
    supply, the pumps of a distribution unit. An air conditioner's own heat goes outside.
    """
    case, limits, wall = instance.case, instance.limits, plan.wall
    units = [c for c in instance.of_kind("cooling") if isinstance(c, CoolingItem)]
    if not limits.extra_cooling:
        scope.forbid(total([(1, plan.quantity(u)) for u in units]))
    removed_air = sum(
        (plan.quantity(u) * u.removal_w for u in units if not u.liquid), start=0 * wall.peak_w
    )
    scope.add(air_heat_w(plan) <= removed_air + limits.heat_removal_w)
    removed_liquid = sum(
        (plan.quantity(u) * u.removal_w for u in units if u.liquid), start=0 * wall.peak_w
    )
    if wall.liquid_peak_w.terms:
        scope.add(wall.liquid_peak_w * case.nodes <= removed_liquid + limits.liquid_removal_w)


COOLING = Rule("cooling", "the room removes the heat", add_cooling)
