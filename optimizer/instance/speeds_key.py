"""What of a request decides which layouts there are, and how fast they are."""

from __future__ import annotations

from collections.abc import Hashable

from optimizer.schema.request import Request, Workload


def _paced(request: Request) -> Workload:
    """What of a workload decides speeds: targets that rule layouts out change none."""
    work = request.workloads[0]
    return work.replace(targets=work.targets.replace(min_tok_s=None, max_ttft_s=None))


def speeds_key(request: Request, unfit: bool) -> Hashable:
    """What decides which layouts there are and how fast, for one LLM and catalog."""
    policy = request.policy
    cards = (policy.accelerators, policy.exclude, policy.engines, policy.speed_basis)
    needs = (policy.memory_per_vram, policy.storage_per_weights, policy.storage_base_gb)
    return (_paced(request), cards, needs, policy.power_cap, unfit)
