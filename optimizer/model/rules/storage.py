"""Local storage."""

from __future__ import annotations

from optimizer.instance.items import Instance, StorageItem
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def add_storage(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""Local drives hold the weights with room to spare.

    .. math:: \sum_s c_s n_s + c_p \ge \sigma_d
    """
    have = plan.platforms_weighted(lambda p: p.storage_included_gb)
    for drive in instance.of_kind("storage"):
        assert isinstance(drive, StorageItem)
        have += plan.quantity(drive) * drive.capacity_gb
    scope.limit(have >= plan.deployments_weighted(lambda d: d.storage_gb))


STORAGE = Rule("storage", "local storage holds the weights", add_storage)
