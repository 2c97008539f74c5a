"""Every scenario that ships solves, and its answer is what the file expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.scenario.expect import Expect, unmet
from optimizer.scenario.files import Scenario, load_scenario, read_scenario_file
from optimizer.scenario.grid import SWEEP, grid_of, question_of_file
from optimizer.schema.build import Result
from optimizer.solve.run import solve

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "scenarios"
FILES = sorted(FOLDER.rglob("*.yaml"))
QUESTIONS = [(path, name) for path in FILES for name in (None, *read_scenario_file(path).names)]
"""Every file's own request and every scenario that it names."""
FLAGSHIP = FOLDER / "flagship-405b-150k.yaml"
TIERS = [FOLDER / "a100-guide" / f"tier-{n}.yaml" for n in (1, 2, 3, 4)]
QUICK = {FLAGSHIP, *TIERS}
MARKED = [pytest.param(*q, marks=() if q[0] in QUICK else pytest.mark.slow) for q in QUESTIONS]


def label(value: Path | str | None) -> str:
    if isinstance(value, Path):
        return value.relative_to(FOLDER).with_suffix("").as_posix()
    return value or "itself"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


Answers = dict[tuple[Path, str | None], Result]


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Answers so far, so that no file is solved twice."""
    return {}


def answer(path: Path, catalog: Catalog, answers: Answers, name: str | None = None) -> Result:
    if (path, name) not in answers:
        answers[path, name] = solve(load_scenario(path, catalog, name).request, catalog)
    return answers[path, name]


def test_the_promised_files_are_there() -> None:
    assert FLAGSHIP in FILES
    assert set(TIERS) <= set(FILES)
    assert not list(FOLDER.rglob("*.yml")), "one ending, so that no file is overlooked"


def test_names_tell_the_files_apart(catalog: Catalog) -> None:
    names = [load_scenario(path, catalog).name for path in FILES]
    assert len(set(names)) == len(names)


def test_there_are_many_questions() -> None:
    assert len(FILES) >= 15


def _says(scenario: Scenario) -> None:
    assert len(scenario.description) > 60
    assert scenario.expect.status is not None
    assert scenario.expect.replace(status=None) != Expect(), "a status alone expects too little"


@pytest.mark.parametrize("path", FILES, ids=label)
def test_scenario_says_what_it_asks_and_expects(path: Path, catalog: Catalog) -> None:
    scenario = load_scenario(path, catalog)
    assert scenario.name != path.stem
    for name in (None, *read_scenario_file(path).names):
        _says(load_scenario(path, catalog, name))


@pytest.mark.parametrize("path", FILES, ids=label)
def test_every_named_part_of_a_file_is_used(path: Path) -> None:
    """An override that no scenario takes is never tried; a sweep is one that can be run."""
    file = read_scenario_file(path)
    used = {name for held in file.plans.scenarios.values() for name in held.overrides}
    assert used == set(file.plans.overrides)
    if file.layers.data.get(SWEEP) is not None:
        assert grid_of(question_of_file(file), ()).size > 1


@pytest.mark.parametrize(("path", "name"), MARKED, ids=label)
def test_scenario_meets_its_expectations(
    path: Path, name: str | None, catalog: Catalog, answers: Answers
) -> None:
    expect = load_scenario(path, catalog, name).expect
    assert unmet(expect, answer(path, catalog, answers, name)) == []


# What ``expect`` can say


def test_each_expectation_can_fail(catalog: Catalog, answers: Answers) -> None:
    """A bound just missed, or another name, is told; the same expectation met is not."""
    result = answer(TIERS[1], catalog, answers)
    assert result.build is not None
    cards = result.build.deployment.accelerators_per_node * result.build.nodes
    user = result.build.performance.tok_s_per_user
    watts = result.build.power.peak_wall_w
    pairs = [
        ("fabric", "bridge", "pcie"),
        ("accelerator", ["rtx-3090", "a100-pcie-80gb"], ["rtx-3090"]),
        ("parts", ["nvlink-bridge-a100"], ["rtx-3090"]),
        ("weights", "bf16", ["int8", "fp8"]),
        ("nodes", 1, 2),
        ("min_accelerators", cards, cards + 1),
        ("max_tok_s_per_user", user + 0.001, user - 0.001),
        ("max_ttft_s", result.build.performance.ttft_s, 0.0),
        ("min_peak_wall_w", watts, watts + 1),
        ("max_peak_wall_w", watts, watts - 1),
        ("status", "optimal", "infeasible"),
    ]
    for key, met, missed in pairs:
        assert unmet(Expect.model_validate({key: met}), result) == [], key
        assert len(unmet(Expect.model_validate({key: missed}), result)) == 1, key


def test_an_answer_without_a_build_meets_no_bound(catalog: Catalog, answers: Answers) -> None:
    result = answer(FOLDER / "a100-guide" / "tier-1-limit.yaml", catalog, answers)
    assert unmet(Expect(status="infeasible", conflict=("vram",)), result) == []
    assert unmet(Expect(conflict=("noise",)), result) == ["noise is not in the conflict"]
    assert unmet(Expect(fabric=("pcie",)), result) == ["there is no build to check"]
