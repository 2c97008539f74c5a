"""Every flag, once: its name, what it sets in the request, its help and its panel.

The parser, the help and the words of complaints are made from this table. Nothing here imports the
schema or the catalog, so that ``--help`` is instant.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

Kind = Literal["value", "list", "switch", "count", "seconds", "path", "paths"]

SERVE = "What to serve"
SPEND = "What you can spend"
STAND = "Where it stands"
PARTS = "Parts"
SOLVER = "Solver"
OUTPUT = "Output"
NOT_NAMED = ("switch", "path", "paths")
"""Kinds of flags whose values no list names."""
PANELS = (SERVE, SPEND, STAND, PARTS, SOLVER, OUTPUT)


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. ``path`` is the key of the request that it sets; empty for the program's own."""

    name: str
    panel: str
    help: str
    path: tuple[str, ...] = ()
    metavar: str | None = None
    kind: Kind = "value"
    off: str = ""
    """The flag that says no, of a switch that has one."""

    @property
    def key(self) -> str:
        """The name of the parameter."""
        return self.name.removeprefix("--").replace("-", "_")


REQUEST: tuple[Flag, ...] = (
    Flag("--model", SERVE, "LLM to serve; see: optimize llm list", ("model",), "NAME"),
    Flag("--context", SERVE, "Context length [8K, or the model's maximum]", ("context",), "TOKENS"),
    Flag("--concurrency", SERVE, "Users whose full context must fit [1]", ("concurrency",), "N"),
    Flag("--input-tokens", SERVE, "Mean input length [1024]", ("input_tokens",), "TOKENS"),
    Flag("--output-tokens", SERVE, "Mean output length [512]", ("output_tokens",), "TOKENS"),
    Flag(
        "--weights",
        SERVE,
        "Weight formats admitted: fp8, int8, int4, ... or 8bit, 4bit (or better)"
        " [8 bits or better, or as published]",
        ("weights",),
        "FORMAT",
        "list",
    ),
    Flag(
        "--kv",
        SERVE,
        "KV cache formats admitted: bf16, fp8, int8 [bf16]",
        ("kv",),
        "FORMAT",
        "list",
    ),
    Flag("--duty", SERVE, "Share of the hours it is busy [50%]", ("duty",), "SHARE"),
    Flag(
        "--min-tok-s",
        SERVE,
        "Output of the whole build, at least",
        ("targets", "min_tok_s"),
        "RATE",
    ),
    Flag(
        "--min-tok-s-per-user",
        SERVE,
        "Output of each user, at least [5]",
        ("targets", "min_tok_s_per_user"),
        "RATE",
    ),
    Flag(
        "--max-ttft",
        SERVE,
        "Time to first token, at most (no queue)",
        ("targets", "max_ttft_s"),
        "SECONDS",
    ),
    Flag("--budget", SPEND, "Purchase price, at most: 150000, 150k, $1.5M", ("budget",), "USD"),
    Flag("--max-tco", SPEND, "Total cost of ownership, at most", ("max_tco",), "USD"),
    Flag(
        "--objective",
        SPEND,
        "throughput, speed, tco, capex or cost-per-token [throughput with a budget, else tco]",
        ("objective",),
        "NAME",
    ),
    Flag("--horizon", SPEND, "Years of use [3y]", ("horizon",), "YEARS"),
    Flag("--price-point", SPEND, "low, typical or high [typical]", ("price_point",), "NAME"),
    Flag("--prices-as-of", SPEND, "Newest price to use: 2026-09-30", ("prices_as_of",), "DATE"),
    Flag("--sales-tax", SPEND, "Tax on the purchase: 8% [0]", ("sales_tax",), "SHARE"),
    Flag(
        "--discount-rate", SPEND, "Per year, for the discounted total", ("discount_rate",), "SHARE"
    ),
    Flag(
        "--financing",
        SPEND,
        "cash, loan or lease; see: optimize finance show",
        ("financing",),
        "NAME",
    ),
    Flag(
        "--licence",
        SPEND,
        "Software paid by the accelerator: nvidia-ai-enterprise",
        ("licences",),
        "NAME",
        "list",
    ),
    Flag(
        "--site",
        STAND,
        "Room; see: optimize catalog list --kind site [server-room]",
        ("site",),
        "NAME",
    ),
    Flag(
        "--circuit",
        STAND,
        "Circuits instead of the site's: 30A/240V:2, 32A/400V/3ph",
        ("circuits",),
        "A/V[:N]",
        "list",
    ),
    Flag("--electricity", STAND, "Tariff instead of the site's", ("electricity",), "USD/KWH"),
    Flag(
        "--heat-removal",
        STAND,
        "Heat that the room removes: 3.5kW, '12,000 BTU/h', '1 ton' [the site's]",
        ("heat_removal",),
        "HEAT",
    ),
    Flag(
        "--noise-limit",
        STAND,
        "dB(A), or a place: office, living-room, closet, ... [the site's]",
        ("noise_limit",),
        "DBA",
    ),
    Flag(
        "--new-circuits",
        STAND,
        "Circuits that an electrician may add, at a price: a number, or allowed [0]",
        ("new_circuits",),
        "N",
    ),
    Flag(
        "--power-cap",
        STAND,
        "Power limit of each accelerator: auto, off or watts [auto: chosen with the build]",
        ("power_cap",),
        "WATTS",
    ),
    Flag(
        "--ups",
        STAND,
        "Ask for an uninterruptible supply [no]",
        ("ups",),
        kind="switch",
        off="--no-ups",
    ),
    Flag(
        "--ups-minutes",
        STAND,
        "Ask for a UPS that bridges so long at peak [its ratings alone]",
        ("ups_minutes",),
        "MINUTES",
    ),
    Flag(
        "--condition",
        PARTS,
        "new, refurbished, used [all three]",
        ("conditions",),
        "NAME",
        "list",
    ),
    Flag("--accelerator", PARTS, "Only these accelerators", ("accelerators",), "NAME", "list"),
    Flag(
        "--exclude",
        PARTS,
        "Never these components, or kinds of platform",
        ("exclude",),
        "NAME",
        "list",
    ),
    Flag(
        "--owned",
        PARTS,
        "On the shelf, free to use: rtx-3090:2",
        ("owned",),
        "NAME[:N]",
        "list",
    ),
    Flag("--engine", PARTS, "Serving engines to consider [vllm]", ("engines",), "NAME", "list"),
    Flag(
        "--price-ground",
        PARTS,
        "Prices of accelerators and what holds them: published, or estimated too [published]",
        ("price_ground",),
        "NAME",
    ),
    Flag(
        "--speed-basis",
        PARTS,
        "Speeds of accelerators not named: calibrated, or roofline too [calibrated]",
        ("speed_basis",),
        "NAME",
    ),
    Flag("--max-nodes", PARTS, "Nodes, at most [2]", ("max_nodes",), "N"),
    Flag(
        "--memory-per-vram",
        PARTS,
        "System memory over accelerator memory: a ratio, or none, lean, standard, guide [standard]",
        ("memory_per_vram",),
        "RATIO",
    ),
    Flag(
        "--psu-redundancy",
        PARTS,
        "none, n+1 (any one supply may fail) or 2n (a whole feed may fail) [none]",
        ("psu_redundancy",),
        "NAME",
    ),
)
CATALOG: tuple[Flag, ...] = (
    Flag(
        "--catalog",
        PARTS,
        "Catalog of your own or a shipped overlay, over the base",
        (),
        "DIR",
        "paths",
    ),
    Flag("--no-builtin-catalog", PARTS, "Leave the shipped catalog out", kind="switch"),
)
SOLVE: tuple[Flag, ...] = (
    Flag("--time-limit", SOLVER, "Stop after this long, with the best so far [60]", (), "SECONDS"),
    Flag("--workers", SOLVER, "Threads of the solver [as many as help]", (), "N"),
    Flag("--seed", SOLVER, "Seed of the search; the answer does not depend on it [0]", (), "N"),
    Flag("--explain", SOLVER, "Say what the answer rests on and what limits it", kind="switch"),
    Flag("--why", SOLVER, "Why this part is in the answer", (), "PART", "list"),
    Flag("--why-not", SOLVER, "Why this part is not in it", (), "PART", "list"),
    Flag("--excluded", SOLVER, "List every part left out before solving", kind="switch"),
)
EXPLAINING = ("--explain", "--why", "--why-not", "--excluded")
"""Flags that ask about one answer: commands that give several do without them."""
JSON = Flag("--json", OUTPUT, "One JSON document instead of text", kind="switch")
REPORT: tuple[Flag, ...] = (
    Flag("--report", OUTPUT, "Also write an HTML page with charts", (), "FILE", "path"),
    Flag("--charts", OUTPUT, "Also write each chart as SVG and PNG", (), "DIR", "path"),
)
"""Pages and charts beside the answer."""
EXPORT: tuple[Flag, ...] = (
    *REPORT,
    Flag(
        "--export",
        OUTPUT,
        "Also write parts and TCO as .xlsx, .csv, .md or .json",
        (),
        "FILE",
        "paths",
    ),
    Flag(
        "--purchase-list",
        OUTPUT,
        "Also write what to buy, by vendor: .md, .csv",
        (),
        "FILE",
        "path",
    ),
)
WRITE: tuple[Flag, ...] = (
    JSON,
    Flag("--output", OUTPUT, "Write the answer to a file, whole or not at all", (), "FILE", "path"),
    Flag("--progress", OUTPUT, "Show progress even when not on a terminal", kind="switch"),
    Flag("--quiet", OUTPUT, "No progress, no notes beside the answer", kind="switch"),
    Flag("--verbose", OUTPUT, "Every step, and the solver's own log, on stderr", kind="switch"),
)
VERSION = Flag("--version", OUTPUT, "Show the version and stop", kind="switch")
SET = Flag("--set", STAND, "Any other value: site.rack.units=31", (), "PATH=VALUE", "list")
"""What has no flag of its own, by its path."""
MAIN: tuple[Flag, ...] = (*REQUEST, SET, *CATALOG, *SOLVE, *WRITE, *EXPORT, VERSION)
BY_PATH = {flag.path: flag.name for flag in REQUEST}
"""Key of the request -> the flag that sets it."""


