"""The pages docs/cli.md and docs/python.md, from what commands and public names tell."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

import optimizer
from optimizer.cli.app import app

WIDEST = 88

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


PYTHON_HEAD = """# Python

Generated from the docstrings by `make docs`; do not edit.

```python
from optimizer import bill_table, build_request, load_catalog, optimize

catalog = load_catalog()
request = build_request({"model": "llama-405b", "budget": "150k"}, catalog)
result = optimize(request, catalog)
print(result.status, result.build.costs.capex_usd)
print(bill_table(result)[["name", "quantity", "total_usd"]])
```

The keys of a request are those of [scenario files](guide.md#scenario-files), the fields of a result
those of `--json` ([schema](schemas/result.schema.json)). Requests and results are frozen and typed.
Bad input raises `InputError`, whose text says what to do next. Studies come back as plain
documents, the same that their commands print with `--json`; tables are pandas.

Notebooks show a chart by `IPython.display.SVG(chart.svg)`. Those of the checkout go through all of
this:
[a first build](../notebooks/01_first_build.ipynb),
[used against new](../notebooks/02_used_against_new.ipynb),
[frontier and sensitivity](../notebooks/03_frontier_and_sensitivity.ipynb),
[your own model and prices](../notebooks/04_your_own_model_and_prices.ipynb),
[how accurate](../notebooks/05_how_accurate.ipynb).
"""
GROUPS = {
    "Ask": ("load_catalog", "build_request", "load_request", "optimize", "SolveOptions", "explain"),
    "Studies": (
        "alternatives", "compare", "compare_conditions", "frontier", "rent", "predict",
    ),
    "Tables": (
        "bill_table", "cost_table", "limit_table", "binding_table", "comparison_table",
        "frontier_table", "rent_table", "curve_table", "speed_table", "error_table",
        "catalog_table", "price_table",
    ),
    "Pages": ("html_page", "text_page", "charts"),
    "Types": ("Catalog", "Request", "Result", "Build", "Explanation", "Alternatives"),
    "Errors": ("OptimizerError", "InputError", "CatalogError"),
}  # fmt: skip
"""Public names in the order of the page; what it leaves out stands at its end."""


def python_page() -> str:
    """The page docs/python.md."""
    parts = [PYTHON_HEAD]
    named = {name for names in GROUPS.values() for name in names}
    rest = tuple(name for name in optimizer.__all__ if name not in named)
    for title, names in {**GROUPS, **({"More": rest} if rest else {})}.items():
        parts += [f"## {title}", ""]
        for name in names:
            thing = getattr(optimizer, name)
            text = inspect.cleandoc(thing.__doc__ or "").replace("``", "`")
            parts += [f"### {name}", ""]
            if inspect.isfunction(thing):
                parts += ["```text", _signature(name, thing), "```", ""]
            parts += [re.sub(r":(?:func|mod|class):`([^`]*)`", r"`\1`", text), ""]
    return "\n".join(parts).rstrip() + "\n"


def _signature(name: str, function: Any) -> str:
    """The call, a parameter a line where it is long; types without their modules."""
    signature = inspect.signature(function)
    text = f"{name}{signature}".replace("'", "")
    text = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)
    if len(text) <= WIDEST:
        return text
    head, _, end = text.partition("(")[2].rpartition(") -> ")
    return f"{name}(\n    " + ",\n    ".join(_split(head)) + f",\n) -> {end}"


def _split(parameters: str) -> list[str]:
    """Parameters at commas outside brackets."""
    parts, depth = [""], 0
    for ch in parameters:
        depth += (ch in "[(") - (ch in "])")
        if ch == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += ch
    return [part.strip() for part in parts]
