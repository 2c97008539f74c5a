"""Air that passes the machines."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_airflow(audit: Audit) -> list[Use]:
    """Rule ``airflow``: heat to the air against what the air carries away."""
    limit = audit.instance.limits.airflow_w
    return [] if limit is None else [Use("heat that the air carries", audit.air_heat_w, limit, "W")]
