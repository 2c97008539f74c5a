"""What is derived from the code is committed as it would be generated today."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

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


@pytest.mark.slow
def test_pictures_show_todays_answers() -> None:
    """Word by word: strokes may differ between releases of the drawing library."""
    for path, svg in generate.pictures().items():
        assert generate.words(path.read_text(encoding="utf-8")) == generate.words(svg), path.name


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


def test_every_file_is_valid_under_its_schema() -> None:
    """What editors are told agrees with what the program takes."""
    found = []
    for path in sorted([*ROOT.glob("catalog/**/*.yaml"), *ROOT.glob("scenarios/**/*.yaml")]):
        kind = "scenario" if "scenarios" in path.parts else "catalog"
        kind = "overlay" if "overlays" in path.parts else kind
        validator = validator_of(kind)
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found += [f"{path.name}: {error.message}" for error in validator.iter_errors(data)]
    assert found == []


@cache
def validator_of(kind: str) -> Draft202012Validator:
    text = (ROOT / "docs" / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
