"""One complete selection for an instance: plain data, shared by the solver side and by verify."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen. ``per_node`` and ``per_site`` map component id to quantity.

    ``purchases`` maps purchase keys (component and condition) to the quantity of the whole build;
    what comes inside a platform is in none of the three.
    """

    platform: str
    deployment: int
    per_node: dict[str, int] = field(default_factory=dict)
    per_site: dict[str, int] = field(default_factory=dict)
    purchases: dict[str, int] = field(default_factory=dict)
