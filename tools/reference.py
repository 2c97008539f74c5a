"""The page docs/cli.md: every command with examples and flags, from the program's own tables."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from optimizer.cli.app import app

HEAD = """# Commands

Generated from the program by `make docs`; do not edit. The same, shorter, on the command line:
`optimize --help`, `optimize COMMAND --help`.

Values are written as people write them: `150k`, `$150,000`, `32K`, `30A/240V:2`, `8%`, `36 months`.
What stands in brackets is used where a flag is left out.
"""


def cli_page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    shared = {p.name for p in root.params}
    parts = [HEAD, *_command("optimize", root, set())]
    for path, command in _commands("optimize", root):
        parts += _command(path, command, shared)
    return "\n".join(parts).rstrip() + "\n"


def _commands(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Every command below a group, depth first, in the order of the help."""
    for name, command in getattr(group, "commands", {}).items():
        yield f"{path} {name}", command
        yield from _commands(f"{path} {name}", command)


def _command(path: str, command: Any, shared: set[str]) -> list[str]:
    """Heading, text, examples, arguments, flags; ``shared`` are told once, at the top."""
    text, _, examples = inspect.cleandoc(command.help or "").partition("Examples:")
    lines = [f"## {path}", "", *text.strip().splitlines(), ""]
    if examples:
        lines += ["```text", *inspect.cleandoc(examples).splitlines(), "```", ""]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    if arguments:
        lines += _table("argument", ((f"`{p.metavar}`", p.help or "") for p in arguments))
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    own = [p for p in options if p.name not in shared]
    lines += _flags(own)
    common = [p for p in options if p.name in shared]
    if common and shared:
        names = ", ".join(f"`{p.opts[0]}`" for p in common)
        lines += [f"As [above](#optimize): {names}.", ""]
    return lines


def _flags(options: list[Any]) -> list[str]:
    """A table per panel."""
    panels: dict[str, list[Any]] = {}
    for option in options:
        panels.setdefault(option.rich_help_panel or "Options", []).append(option)
    lines = []
    for title, held in panels.items():
        lines += _table(title, ((_label(option), _meaning(option)) for option in held))
    return lines


def _label(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return names if option.is_flag else f"{names} {option.metavar or 'VALUE'}"


def _meaning(option: Any) -> str:
    return (option.help or "") + (" (repeatable)" if option.multiple else "")


def _table(title: str, rows: Any) -> list[str]:
    lines = [f"| {title} | |", "|---|---|"]
    lines += [f"| {a} | {b.replace('|', '&#124;')} |" for a, b in rows]
    return [*lines, ""]
