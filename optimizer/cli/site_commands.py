"""Commands about rooms: their flags, their help, and where they run."""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Any

import typer

from optimizer.cli import flags
from optimizer.cli.output import Outcome
from optimizer.cli.pages import Command, Group

ROOM = ("--site", "--circuit", "--heat-removal", "--noise-limit")
CHECK_FLAGS = (
    flags.Flag(
        "--build", "Check", "An answer: optimize ... --json > answer.json", (), "FILE", "path"
    ),
    *(f for f in flags.REQUEST if f.name in ROOM),
)
site_app = typer.Typer(cls=Group)


@site_app.callback(invoke_without_command=True)
def site_group(ctx: typer.Context) -> Outcome | None:
    """Look into rooms, or check a build against another one."""
    return Outcome(ctx.get_help() + "\n") if ctx.invoked_subcommand is None else None


@site_app.command("list", cls=Command)
@flags.takes([flags.JSON, *flags.CATALOG])
def site_list(**given: Any) -> Outcome:
    """List the rooms: what each powers, cools and bears.

    Examples:
        optimize site list
    """
    from optimizer.cli.site import list_sites

    return list_sites(given)


@site_app.command("show", cls=Command)
@flags.takes([flags.JSON, *flags.CATALOG])
def site_show(
    name: str = typer.Argument(..., metavar="NAME", help="Room, as in optimize site list"),
    **given: Any,
) -> Outcome:
    """Show one room: watts of each circuit, heat in kW, BTU/h and tons, air, noise, rack, floor.

    Examples:
        optimize site show office-closet
    """
    from optimizer.cli.site import show_site

    return show_site(name, given)


@site_app.command("check", cls=Command)
@flags.takes([*CHECK_FLAGS, flags.JSON, *flags.CATALOG])
def site_check(**given: Any) -> Outcome:
    """Check the build of an answer against a room, limit by limit, without the solver.

    The exit code is 3 when a limit is broken. Without --site the room of the answer is meant.

    Examples:
        optimize --model llama-70b --budget 40k --json --output answer.json
        optimize site check --build answer.json --site home-20a
        optimize site check --build answer.json --site server-room --circuit 32A/230V:2
    """
    from optimizer.cli.site import check_answer

    return check_answer(given)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(site_app, name="site")
