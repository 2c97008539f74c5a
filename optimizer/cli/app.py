"""The command tree: ``optimize`` itself takes the flags of the main job; commands live beside it.

Commands import what they need when they run, so that help and bad flags cost no imports.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated, Any

import typer

from optimizer.cli import flags, own_commands, site_commands, speed_commands
from optimizer.cli.output import Outcome
from optimizer.cli.pages import Alone, Command, Group, help_page
from optimizer.cli.study_commands import register
from optimizer.errors import InputError


def _tree(group: type[Group]) -> typer.Typer:
    return typer.Typer(
        cls=group,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )


app, main_app = _tree(Group), _tree(Alone)
"""Every command; the main job alone, whose flags take a fraction of the time to make."""
catalog_app = typer.Typer(cls=Group)
llm_app = typer.Typer(cls=Group)


@main_app.callback(invoke_without_command=True)
@app.callback(invoke_without_command=True)
@flags.takes(flags.MAIN)
def main_job(ctx: typer.Context, **given: Any) -> Outcome | None:
    """Find the provably best hardware build to serve a large language model.

    Say what to serve and what you can spend; the answer is a bill of materials with a proof.

    Examples:
        What to buy for the money
            optimize --model llama-405b --budget 150000
            optimize --model qwen3-32b --budget 6k --site home-20a --condition used
        The cheapest that keeps a promise
            optimize --model llama-70b --concurrency 32 --min-tok-s-per-user 15
        Why this, and what would change it
            optimize --model llama-405b --budget 150000 --explain
        Used or new, own or rent
            optimize compare --by condition --model llama-405b --budget 150000
            optimize rent --model llama-70b --concurrency 8 --max-nodes 1
        Show it to somebody
            optimize --model llama-405b --budget 150000 --report build.html
        Questions kept in files, parts and prices of your own
            optimize run my-plan.yaml --set budget=80k
            optimize catalog import offers quotes.csv --output my-catalog/
            optimize --model llama-70b --budget 40k --catalog my-catalog/
        Does it work here
            optimize doctor
    """
    set_flags = [f.name for f in flags.MAIN if given.get(f.key) not in (None, [], False)]
    if ctx.invoked_subcommand is not None:
        if set_flags:
            raise InputError(
                f"{set_flags[0]} stands before the command '{ctx.invoked_subcommand}'",
                "Put flags after the command that they belong to",
            )
        return None
    if given.get("version"):
        return Outcome(own_commands.version_line() + "\n")
    if not set_flags:
        return Outcome(help_page(ctx.command, ctx, short=True))
    from optimizer.cli.solve import answer_flags

    return answer_flags(given)


app.command("predict", cls=Command)(speed_commands.predict_speed)
app.command("calibrate", cls=Command)(speed_commands.calibrate_speeds)

LIST_FLAGS = (
    flags.Flag("--kind", "Output", "Only this kind: accelerator, platform, ..., site", (), "KIND"),
    flags.Flag("--filter", "Output", "Only where: vram_mib>=81920", (), "EXPR", "list"),
    flags.Flag("--sort", "Output", "By this field; -FIELD for descending", (), "FIELD"),
    flags.JSON,
)


@catalog_app.callback(invoke_without_command=True)
def catalog_group(ctx: typer.Context) -> Outcome | None:
    """Look into the catalog, or check one of your own."""
    return Outcome(ctx.get_help() + "\n") if ctx.invoked_subcommand is None else None


@llm_app.callback(invoke_without_command=True)
def llm_group(ctx: typer.Context) -> Outcome | None:
    """Look into the LLMs that can be served."""
    return Outcome(ctx.get_help() + "\n") if ctx.invoked_subcommand is None else None


@catalog_app.command("list", cls=Command)
@flags.takes([*LIST_FLAGS, *flags.CATALOG])
def catalog_list(**given: Any) -> Outcome:
    """List what is in the catalog.

    Examples:
        optimize catalog list --kind accelerator --filter "vram_mib>=81920" --sort -bandwidth_gb_s
        optimize catalog list --kind site
    """
    from optimizer.cli.catalog import list_entries

    return list_entries(given)


@catalog_app.command("show", cls=Command)
@flags.takes([flags.JSON, *flags.CATALOG])
def catalog_show(
    name: str = typer.Argument(..., metavar="ID", help="Id, name or alias"), **given: Any
) -> Outcome:
    """Show one entry: every figure with its source, and its prices over time.

    Examples:
        optimize catalog show a100-sxm4-80gb
    """
    from optimizer.cli.catalog import show_entry

    return show_entry(name, given)


CHECK_FLAGS = (
    flags.Flag("--strict", "Checks", "Warnings make the exit code 1", kind="switch"),
    flags.Flag("--max-age", "Checks", "A price is old after so many months [12]", (), "MONTHS"),
    flags.Flag("--max-jump", "Checks", "Two prices in a row differ by at most [3]", (), "FACTOR"),
    flags.Flag("--as-of", "Checks", "Count ages from this day [the newest price]", (), "DATE"),
    flags.Flag("--all", "Checks", "Also tell about entries as shipped", kind="switch"),
)


@catalog_app.command("check", cls=Command)
@flags.takes([*CHECK_FLAGS, flags.JSON, *flags.CATALOG])
def catalog_check(
    directories: Annotated[
        list[str] | None, typer.Argument(metavar="DIR", help="Catalogs of your own")
    ] = None,
    **given: Any,
) -> Outcome:
    """Check a catalog: form, names, units, physics, sources, prices over time.

    Errors make the exit code 2. Warnings want a second look. Without DIR the shipped catalog is
    checked; with one, what it adds or changes.

    Examples:
        optimize catalog check my-catalog/
        optimize catalog check --max-age 6 --strict
    """
    from optimizer.cli.catalog_check import check_catalog

    return check_catalog(directories or [], given)


@catalog_app.command("stats", cls=Command)
@flags.takes([flags.JSON, *flags.CATALOG])
def catalog_stats(**given: Any) -> Outcome:
    """Count what is in the catalog, and how much of it has a price.

    Examples:
        optimize catalog stats --json
    """
    from optimizer.cli.catalog_check import show_stats

    return show_stats(given)


DIFF_FLAGS = (
    flags.Flag("--answers", "Answers", "Solve every scenario under both", kind="switch"),
    flags.Flag("--scenarios", "Answers", "Scenario files [those shipped]", (), "DIR", "path"),
    *(f for f in flags.SOLVE if f.name not in flags.EXPLAINING),
)


@catalog_app.command("diff", cls=Command)
@flags.takes([*DIFF_FLAGS, flags.JSON, flags.CATALOG[1]])
def catalog_diff(
    old: str = typer.Argument(..., metavar="A", help="Directory, shipped overlay, or: shipped"),
    new: str = typer.Argument(..., metavar="B", help="What it is compared with"),
    **given: Any,
) -> Outcome:
    """Show what differs between two catalogs, and which answers change with it.

    Both are laid over the shipped catalog, unless --no-builtin-catalog says that they stand alone.

    Examples:
        optimize catalog diff shipped my-catalog/
        optimize catalog diff shipped my-catalog/ --answers
        optimize catalog diff 2026-08/ 2026-09/ --no-builtin-catalog
    """
    from optimizer.cli.catalog_diff import show_diff

    return show_diff(old, new, given)


IMPORT_FLAGS = (
    flags.Flag("--output", "Import", "Write into this catalog directory", (), "DIR", "path"),
    flags.Flag("--dry-run", "Import", "Write nothing, even with --output", kind="switch"),
    flags.Flag("--force", "Import", "Replace a file of the same name", kind="switch"),
    flags.JSON,
    *flags.CATALOG,
)
DATE = flags.Flag("--date", "Import", "Day of the list: 2026-09-30", (), "DATE")
PROVIDER = flags.Flag("--provider", "Import", "Where no column says [name of the file]", (), "NAME")
NAME = flags.Flag("--name", "Import", "What to call it, best org/name", (), "NAME")
import_app = typer.Typer(cls=Group)


@import_app.callback(invoke_without_command=True)
def import_group(ctx: typer.Context) -> Outcome | None:
    """Take offers or cloud rates from a CSV file into a catalog of your own."""
    return Outcome(ctx.get_help() + "\n") if ctx.invoked_subcommand is None else None


@import_app.command("offers", cls=Command)
@flags.takes(IMPORT_FLAGS)
def catalog_import_offers(
    file: str = typer.Argument(..., metavar="FILE", help="CSV with a header"), **given: Any
) -> Outcome:
    """Take vendors' quotes from a CSV file.

    Columns: component (id, name or alias), condition (new, refurbished, used), price or all of
    low, typical, high, vendor, date; and, where known, currency [USD], url, source (its title),
    confidence [medium], available, notes. Without --output nothing is written: the result is shown.

    Examples:
        optimize catalog import offers quotes.csv
        optimize catalog import offers quotes.csv --output my-catalog/
    """
    from optimizer.cli.catalog_import import import_offers_file

    return import_offers_file(file, given)


@import_app.command("cloud", cls=Command)
@flags.takes([DATE, PROVIDER, *IMPORT_FLAGS])
def catalog_import_cloud(
    file: str = typer.Argument(..., metavar="FILE", help="CSV of gpuhunt or SkyPilot"), **given: Any
) -> Outcome:
    """Take cloud rates from a price list with the columns of gpuhunt or SkyPilot.

    The lowest rate of each provider, accelerator and term (on-demand, spot) is kept. Without
    --output nothing is written: the result is shown.

    Examples:
        optimize catalog import cloud lambda.csv --date 2026-09-30 --output my-catalog/
    """
    from optimizer.cli.catalog_import import import_cloud_file

    return import_cloud_file(file, given)


@catalog_app.command("new", cls=Command)
def catalog_new(
    kind: str = typer.Argument(..., metavar="KIND", help="accelerator, platform, cpu, ..., offer"),
) -> Outcome:
    """Write a commented template of an entry: every field, its unit, what is allowed.

    Examples:
        optimize catalog new accelerator > my-catalog/card.yaml
    """
    from optimizer.cli.catalog_import import new_entry

    return new_entry(kind, {})


@llm_app.command("list", cls=Command)
@flags.takes([*LIST_FLAGS[1:3], flags.JSON, *flags.CATALOG])
def llm_list(**given: Any) -> Outcome:
    """List the LLMs, with parameters and context.

    Examples:
        optimize llm list --filter "max_context>=131072"
    """
    from optimizer.cli.catalog import list_entries

    return list_entries({**given, "kind": "llm"})


SHOW_FLAGS = (
    *(f for f in flags.REQUEST if f.name in ("--weights", "--kv", "--context", "--concurrency")),
    flags.Flag("--engine", flags.SERVE, "Serving engine [vllm]", (), "NAME"),
    flags.Flag("--tensor-parallel", flags.SERVE, "Accelerators per copy [1, 2, 4, 8]", (), "N"),
)
FROM_FLAGS = (
    flags.Flag("--config", flags.SERVE, "A config.json instead of NAME", (), "FILE", "path"),
    flags.Flag("--gguf", flags.SERVE, "A GGUF file instead of NAME", (), "FILE", "path"),
)


@llm_app.command("show", cls=Command)
@flags.takes([*SHOW_FLAGS, *FROM_FLAGS, flags.JSON, *flags.CATALOG])
def llm_show(
    name: str = typer.Argument(None, metavar="[NAME]", help="LLM, as in optimize llm list"),
    **given: Any,
) -> Outcome:
    """Show one LLM: parameters, weights in each format, KV cache, memory per accelerator.

    Examples:
        optimize llm show llama-70b --weights int4 --context 32K --concurrency 8
        optimize llm show --config my-model/config.json
        optimize llm show --gguf my-model-q4_k_m.gguf
    """
    from optimizer.cli.llm import show_llm

    return show_llm(name, given)


@llm_app.command("import", cls=Command)
@flags.takes([NAME, DATE, *IMPORT_FLAGS])
def llm_import(
    source: str = typer.Argument(..., metavar="SOURCE", help="config.json, .gguf file, org/name"),
    **given: Any,
) -> Outcome:
    """Take an LLM from its Hugging Face configuration, or from the header of a GGUF file.

    Without --output nothing is written: the result is shown. org/name is fetched from the Hugging
    Face Hub, where huggingface_hub is installed.

    Examples:
        optimize llm import my-model/config.json --name org/my-model --output my-catalog/
        optimize llm import my-model-q4_k_m.gguf
    """
    from optimizer.cli.catalog_import import import_llm

    return import_llm(source, given)


catalog_app.add_typer(import_app, name="import")
register(app)
app.add_typer(catalog_app, name="catalog")
app.add_typer(llm_app, name="llm")
site_commands.register(app)
own_commands.register(app)
