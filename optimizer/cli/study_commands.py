"""Commands that compare several answers: their flags, their help, and where they run."""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated, Any

import typer

from optimizer.cli import flags
from optimizer.cli.output import Outcome
from optimizer.cli.pages import Command, Group

RUN_FLAGS = (
    flags.Flag("--scenario", "Scenario", "A named scenario of the file, or: all", (), "NAME"),
    flags.Flag("--set", "Scenario", "Change a value: budget=80k", (), "PATH=VALUE", "list"),
    flags.Flag("--show", "Scenario", "Show the effective request, solve nothing", kind="switch"),
)
COMPARE_FLAGS = (
    flags.Flag("--by", "Compare", "condition, accelerator, site, context, model, ...", (), "NAME"),
    flags.Flag(
        "--values", "Compare", "Values, as after the command: 8K,32K", (), "A,B,...", "list"
    ),
    flags.Flag("--baseline", "Compare", "What the others are held against [the first]", (), "NAME"),
)
FRONTIER_FLAGS = (
    flags.Flag("--x", "Frontier", "What it costs: tco, capex or watts [tco]", (), "NAME"),
    flags.Flag(
        "--y", "Frontier", "What it brings: throughput, speed, users, context [throughput]", (),
        "NAME",
    ),
    flags.Flag("--points", "Frontier", "So many, spread [all that nothing dominates]", (), "N"),
    flags.Flag("--up-to", "Frontier", "Most users [64], or context [the LLM's]", (), "N"),
    flags.Flag("--plot", "Output", "Also a picture: out.svg or out.png", (), "FILE", "path"),
    flags.Flag("--csv", "Output", "Also a table for spreadsheets", (), "FILE", "path"),
)  # fmt: skip
SWEEP_FLAGS = (
    flags.Flag(
        "--over", "Sweep", "Values of a path: budget=20k,40k or budget=20k..200k/10[log]", (),
        "PATH=...", "list",
    ),
    flags.Flag("--jobs", "Sweep", "Processes on this machine [one per core]", (), "N"),
    flags.Flag("--backend", "Sweep", "loky (this machine), dask or ray [loky]", (), "NAME"),
    flags.Flag("--scheduler", "Sweep", "tcp://HOST:8786 (Dask), HOST:6379 (Ray)", (), "URL"),
    flags.Flag("--force", "Sweep", "Begin anew, and replace what is there", kind="switch"),
    flags.Flag("--no-cache", "Sweep", "Neither use nor keep solved requests", kind="switch"),
)  # fmt: skip
RENT_FLAGS = (
    flags.Flag(
        "--match", "Rent", "throughput, speed, targets or load [by the objective]", (), "NAME"
    ),
    flags.Flag("--provider", "Rent", "Only these providers", (), "NAME", "list"),
    flags.Flag("--term", "Rent", "Only these terms [those one can hold]", (), "NAME", "list"),
    flags.Flag("--rent-change", "Rent", "Change of rents a year: -10% [0]", (), "SHARE"),
    flags.Flag("--egress", "Rent", "Traffic out of the cloud, GB a month [0]", (), "GB"),
    flags.Flag("--egress-price", "Rent", "Dollars per GB of it", (), "USD"),
    flags.Flag("--api-price", "Rent", "An API, dollars per million output tokens", (), "USD"),
    flags.Flag("--api-input-price", "Rent", "Its million input tokens [0]", (), "USD"),
)
STUDY = tuple(
    f for f in (*flags.REQUEST, *flags.CATALOG, *flags.SOLVE) if f.name not in flags.EXPLAINING
)


@flags.takes([*RUN_FLAGS, *flags.CATALOG, *flags.SOLVE, *flags.WRITE, *flags.EXPORT])
def run_file(
    file: str = typer.Argument(..., metavar="FILE", help="Scenario in YAML"), **given: Any
) -> Outcome:
    """Solve a request that stands in a YAML file, and check what it expects.

    A file may name changes of its request (overrides) and combine them (scenarios).

    Examples:
        optimize run my-plan.yaml
        optimize run my-plan.yaml --scenario all
        optimize run my-plan.yaml --set budget=80k --set site=home-20a --show
        optimize run my-plan.yaml --json --output answer.json
    """
    from pathlib import Path

    from optimizer.cli.run import run_scenarios

    return run_scenarios(Path(file), given)


