"""What the terminal at hand can show."""

from __future__ import annotations

import os
import sys

from optimizer.cli.pages import columns
from optimizer.errors import InputError, nearest, shown
from optimizer.report.style import ASCII, THEMES, Style

THEME = "OPTIMIZE_THEME"


def plain_style() -> Style:
    """For files: 80 columns, no colour."""
    return Style()


def terminal_style() -> Style:
    """For stdout: colour on a terminal unless ``NO_COLOR`` is set, its width, its characters.

    ``FORCE_COLOR`` colours what goes into a pipe; ``OPTIMIZE_THEME`` names the colours. Raises
    InputError for a theme that is not known.
    """
    out, room = sys.stdout, os.environ
    live = out is not None and out.isatty()
    colour = (live and room.get("TERM") != "dumb") or bool(room.get("FORCE_COLOR"))
    return Style(
        width=columns() if live else 80,
        colour=colour and not room.get("NO_COLOR"),
        ascii=not _shows_all(out),
        theme=_theme(room.get(THEME) or "default"),
    )


def _theme(name: str) -> str:
    if name not in THEMES:
        near = nearest(name, THEMES, 1)
        advice = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(THEMES)}"
        raise InputError(f"{THEME}: no theme '{shown(name)}'", advice)
    return name


def _shows_all(out: object) -> bool:
    try:
        "".join(chr(code) for code in ASCII).encode(getattr(out, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
