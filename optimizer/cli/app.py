"""The command tree: ``optimize`` itself takes the flags of the main job; commands live beside it.

Commands import what they need when they run, so that help and bad flags cost no imports.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Any

import typer

from optimizer.cli import flags
from optimizer.cli.output import Outcome
from optimizer.cli.pages import Command, Group, help_page
from optimizer.errors import InputError

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
catalog_app = typer.Typer(cls=Group)
llm_app = typer.Typer(cls=Group)


@app.callback(invoke_without_command=True)
@flags.takes(flags.MAIN)
def main_job(ctx: typer.Context, **given: Any) -> Outcome | None:
    """Find the provably best hardware build to serve a large language model.

    Say what to serve and what you can spend; the answer is a bill of materials with a proof.

    Examples:
        optimize --model llama-405b --budget 150000
        optimize --model qwen3-32b --budget 6k --site home-20a --condition used
        optimize --model llama-70b --weights 4bit --concurrency 32 --min-tok-s 500
        optimize run my-plan.yaml --json
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
        return Outcome(_version() + "\n")
    if not set_flags:
        return Outcome(help_page(ctx.command, ctx, short=True))
    from optimizer.cli.solve import answer_flags

    return answer_flags(given)


@app.command("run", cls=Command)
@flags.takes([*flags.CATALOG, *flags.SOLVE, *flags.WRITE])
def run_file(
    file: str = typer.Argument(..., metavar="FILE", help="Scenario in YAML"), **given: Any
) -> Outcome:
    """Solve a request that stands in a YAML file, and check what it expects.

    Examples:
        optimize run my-plan.yaml
        optimize run my-plan.yaml --json --output answer.json
    """
    from pathlib import Path

    from optimizer.cli.solve import answer_file

    return answer_file(Path(file), given)


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


@catalog_app.command("check", cls=Command)
@flags.takes([flags.JSON, flags.CATALOG[1]])
def catalog_check(
    directory: str | None = typer.Argument(None, metavar="[DIR]", help="Your own catalog"),
    **given: Any,
) -> Outcome:
    """Check a catalog directory, laid over the shipped one: form, names, sources.

    Examples:
        optimize catalog check my-catalog/
    """
    from optimizer.cli.catalog import check_catalog

    return check_catalog(directory, given)


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


@llm_app.command("show", cls=Command)
@flags.takes([*SHOW_FLAGS, flags.JSON, *flags.CATALOG])
def llm_show(
    name: str = typer.Argument(..., metavar="NAME", help="LLM, as in optimize llm list"),
    **given: Any,
) -> Outcome:
    """Show one LLM: parameters, weights in each format, KV cache, memory per accelerator.

    Examples:
        optimize llm show llama-70b --weights int4 --context 32K --concurrency 8
    """
    from optimizer.cli.llm import show_llm

    return show_llm(name, given)


app.add_typer(catalog_app, name="catalog")
app.add_typer(llm_app, name="llm")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"optimize {version('llm-build-optimizer')}"
    except PackageNotFoundError:
        return "optimize (not installed)"
