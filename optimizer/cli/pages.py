"""Help pages: panels of aligned flags at 80 columns, made without rich, which costs 0.1 s."""

from __future__ import annotations

import shutil
import textwrap
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from optimizer.errors import unknown_name

LABEL = 30


def columns() -> int:
    """Width of a page: the terminal's, between 60 and 100."""
    return max(60, min(100, shutil.get_terminal_size((80, 24)).columns))


def help_page(command: Any, context: Any, short: bool = False) -> str:
    """The help of a command: usage, text, examples, sub-commands, flags by panel.

    ``short`` leaves the flags out and says where they are.
    """
    width = columns()
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"Usage: {context.command_path} {usage}".rstrip(), ""]
    text, _, examples = (command.help or "").partition("Examples:")
    for paragraph in text.strip().split("\n\n"):
        lines += [*textwrap.wrap(" ".join(paragraph.split()), width), ""]
    if examples:
        example_lines = textwrap.dedent(examples).strip("\n").splitlines()
        lines += ["Examples", *(f"  {line}".rstrip() for line in example_lines), ""]
    for title, rows in _panels(command, context).items():
        if short and title != "Commands":
            continue
        lines += [title, *(line for row in rows for line in _row(*row, width)), ""]
    if short:
        lines.append(f"All flags: {context.command_path} --help")
    return "\n".join(lines).rstrip() + "\n"


def _panels(command: Any, context: Any) -> dict[str, list[tuple[str, str]]]:
    panels: dict[str, list[tuple[str, str]]] = {}
    for name in getattr(command, "list_commands", lambda _: [])(context):
        sub = command.get_command(context, name)
        if sub is not None and not sub.hidden:
            panels.setdefault("Commands", []).append((name, sub.get_short_help_str(200)))
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            label = parameter.metavar or parameter.name.upper()
            panels.setdefault("Arguments", []).append((label, parameter.help or ""))
            continue
        names = ", ".join([*parameter.opts, *parameter.secondary_opts])
        metavar = "" if parameter.is_flag else f" {parameter.metavar or 'VALUE'}"
        text = (parameter.help or "") + (" (repeatable)" if parameter.multiple else "")
        panel = getattr(parameter, "rich_help_panel", None) or "Options"
        panel = "Output" if parameter.name == "help" and "Output" in panels else panel
        panels.setdefault(panel, []).append((names + metavar, text))
    return panels


def _row(label: str, text: str, width: int) -> list[str]:
    parts = textwrap.wrap(text, width - LABEL) or [""]
    if len(label) > LABEL - 3:
        return [f"  {label}"] + [" " * LABEL + part for part in parts]
    first = f"  {label}".ljust(LABEL) + parts[0]
    return [first.rstrip()] + [" " * LABEL + part for part in parts[1:]]


class Command(TyperCommand):
    """A command with the help page above."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(help_page(self, ctx))


class Group(TyperGroup):
    """A group of commands with the help page above, in the order in which they were added."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(help_page(self, ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names. Raises InputError with the nearest ones."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise unknown_name("command", args[0], self.commands)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of definition."""
        return list(self.commands)


class Alone(Group):
    """The main job without the commands beside it: a word where one may stand is none of its own.

    Raises the parser's complaint, upon which the whole tree is asked.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """No command is known here."""
        raise typer.BadParameter("a command")