@flags.takes([*COMPARE_FLAGS, *STUDY, *flags.WRITE, *flags.REPORT])
def compare_answers(
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="A B ...", help="Values of --by, or FILE[:SCENARIO]"),
    ] = None,
    **given: Any,
) -> Outcome:
    """Put answers side by side: scenario files, new against used, two accelerators, ...

    Without --by, A B ... are scenario files, or FILE:NAME for a named scenario of one. By
    condition: new, refurbished, used, and all mixed.

    Examples:
        optimize compare cheap.yaml cheap.yaml:used fast.yaml --baseline fast.yaml
        optimize compare --by condition --model llama-405b --budget 150000
        optimize compare 8K 32K --by context --model llama-70b --min-tok-s 500
    """
    from optimizer.cli.compare import show_comparison

    return show_comparison(items or [], given)


@flags.takes([*FRONTIER_FLAGS, *STUDY, *flags.WRITE, *flags.REPORT])
def trace_frontier(**given: Any) -> Outcome:
    """Trace what costs how much: every build that nothing dominates, each proven.

    Throughput or speed against TCO, purchase price or watts; or how much more users or a longer
    context cost. Limits of the request hold; its objective plays no part.

    Examples:
        optimize frontier --model llama-405b --budget 150000 --plot frontier.svg
        optimize frontier --x watts --y speed --model qwen3-32b --budget 6k --site home-15a
        optimize frontier --x capex --y users --up-to 32 --model llama-70b --max-nodes 1
    """
    from optimizer.cli.frontier import show_frontier

    return show_frontier(given)


ALTERNATIVE_FLAGS = (
    flags.Flag("--within", "Alternatives", "Share of the objective to give up [5%]", (), "SHARE"),
    flags.Flag("--count", "Alternatives", "So many beside the best [5]", (), "N"),
    flags.Flag(
        "--differ", "Alternatives", "In so many of five features from each other [1]", (), "N"
    ),
)


@flags.takes([*ALTERNATIVE_FLAGS, *STUDY, *flags.WRITE, *flags.REPORT])
def near_misses(**given: Any) -> Outcome:
    """Find builds that are nearly as good, and differ in what matters.

    The features are the accelerator, its vendor, its condition (new, used, ...), the kind of
    platform and the number of nodes. Each build is the best of those that differ from all before.

    Examples:
        optimize alternatives --model llama-405b --budget 150000 --within 40%
        optimize alternatives --model llama-70b --min-tok-s 500 --within 30% --differ 2
    """
    from optimizer.cli.alternatives import show_alternatives

    return show_alternatives(given)


@flags.takes([*SWEEP_FLAGS, *STUDY, *flags.WRITE, *flags.REPORT])
def sweep_grid(
    file: str = typer.Argument(None, metavar="[FILE]", help="Scenario with sweep: in YAML"),
    **given: Any,
) -> Outcome:
    """Solve every request of a grid, in parallel, into a table (.parquet or .csv).

    Axes stand in the file under sweep:, or in --over; every combination is one request, at most
    100,000. Rows are kept as they are solved: after any stop the same command goes on.

    Examples:
        optimize sweep scenarios/electricity.yaml --output electricity.csv
        optimize sweep --model llama-70b --over budget=20k..200k/10 --over concurrency=1,8,64
          --output sweep.parquet
        optimize sweep grid.yaml --output grid.parquet --backend dask --scheduler tcp://host:8786
    """
    from optimizer.cli.sweep import run_sweep

    return run_sweep(file, given)


