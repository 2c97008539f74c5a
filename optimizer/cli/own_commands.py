"""Commands about the program itself: does it work here, and completion for shells."""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Any

import typer

from optimizer.cli import flags
from optimizer.cli.output import Outcome
from optimizer.cli.pages import Command

DISTRIBUTION = "llm-build-optimizer"


@flags.takes([flags.JSON, *flags.CATALOG])
def doctor(**given: Any) -> Outcome:
    """Check this installation: versions, catalog, terminal, and a self-test of about a second.

    The exit code is 1 when something is wrong; send what it prints along with a question.

    Examples:
        optimize doctor
        optimize doctor --catalog my-catalog/
    """
    from optimizer.cli.doctor import examine

    return examine(given)


def completion(
    shell: str = typer.Argument(..., metavar="SHELL", help="bash, zsh or fish"),
) -> Outcome:
    """Print a script that makes the shell complete commands, flags and names.

    Examples:
        optimize completion bash >> ~/.bashrc
        optimize completion zsh >> ~/.zshrc
        optimize completion fish > ~/.config/fish/completions/optimize.fish
    """
    from optimizer.cli.completion import script

    return Outcome(script(shell))


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("doctor", cls=Command)(doctor)
    app.command("completion", cls=Command)(completion)


def version_line() -> str:
    """``optimize 0.1.0``."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"optimize {version(DISTRIBUTION)}"
    except PackageNotFoundError:
        return "optimize (not installed)"
