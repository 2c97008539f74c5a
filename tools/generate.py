"""Write what is derived from the code: docs/formulation.md, JSON Schemas, the README's answer.

A test fails when the committed files differ from what this prints. Run ``make docs``.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from optimizer.catalog.sections import NAMED_SECTIONS, OBSERVATIONS
from optimizer.cli import flags
from optimizer.model import costs, objective, plan, wall
from optimizer.model.rules import RULES
from optimizer.scenario import keys
from optimizer.scenario.grid import Range
from optimizer.scenario.overrides import Plans
from optimizer.schema.base import Source
from optimizer.schema.build import Result
from optimizer.schema.request import Request

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from pictures import own_or_rent, terminal, words  # noqa: E402  (beside this file)
from reference import cli_page, python_page  # noqa: E402

HEAD = """# The formulation

Generated from the docstrings of `optimizer/model/` by `make docs`; do not edit.

One CP-SAT model per case decides everything. A case fixes the number of identical nodes, the mains
voltage and the switch between nodes; the cases of a request are solved one after another, each with
the best value so far as a cut, so the answer is the optimum over all of them.

Every quantity is an integer (cents, watts, MiB, milli-tokens per second, microseconds), every
total a linear sum of price times quantity. Rounding happened before, in `optimizer/instance/`.
"""


def formulation() -> str:
    """The page docs/formulation.md."""
    parts = [HEAD, "## Variables\n", _text(plan), "", "## Watts\n", _text(wall), ""]
    parts += ["## Money\n", _text(costs), "", "## Objectives\n", _text(objective), ""]
    parts.append("## Rules\n")
    for rule in RULES:
        parts.append(f"### {rule.name}\n\n*{rule.statement[0].upper()}{rule.statement[1:]}.*\n")
        parts.append(_math(inspect.getdoc(rule.add) or ""))
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _text(module: Any) -> str:
    return inspect.getdoc(module) or ""


def _math(text: str) -> str:
    """``.. math::`` lines as fenced math."""
    lines = []
    for line in text.splitlines():
        if line.strip().startswith(".. math::"):
            lines += ["```math", line.strip().removeprefix(".. math::").strip(), "```"]
        else:
            lines.append(line)
    return "\n".join(lines)


def catalog_schema() -> dict[str, Any]:
    """JSON Schema of one catalog file."""
    sections: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for section, kind in (*NAMED_SECTIONS.items(), *OBSERVATIONS.items()):
        schema = TypeAdapter(list[kind]).json_schema(ref_template="#/$defs/{model}")  # type: ignore[valid-type]
        definitions |= schema.pop("$defs", {})
        sections[section] = schema
    source = TypeAdapter(dict[str, Source]).json_schema(ref_template="#/$defs/{model}")
    definitions |= source.pop("$defs", {})
    sections["sources"] = source
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Catalog file",
        "type": "object",
        "additionalProperties": False,
        "properties": sections,
        "$defs": dict(sorted(definitions.items())),
    }


def overlay_schema() -> dict[str, Any]:
    """JSON Schema of an overlay file: an entry may hold its id and what it changes, no more."""
    schema = catalog_schema()
    schema["title"] = "Catalog overlay file"
    entries = {kind.__name__ for kind in NAMED_SECTIONS.values()}
    for name in entries:
        schema["$defs"][name]["required"] = ["id"]
        schema["$defs"][name]["properties"]["remove"] = {"const": True}
    return schema


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file: its keys, with the help of the flag that does the same."""
    helps = {flag.path: flag.help for flag in flags.REQUEST}
    properties: dict[str, Any] = {
        key: {"description": helps.get((key,), "")} for key in (*keys.TOP, "site", "workloads")
    }
    properties["targets"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: {"description": helps.get(("targets", key), ""), "type": ["number", "string"]}
            for key in keys.TARGETS
        },
    }
    properties["name"] = properties["description"] = properties["extends"] = {"type": "string"}
    plans = Plans.model_json_schema()
    definitions = plans.pop("$defs")
    properties |= plans["properties"]
    expect = definitions["Expect"]
    for key, held in expect["properties"].items():
        if "array" in json.dumps(held):  # one name may stand without its list
            expect["properties"][key] = {"anyOf": [held, {"type": "string"}]}
    properties["expect"] = {"$ref": "#/$defs/Expect"}
    combination = {"$ref": "#/$defs/Combination"}
    names = {"type": "array", "items": {"type": "string"}}
    properties["scenarios"]["additionalProperties"] = {"anyOf": [combination, names]}
    definitions |= {"Range": Range.model_json_schema()}
    values = [{"$ref": "#/$defs/Range"}, {"type": "array"}]
    properties["sweep"] = {"type": "object", "additionalProperties": {"anyOf": values}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario file",
        "type": "object",
        "additionalProperties": False,
        "properties": dict(sorted(properties.items())),
        "$defs": definitions,
    }


