"""The door: arguments in, exit code out. What is said on purpose is said in one message."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer

from optimizer.cli.app import app, main_app
from optimizer.cli.output import (
    BAD_INPUT,
    BROKEN_PIPE,
    INTERRUPTED,
    Outcome,
    deliver,
    silence_stdout,
    tell,
)
from optimizer.errors import OptimizerError, nearest, shown

COMPLETE = "_OPTIMIZE_COMPLETE"
"""Set by the shell that wants words to complete."""
USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""The parser's own complaints. Their module has moved between releases of typer; this has not."""


def main() -> None:
    """Entry point of the ``optimize`` command."""
    # A short process that makes many small objects and hardly a cycle: collecting less often saves
    # a sixth of the time of an answer and no memory.
    gc.set_threshold(200_000, 50, 50)
    # Looking for plugins of pydantic costs more than reading a catalog, and none is wanted.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if COMPLETE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415

        completion_init()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code and never raises for bad input."""
    try:
        outcome = _invoked(list(arguments))
        return deliver(outcome) if isinstance(outcome, Outcome) else int(outcome or 0)
    except OptimizerError as error:
        tell(f"error: {error}")
        return error.exit_code
    except USAGE_ERROR as error:
        tell(f"error: {usage_message(error)}")
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        silence_stdout()
        return BROKEN_PIPE


def _invoked(arguments: list[str]) -> Any:
    """What a command line leads to. The main job's is read without the commands beside it."""
    help_asked = not {"--help", "-h"}.isdisjoint(arguments)
    if arguments and arguments[0].startswith("-") and not help_asked:
        try:
            return _called(_main_job(), arguments)
        except USAGE_ERROR:
            pass  # a command after all, or a complaint that should know all of them
    return _called(_commands(), arguments)


def _called(command: Any, arguments: list[str]) -> Any:
    return command.main(args=list(arguments), prog_name="optimize", standalone_mode=False)


@cache
def _commands() -> Any:
    """Every command with its flags, made once: that takes longer than many commands run."""
    return typer.main.get_command(app)


@cache
def _main_job() -> Any:
    return typer.main.get_command(main_app)


OTHER_WORDS = {
    "--users": "--concurrency",
    "--gpu": "--accelerator",
    "--llm": "--model",
    "--price": "--budget",
}
"""Words that people bring along and that no spelling leads from to the flag -> the flag."""


def usage_message(error: Any) -> str:
    """The parser's complaint in our words: an unknown flag with the nearest ones."""
    wrong = getattr(error, "option_name", None)
    command = error.ctx.command if error.ctx is not None else None
    if wrong is not None and type(error).__name__ == "NoSuchOption" and command is not None:
        known = [name for p in command.get_params(error.ctx) for name in p.opts if "--" in name]
        meant = OTHER_WORDS.get(wrong)
        near = [meant] if meant in known else nearest(wrong, known, 1)
        advice = f"Did you mean {near[0]}?" if near else f"See {error.ctx.command_path} --help"
        return f"unknown flag '{shown(wrong)}'. {advice}"
    message = "".join(ch if ch.isprintable() else "?" for ch in error.format_message())
    path = error.ctx.command_path if error.ctx is not None else "optimize"
    return f"{message.rstrip('.')}. See {path} --help"


if __name__ == "__main__":
    main()
