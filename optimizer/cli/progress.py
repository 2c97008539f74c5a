"""One line on stderr that says how far a solve is; nothing in the first second."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from optimizer.errors import shown

QUIET_S = 1.0
MAX_STEP = 200


class Progress:
    """Call it with a text; :meth:`clear` wipes the line."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr is not None
        self._started = time.monotonic()
        self._width = 0

    def __call__(self, text: str) -> None:
        """Show ``text`` in place of what was shown before."""
        if not self._wanted or time.monotonic() - self._started < QUIET_S:
            return
        line = shown(text)
        self._write("\r" + line.ljust(self._width))
        self._width = len(line)

    def clear(self) -> None:
        """Leave an empty line for what follows."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, UnicodeError):
            self._wanted = False


def told_progress(given: Mapping[str, Any]) -> Progress:
    """What shows the progress of a solve: one line, or with ``--verbose`` a line per step."""
    wanted = progress_wanted(bool(given.get("progress")), bool(given.get("quiet")))
    return Steps() if given.get("verbose") else Progress(wanted)


class Steps(Progress):
    """Every step on a line of its own, with the seconds so far, from the first on."""

    def __init__(self) -> None:
        super().__init__(True)

    def __call__(self, text: str) -> None:
        """Add a line."""
        if self._wanted:
            self._write(f"[{time.monotonic() - self._started:6.2f} s] {shown(text, MAX_STEP)}\n")


def progress_wanted(asked: bool, quiet: bool) -> bool:
    """On a terminal, or when asked for; never when quiet."""
    return not quiet and (asked or (sys.stderr is not None and sys.stderr.isatty()))
