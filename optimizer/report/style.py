"""Plain text in columns: widths, wrapping, bars, and colour that nothing depends on.

All text that comes from data goes through :func:`clean` first: control characters and terminal
escapes never reach a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"
TO = "\N{EN DASH}"
GLUE = "\0"
"""Stands for a space that no line is broken at; what is clean has none."""
CODES = {
    "bold": "1",
    "dim": "2",
    "good": "32",
    "warn": "33",
    "bad": "31",
    "accent": "36",
}
THEMES = {
    "default": CODES,
    "contrast": {**CODES, "dim": "0", "good": "1;92", "warn": "1;93", "bad": "1;91", "accent": "1"},
    "mono": {**CODES, "good": "1", "warn": "1;4", "bad": "7", "accent": "0"},
}
"""Theme -> style -> codes: the terminal's own colours, brighter ones, none but weight."""
ASCII = str.maketrans(
    {
        "█": "#",
        "▓": "=",
        "▒": "+",
        "░": ".",
        "·": "|",
        TIMES: "x",
        MINUS: "-",
        TO: "-",
        "…": "...",
        "≥": ">=",
        "≤": "<=",
        "→": "->",
        "±": "+/-",
    }
)
"""Stand-ins for a terminal that cannot show the characters used here."""


def clean(text: object) -> str:
    """Text from data as it may be shown: no control characters, no invisible ones."""
    return "".join(ch if ch.isprintable() else "?" for ch in str(text))


def width_of(text: str) -> int:
    """Columns that plain text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1
        for ch in text
    )


def left(text: str, width: int) -> str:
    """Padded on the right to ``width`` columns."""
    return text + " " * max(0, width - width_of(text))


def right(text: str, width: int) -> str:
    """Padded on the left to ``width`` columns."""
    return " " * max(0, width - width_of(text)) + text


def clip(text: str, width: int) -> str:
    """Cut to ``width`` columns, with an ellipsis where something is lost."""
    if width_of(text) <= width:
        return text
    kept = ""
    for ch in text:
        if width_of(kept + ch) > width - 1:
            break
        kept += ch
    return kept + "…"


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces; a longer word is cut in pieces.

    A per cent sign stays with its number.
    """
    lines = [""]
    for word in text.replace(" %", f"{GLUE}%").split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        lines[-1:] = _pieces(word, width)
    return [line.replace(GLUE, " ") for line in lines]


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for ch in word:
        if width_of(pieces[-1] + ch) > max(2, width):
            pieces.append("")
        pieces[-1] += ch
    return pieces


def join_wrapped(parts: Iterable[str], separator: str, width: int) -> list[str]:
    """Parts joined by a separator, broken only between parts where they are short enough."""
    lines: list[str] = [""]
    for part in parts:
        joined = f"{lines[-1]}{separator}{part}" if lines[-1] else part
        if width_of(joined) <= width:
            lines[-1] = joined
        else:
            pieces = wrap(part, width)
            lines[-1:] = pieces if not lines[-1] else [lines[-1], *pieces]
    return lines


def bar(share: float, width: int) -> str:
    """A bar of ``width`` cells, filled to ``share`` (0 to 1); any use at all shows."""
    filled = min(width, max(int(share > 0), int(share * width + 1e-9)))
    return "█" * filled + "░" * (width - filled)


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: columns, colour or not, in which theme, and whether only ASCII is shown."""

    width: int = 80
    colour: bool = False
    ascii: bool = False
    theme: str = "default"

    def paint(self, text: str, *names: str) -> str:
        """Text in a named style, when colour is on. The text is already laid out."""
        if not self.colour or not text:
            return text
        codes = ";".join(THEMES[self.theme][name] for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def title(self, text: str) -> str:
        """The heading of a section."""
        return self.paint(text, "bold")

    def page(self, sections: Iterable[Sequence[str]]) -> str:
        """Sections with a blank line between them, ending in a newline."""
        text = "\n\n".join("\n".join(line.rstrip() for line in s) for s in sections if s) + "\n"
        return text.translate(ASCII) if self.ascii else text

    def labelled(self, label: str, lines: Sequence[str], indent: int) -> list[str]:
        """``label`` in a left column of ``indent`` columns, ``lines`` beside it."""
        heads = [label] + [""] * (len(lines) - 1)
        return [
            self.title(left(head, indent)) + line for head, line in zip(heads, lines, strict=True)
        ]
