"""Errors that a person sees: what is wrong, where, what is allowed, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MAX_ECHO = 80
MAX_PATH = 400
"""Paths are shown whole: their end is what tells files apart."""


def shown(value: object, most: int = MAX_ECHO) -> str:
    """A value as it may be echoed: short, without control characters or terminal escapes."""
    text = value if isinstance(value, str) else repr(value)
    clean = "".join(ch if ch.isprintable() else "?" for ch in text)
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def nearest(name: str, candidates: Iterable[str], count: int = 3) -> list[str]:
    """The candidates that look most like ``name``; those that contain it first."""
    wanted = name.lower()
    pool = sorted(set(candidates))
    inside = sorted((c for c in pool if wanted and wanted in c.lower()), key=lambda c: (len(c), c))
    lowered = {c.lower(): c for c in pool}
    close = [lowered[c] for c in get_close_matches(wanted, list(lowered), n=count, cutoff=0.5)]
    return list(dict.fromkeys(inside[:count] + close))[:count]


class OptimizerError(Exception):
    """Base of everything this program says on purpose. ``exit_code`` is the process status."""

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        self.message, self.advice = message, advice
        super().__init__(f"{message}. {advice}" if advice else message)


class InputError(OptimizerError):
    """Bad input: flags, files, names, numbers."""

    exit_code = 2


class CatalogError(InputError):
    """A catalog or scenario file says something it may not; the message begins with its place."""


class InternalViolation(OptimizerError):
    """An answer broke a rule that it was solved under: a defect of this program."""

    exit_code = 70


def unknown_name(kind: str, name: str, candidates: Iterable[str]) -> InputError:
    """The error for a name that nothing has, with the nearest ones."""
    near = nearest(name, candidates)
    advice = f"Did you mean {', '.join(near)}?" if near else ""
    return InputError(f"unknown {kind} '{shown(name)}'", advice)