@flags.takes([*STUDY, *RENT_FLAGS, *flags.WRITE, *flags.EXPORT])
def rent_or_own(**given: Any) -> Outcome:
    """Compare owning with renting the same capacity: break-even, cash flows, crossover.

    The build is solved as usual; then the cheapest dated cloud rate of every accelerator that
    serves the same workload is priced, always on, by busy hours and by request. With --api-price an
    API is the third option.

    Examples:
        optimize rent --model llama-405b --budget 150000
        optimize rent --model llama-70b --min-tok-s 500 --duty 20%
        optimize rent --model llama-70b --api-price 0.88 --api-input-price 0.88
    """
    from optimizer.cli.rent import show_rent

    return show_rent(given)


SENSITIVITY_FLAGS = (
    flags.Flag(
        "--vary", "Sensitivity", "An assumption low and high: electricity=0.1..0.4 [the usual]", (),
        "PATH=A..B", "list",
    ),
    flags.Flag(
        "--breaks", "Sensitivity", "Where it changes the best build: price:used=0.5..2", (),
        "PATH=A..B", "list",
    ),
    flags.Flag("--samples", "Sensitivity", "Samples of prices and speed, each solved", (), "N"),
)  # fmt: skip


@flags.takes([*SENSITIVITY_FLAGS, *STUDY, *flags.WRITE, *flags.REPORT])
def sensitivity_of_answer(**given: Any) -> Outcome:
    """Show what the answer rests on: assumptions, break points, chance.

    Without flags, the usual assumptions low and high. PATH is a key of the request, or price:PART,
    price:KIND, price:CONDITION, price:all with a factor.

    Examples:
        optimize sensitivity --model llama-70b --concurrency 8 --max-nodes 1
        optimize sensitivity --model llama-70b --breaks price:used=0.5..3 --max-nodes 1
        optimize sensitivity --model llama-70b --min-tok-s 500 --samples 50 --max-nodes 1
    """
    from optimizer.cli.sensitivity import show_sensitivity

    return show_sensitivity(given)


ROBUST_FLAGS = (
    flags.Flag("--measure", "Prices", "What is held low: p90 or worst [p90]", (), "NAME"),
    flags.Flag("--samples", "Prices", "Samples of prices, each solved [20]", (), "N"),
)


@flags.takes([*STUDY, *ROBUST_FLAGS, *flags.WRITE, *flags.REPORT])
def robust_choice(**given: Any) -> Outcome:
    """Choose the build that stays cheap when prices turn out otherwise.

    Prices are drawn between low and high of every offer, correlated inside a class of parts
    (--seed), and each sample is solved to proof. The build with the lowest 90th percentile or worst
    case is chosen, with how often it stays optimal and what it costs where it is not.

    Examples:
        optimize robust --model llama-70b --concurrency 8 --max-nodes 1
        optimize robust --model llama-405b --min-tok-s 500 --measure worst --samples 50
    """
    from optimizer.cli.robust import show_robust

    return show_robust(given)


finance_app = typer.Typer(cls=Group)


@finance_app.callback(invoke_without_command=True)
def finance_group(ctx: typer.Context) -> Outcome | None:
    """Look into the assumptions behind every cost."""
    return Outcome(ctx.get_help() + "\n") if ctx.invoked_subcommand is None else None


@finance_app.command("show", cls=Command)
@flags.takes([flags.JSON, *flags.CATALOG])
def finance_show(**given: Any) -> Outcome:
    """Show every money assumption: its default, its range, and where it comes from.

    Keys of the first table go into scenario files, and into overlays of your own.

    Examples:
        optimize finance show
        optimize finance show --catalog my-catalog/ --json
    """
    from optimizer.cli.finance import show_assumptions

    return show_assumptions(given)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(finance_app, name="finance")
    app.command("robust", cls=Command)(robust_choice)
    app.command("run", cls=Command)(run_file)
    app.command("compare", cls=Command)(compare_answers)
    app.command("frontier", cls=Command)(trace_frontier)
    app.command("alternatives", cls=Command)(near_misses)
    app.command("sensitivity", cls=Command)(sensitivity_of_answer)
    app.command("sweep", cls=Command)(sweep_grid)
    app.command("rent", cls=Command)(rent_or_own)
