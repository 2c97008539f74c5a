"""What a command hands back, and how it reaches the terminal or a file."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from optimizer.atomic import write_bytes_atomic
from optimizer.errors import InputError, OptimizerError, shown

OK, FAILED, BAD_INPUT, INFEASIBLE, NO_ANSWER, INTERRUPTED = 0, 1, 2, 3, 4, 130
BROKEN_PIPE = 141


@dataclass(frozen=True, slots=True)
class Outcome:
    """Text for stdout (or ``file``), notes for stderr, and the exit code."""

    text: str
    code: int = OK
    notes: tuple[str, ...] = ()
    file: Path | None = None


def deliver(outcome: Outcome) -> int:
    """Write an outcome and return the exit code. Raises OptimizerError when it cannot."""
    if outcome.file is not None:
        write_file(outcome.file, outcome.text)
    elif outcome.text:
        write_stdout(outcome.text)
    for note in outcome.notes:
        tell(note)
    return outcome.code


def write_stdout(text: str) -> None:
    """Write to stdout whole; a reader that went away is not our error (BrokenPipeError)."""
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence_stdout()
        raise OptimizerError(f"cannot write the answer: {error.strerror or error}") from None


def silence_stdout() -> None:
    """Point stdout nowhere, so that the interpreter does not complain when it closes it."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def check_writable(file: Path, flag: str = "--output") -> None:
    """Refuse an output file before the solve, not after it. Raises InputError."""
    name = shown(str(file))
    if file.is_dir():
        raise InputError(f"{flag}: {name} is a directory", "Name a file")
    if file.exists() and not file.is_file():
        raise InputError(f"{flag}: {name} is not a plain file", f"Leave {flag} out for stdout")
    if not file.parent.is_dir():
        raise InputError(f"{flag}: there is no directory {shown(str(file.parent))}", "Make it")
    if not os.access(file.parent, os.W_OK):
        raise InputError(f"{flag}: cannot write in {shown(str(file.parent))}")


def write_file(file: Path, content: str | bytes) -> None:
    """Write a file whole or not at all. Raises InputError."""
    try:
        write_bytes_atomic(file, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {shown(str(file))}: {reason}") from None


def tell(message: str, stream: TextIO | None = None) -> None:
    """A line on stderr; never fails."""
    out = stream or sys.stderr
    if out is None:
        return
    encoding = out.encoding or "utf-8"
    try:
        out.write(message.encode(encoding, "replace").decode(encoding) + "\n")
        out.flush()
    except OSError:
        return
