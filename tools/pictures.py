"""Pictures of the README: a terminal with an answer, and a chart, both of today's catalog."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from optimizer import build_request, charts, load_catalog, optimize, rent

HOME = ["--model", "qwen3-32b", "--budget", "6k", "--site", "home-15a"]
RENTED = {"model": "llama-70b", "concurrency": 8, "max_nodes": 1}
LAST = "  Budget "
"""The picture ends with this line: what follows differs from run to run."""
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" role="img" \
aria-label="The program's answer in a terminal" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's frame without the fonts that it would fetch."""


def terminal(folder: Path) -> str:
    """An answer for a home as it looks in a terminal, down to its last limit."""
    code = "from optimizer.cli.main import main; main()"
    room = {**os.environ, "COLUMNS": "80", "FORCE_COLOR": "1", "PYTHONPATH": str(folder)}
    room.pop("NO_COLOR", None)
    command = [sys.executable, "-c", code, *HOME]
    answer = subprocess.run(command, env=room, capture_output=True, text=True, check=True).stdout
    lines = answer.splitlines()
    end = next(i for i, line in enumerate(lines) if LAST in line)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=80, file=nowhere, force_terminal=True)
        console.print(Text(f"$ optimize {' '.join(HOME)}", style="bold"))
        for line in lines[: end + 1]:
            console.print(Text.from_ansi(line))
        svg = console.export_svg(title="optimize", code_format=FRAME, unique_id="answer")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE).rstrip() + "\n"


def own_or_rent() -> str:
    """What owning and renting have cost by each month."""
    catalog = load_catalog()
    result = optimize(build_request(RENTED, catalog), catalog)
    drawn = charts(result, catalog, rent=rent(result, catalog))
    return next(chart.svg for chart in drawn if chart.name == "rent")


def words(svg: str) -> list[str]:
    """The text in a picture: what a test compares, for strokes differ between releases."""
    return re.findall(r">([^<>\s][^<>]*)<", svg)
