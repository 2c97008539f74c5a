"""The last door: an answer that breaks a rule never leaves the program."""

from __future__ import annotations

from collections.abc import Collection

from optimizer.errors import InternalViolation
from optimizer.instance.choice import Choice
from optimizer.instance.items import Instance
from optimizer.verify.audit import Audit
from optimizer.verify.checks import CHECKS
from optimizer.verify.fits import check_compatibility
from optimizer.verify.use import Use


def violations(choice: Choice, instance: Instance, without: Collection[str] = ()) -> list[str]:
    """Rules that a choice breaks, each with its numbers; empty when it may be shown.

    The rules ``without`` are not asked.
    """
    audit = Audit(choice, instance)
    found = []
    for rule, check in CHECKS.items():
        for use in [] if rule in without else check(audit):
            if not use.holds:
                misfits = check_compatibility(audit) if rule == "compatibility" else []
                detail = f": {', '.join(misfits)}" if misfits else ""
                found.append(f"{rule} ({use.scope}): {use.used} of {use.available}{detail}")
    return found


def verify(
    choice: Choice, instance: Instance, without: Collection[str] = ()
) -> dict[str, list[Use]]:
    """All limits with their use, by rule. Raises InternalViolation if one is broken.

    The rules ``without`` may be: an explanation shows what comes of leaving one out.
    """
    broken = violations(choice, instance, without)
    if broken:
        raise InternalViolation("the answer breaks " + "; ".join(broken))
    audit = Audit(choice, instance)
    return {rule: check(audit) for rule, check in CHECKS.items()}
