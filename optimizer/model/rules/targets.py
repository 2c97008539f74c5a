"""What the users of the LLM are promised."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_targets(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The deployment reaches every service target.

    .. math:: r_d x_d \ge R x_d \quad \forall d

    Output tokens per second in total, per user (at the stated concurrency), and time to first
    token.
    """
    limits = instance.limits
    if limits.min_output_milli:
        scope.limit(plan.deployments_weighted(lambda d: d.output_milli) >= limits.min_output_milli)
    if limits.min_user_milli:
        scope.limit(plan.deployments_weighted(lambda d: d.user_milli) >= limits.min_user_milli)
    if limits.max_ttft_us is not None:
        scope.limit(plan.deployments_weighted(lambda d: d.ttft_us) <= limits.max_ttft_us)


TARGETS = Rule("targets", "the service targets are met", add_targets)
