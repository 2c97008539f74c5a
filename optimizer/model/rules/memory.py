"""System memory."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_memory(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""System memory of a node is at least the policy's multiple of its accelerator memory.

    .. math:: \sum_m c_m n_m + c_p \ge \rho \cdot V_d

    Modules fill every channel equally (the options of the plan hold only such counts).
    """
    bought = plan.memory_where(lambda m, _c, _s, n: m.capacity_gib * n)
    inside = plan.platforms_weighted(lambda p: p.memory_included_gib)
    scope.limit(bought + inside >= plan.deployments_weighted(lambda d: d.system_memory_gib))


MEMORY = Rule("memory", "system memory keeps pace with accelerator memory", add_memory)