LEFT_OUT = (
    "  PCIe lanes", "  Drive bays", "  System memory", "  Local storage", "  Rack units",
    "  Weight",
    "Memory per GPU", "               █", "               ░",
)  # fmt: skip
"""Lines of the answer that the README does without, by their beginning."""
QUESTION = ["--model", "llama-405b", "--budget", "150000"]


def readme() -> str:
    """The README with today's answer to the flagship question in its first text block."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "from optimizer.cli.main import main; main()"
    command = [sys.executable, "-c", code, *QUESTION]
    room = {**os.environ, "COLUMNS": "80"}
    answer = subprocess.run(command, env=room, capture_output=True, text=True, check=True).stdout
    lines = [f"$ optimize {' '.join(QUESTION)}"]
    for line in answer.rstrip().splitlines():
        if not line.startswith(LEFT_OUT):
            lines.append(line)
        elif lines[-1] != "...":
            lines.append("...")
    head, rest = page.split("```text\n", 1)
    shown, tail = rest.split("\n```", 1)
    if [*map(_timeless, shown.splitlines())] == [*map(_timeless, lines)]:
        return page  # only seconds, sizes of the search or the catalog's hash differ
    return head + "```text\n" + "\n".join(lines) + "\n```" + tail


def _timeless(line: str) -> str:
    """A line without what differs from run to run and from one catalog to the next."""
    line = re.sub(r"proven in [\d.,]+ m?s", "proven in a while", line.rstrip())
    line = re.sub(r"[\d,]+ (deployments|candidate parts|figures)", r"N \1", line)
    return re.sub(r"\(sha \w+\)", "(sha)", line)


def pictures() -> dict[Path, str]:
    """Pictures with what they show today; one that says nothing new stays as it is."""
    folder = ROOT / "docs" / "images"
    made = {folder / "answer.svg": terminal(ROOT), folder / "own-or-rent.svg": own_or_rent()}
    held = {path: path.read_text("utf-8") if path.exists() else "" for path in made}
    return {p: held[p] if words(held[p]) == words(svg) else svg for p, svg in made.items()}


def outputs() -> dict[Path, str]:
    """Every generated file, with its content."""

    def dump(schema: dict[str, Any]) -> str:
        return json.dumps(schema, indent=2, sort_keys=True) + "\n"

    schemas = ROOT / "docs" / "schemas"
    return {
        ROOT / "docs" / "formulation.md": formulation(),
        ROOT / "docs" / "cli.md": cli_page(),
        ROOT / "docs" / "python.md": python_page(),
        schemas / "catalog.schema.json": dump(catalog_schema()),
        schemas / "overlay.schema.json": dump(overlay_schema()),
        schemas / "scenario.schema.json": dump(scenario_schema()),
        schemas / "request.schema.json": dump(Request.model_json_schema()),
        schemas / "result.schema.json": dump(Result.model_json_schema()),
    }


def main() -> int:
    """Write every file; the exit status is 0."""
    for path, text in {**outputs(), **pictures(), ROOT / "README.md": readme()}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
