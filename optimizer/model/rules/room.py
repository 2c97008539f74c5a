"""What the room bears: heat, noise, space."""

from __future__ import annotations

from optimizer.instance.items import CoolingItem, Instance
from optimizer.model.linear import total
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_cooling(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Heat leaves by air or, on liquid-cooled platforms, by liquid.

    .. math:: N (w - w^{liq}) + w_s \le H + \sum_u h_u n_u, \qquad N w^{liq} \le H^{liq} + \dots
    """
    case, limits, wall = instance.case, instance.limits, plan.wall
    units = [c for c in instance.of_kind("cooling") if isinstance(c, CoolingItem)]
    if not limits.extra_cooling:
        scope.forbid(total([(1, plan.quantity(u)) for u in units]))
    air = (wall.peak_w - wall.liquid_peak_w) * case.nodes + case.switch_wall_w
    removed_air = sum(
        (plan.quantity(u) * u.removal_w for u in units if not u.liquid), start=0 * wall.peak_w
    )
    scope.add(air <= removed_air + limits.heat_removal_w)
    removed_liquid = sum(
        (plan.quantity(u) * u.removal_w for u in units if u.liquid), start=0 * wall.peak_w
    )
    if wall.liquid_peak_w.terms:
        scope.add(wall.liquid_peak_w * case.nodes <= removed_liquid + limits.liquid_removal_w)


def add_noise(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Sound energies add up to no more than the limit.

    .. math:: \sum_i n_i 10^{L_i/10} \le 10^{L/10}
    """
    if instance.limits.noise is None:
        return
    node = plan.node_sum(lambda i: i.space.noise) * instance.case.nodes
    scope.limit(node + plan.site_sum(lambda i: i.space.noise) <= instance.limits.noise)


def add_rack(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    """Rack units, weight and depth fit the rack."""
    limits, nodes = instance.limits, instance.case.nodes
    units = plan.node_sum(lambda i: i.space.rack_tenths) * nodes
    scope.limit(units + plan.site_sum(lambda i: i.space.rack_tenths) <= limits.rack_tenths)
    cards = plan.accelerators_weighted(lambda a, n: a.space.weight_hg * n)
    weight = (plan.node_sum(lambda i: i.space.weight_hg) + cards) * nodes
    scope.limit(weight + plan.site_sum(lambda i: i.space.weight_hg) <= limits.load_hg)
    deep = lambda i: int(i.space.depth_mm > limits.depth_mm)  # noqa: E731
    scope.limit(plan.node_sum(deep) + plan.site_sum(deep) <= 0)


COOLING = Rule("cooling", "the room removes the heat", add_cooling)
NOISE = Rule("noise", "the build is no louder than the site allows", add_noise)
RACK = Rule("rack", "the build fits the rack: units, depth, weight", add_rack)
