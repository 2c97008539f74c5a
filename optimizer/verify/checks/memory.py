"""System memory and its slots."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_memory(audit: Audit) -> list[Use]:
    """Rule ``memory``: system memory against accelerator memory, channels filled equally."""
    have = audit.platform.memory_included_gib
    have += sum(m.capacity_gib * n for m, n in audit.modules)
    rows = [Use("system memory", audit.deployment.system_memory_gib, have, "GiB")]
    for _, count in audit.modules:
        uneven = count % max(1, audit.platform.memory_channels)
        rows.append(Use("modules over full channels", uneven, 0, "modules"))
        rows.append(Use("DIMM slots", count, audit.platform.dimm_slots, "slots"))
    return rows
