"""What a check finds: how grave it is, about which entry, and where that stands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding. ``check`` is the name of the check; the same for text, JSON and tests."""

    level: Level
    check: str
    id: str
    message: str
    place: str = ""

    def document(self) -> dict[str, str]:
        """The finding for JSON."""
        return asdict(self)


def months(date: str) -> int:
    """A ``YYYY-MM`` or ``YYYY-MM-DD`` as a number of months."""
    return int(date[:4]) * 12 + int(date[5:7]) - 1
