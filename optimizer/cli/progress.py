"""One line on stderr that says how far a solve is; nothing in the first second."""

from __future__ import annotations

import sys
import time

from optimizer.errors import shown

QUIET_S = 1.0


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


def progress_wanted(asked: bool, quiet: bool) -> bool:
    """On a terminal, or when asked for; never when quiet."""
    return not quiet and (asked or (sys.stderr is not None and sys.stderr.isatty()))
