"""Noise that the site bears."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_noise(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Sound energies add up to no more than the limit.

    .. math:: \sum_i n_i 10^{L_i/10} \le 10^{L/10}
    """
    if instance.limits.noise is None:
        return
    node = plan.node_sum(lambda i: i.space.noise) * instance.case.nodes
    scope.limit(node + plan.site_sum(lambda i: i.space.noise) <= instance.limits.noise)


NOISE = Rule("noise", "the build is no louder than the site allows", add_noise)
