"""Local storage."""

from __future__ import annotations

from optimizer.instance.items import (
    StorageItem,
)
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_storage(audit: Audit) -> list[Use]:
    """Rule ``storage``: local drives against the size of the weights."""
    drives = [(i, n) for i, n in audit.in_node("storage") if isinstance(i, StorageItem)]
    have = audit.platform.storage_included_gb + sum(i.capacity_gb * n for i, n in drives)
    return [Use("local storage", audit.deployment.storage_gb, have, "GB")]