def plain_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Flags as the plain mapping that a YAML file would hold; those not given are left out."""
    plain: dict[str, Any] = {}
    for flag in REQUEST:
        value = given.get(flag.key)
        if value is None or value == []:
            continue
        if len(flag.path) == 2:
            plain.setdefault(flag.path[0], {})[flag.path[1]] = value
        else:
            plain[flag.path[0]] = value
    return plain


def takes(flags: Iterable[Flag]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command these flags: they arrive as keyword arguments, absent ones as ``None``.

    Every value is text; :mod:`optimizer.scenario` reads it, so that complaints are the same for
    flags and files.
    """
    table = tuple(flags)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        own = [
            p
            for p in inspect.signature(command, eval_str=True).parameters.values()
            if p.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        added = [
            inspect.Parameter(
                flag.key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(flag)
            )
            for flag in table
        ]
        parameters = [*own, *added]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        return command

    return decorate


def _annotation(flag: Flag) -> Any:
    types: dict[str, Any] = {"list": list[str], "paths": list[Path], "path": Path, "switch": bool}
    names = f"{flag.name}/{flag.off}" if flag.off else flag.name

    def complete(incomplete: str) -> list[str]:
        from optimizer.cli.completion import words_for  # noqa: PLC0415  (in the shell only)

        return words_for(flag.name, incomplete)

    option = typer.Option(
        names,
        help=flag.help,
        metavar=flag.metavar,
        rich_help_panel=flag.panel,
        show_default=False,
        autocompletion=None if flag.kind in NOT_NAMED else complete,
    )
    return Annotated[types.get(flag.kind, str) | None, option]
