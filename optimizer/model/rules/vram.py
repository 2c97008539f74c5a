"""Accelerator memory."""

from __future__ import annotations

from optimizer.instance.items import Instance
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_vram(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Weights, KV cache, activations and runtime fit the usable part of each accelerator.

    .. math:: m_d x_d \le u_d x_d \quad \forall d

    Deployments that do not fit stay in the model, so that dropping the rule shows what it costs.
    """
    scope.forbid(plan.deployments_weighted(lambda d: max(0, d.vram_need_mib - d.vram_usable_mib)))


VRAM = Rule("vram", "the LLM and its KV cache fit the accelerators' memory", add_vram)
