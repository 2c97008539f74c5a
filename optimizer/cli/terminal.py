"""What the terminal at hand can show."""

from __future__ import annotations

import os
import sys

from optimizer.cli.pages import columns
from optimizer.report.style import ASCII, Style


def plain_style() -> Style:
    """For files: 80 columns, no colour."""
    return Style()


def terminal_style() -> Style:
    """For stdout: colour on a terminal unless ``NO_COLOR`` is set, its width, its characters."""
    out = sys.stdout
    live = out is not None and out.isatty()
    colour = live and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(width=columns() if live else 80, colour=colour, ascii=not _shows_all(out))


def _shows_all(out: object) -> bool:
    try:
        "".join(chr(code) for code in ASCII).encode(getattr(out, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
