"""Commands that compare several answers: their flags, their help, and where they run."""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Any

import typer

from optimizer.cli import flags
from optimizer.cli.output import Outcome
from optimizer.cli.pages import Command

COMPARE_FLAGS = (
    flags.Flag("--by", "Compare", "condition, accelerator, site, context, model, ...", (), "NAME"),
    flags.Flag("--values", "Compare", "Values, the baseline first: 8K,32K", (), "A,B,...", "list"),
)
RENT_FLAGS = (
    flags.Flag(
        "--match", "Rent", "throughput, speed, targets or load [by the objective]", (), "NAME"
    ),
    flags.Flag("--provider", "Rent", "Only these providers", (), "NAME", "list"),
    flags.Flag("--term", "Rent", "Only these terms [those one can hold]", (), "NAME", "list"),
    flags.Flag("--rent-change", "Rent", "Change of rents a year: -10% [0]", (), "SHARE"),
)
STUDY = tuple(f for f in (*flags.REQUEST, *flags.CATALOG, *flags.SOLVE) if f.name != "--explain")


@flags.takes([*COMPARE_FLAGS, *STUDY, *flags.WRITE])
def compare_answers(**given: Any) -> Outcome:
    """Put answers side by side: new against used, one accelerator against another, ...

    The first is the baseline. By condition: new, refurbished, used, and all mixed.

    Examples:
        optimize compare --by condition --model llama-405b --budget 150000
        optimize compare --by context --values 8K,32K --model llama-70b --min-tok-s 500
    """
    from optimizer.cli.compare import show_comparison

    return show_comparison(given)


@flags.takes([*STUDY, *RENT_FLAGS, *flags.WRITE])
def rent_or_own(**given: Any) -> Outcome:
    """Compare owning with renting the same capacity: break-even, cash flows, crossover.

    The build is solved as usual; then the cheapest dated cloud rate of every accelerator that
    serves the same workload is priced, always on and by busy hours.

    Examples:
        optimize rent --model llama-405b --budget 150000
        optimize rent --model llama-70b --min-tok-s 500 --duty 20%
    """
    from optimizer.cli.rent import show_rent

    return show_rent(given)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("compare", cls=Command)(compare_answers)
    app.command("rent", cls=Command)(rent_or_own)
