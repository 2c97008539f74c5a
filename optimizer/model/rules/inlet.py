"""How warm the air may be that a machine takes in."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_inlet(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The air at the front is no warmer than the platform allows at this altitude.

    .. math:: \theta + \max(0, h - 900) / 300 \le \sum_p \Theta_p x_p

    Source: ASHRAE TC 9.9 (2021), classes A1 and A2: 1 C less for each 300 m above 900 m.
    """
    asked = instance.limits.inlet_tenths
    if asked is not None:
        scope.forbid(plan.platforms_where(lambda p: p.max_inlet_tenths < asked))


INLET = Rule("inlet", "the air that comes is cool enough for the platform", add_inlet)
