"""What a check returns: used against available."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """Integers in the unit named; ``scope`` says where."""

    scope: str
    used: int
    available: int
    unit: str

    @property
    def holds(self) -> bool:
        """True when the limit is kept."""
        return self.used <= self.available
