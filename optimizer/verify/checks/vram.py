"""Accelerator memory."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_vram(audit: Audit) -> list[Use]:
    """Rule ``vram``: the fullest accelerator."""
    deployment = audit.deployment
    return [
        Use("VRAM per GPU", deployment.vram_need_mib, deployment.vram_usable_mib, "MiB"),
    ]
