"""What is derived from the code is committed as it would be generated today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from optimizer.model.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("generate", ROOT / "tools" / "generate.py")
assert spec is not None
assert spec.loader is not None
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


@pytest.mark.parametrize("path", sorted(generate.outputs()), ids=lambda p: p.name)
def test_generated_file_is_current(path: Path) -> None:
    """Run ``make docs`` when this fails."""
    assert path.read_text(encoding="utf-8") == generate.outputs()[path]


def test_every_rule_states_its_inequality() -> None:
    """The formulation page holds one section per rule, in order."""
    page = generate.formulation()
    places = [page.index(f"### {rule.name}\n") for rule in RULES]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("catalog/**/*.yaml"), *ROOT.glob("scenarios/**/*.yaml")]),
    ids=lambda p: p.stem,
)
def test_editors_find_the_schema_of_every_file(path: Path) -> None:
    """The first line names a schema that is there, so that editors complete and check."""
    head = path.read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("# yaml-language-server: $schema=")
    assert (path.parent / head.split("=", 1)[1]).resolve().is_relative_to(ROOT / "docs" / "schemas")
    assert (path.parent / head.split("=", 1)[1]).is_file()
