"""Files that extend files, named changes and their combinations, conflicts and misspelt paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.scenario.files import Scenario, read_scenario_file, split_reference
from optimizer.schema.build import ScenarioChange
from tests.studies.small import small_catalog

PLAN = """\
model: small
budget: 20k
site: server-room
overrides:
  dear-power:
    why: the tariff of a bad year
    scale: {electricity: 2}
  attic:
    why: the attic is free
    set: {site: attic}
  no-limit:
    why: what would money buy?
    remove: [budget]
  many:
    why: the whole office
    set: {concurrency: 16, targets.min_tok_s: 50}
scenarios:
  worst: [dear-power, many]
  attic-dear: [attic, dear-power]
  dear-attic: [dear-power, attic]
  free: {overrides: [no-limit], description: No budget., expect: {nodes: 1}}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("catalog") / "small")


def written(folder: Path, text: str, name: str = "plan.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def scenario(file: Path, catalog: Catalog, name: str | None = None, *changes: str) -> Scenario:
    return read_scenario_file(file).scenario(catalog, name, changes)


def told(change: ScenarioChange) -> tuple[str, Any, Any]:
    return change.path, change.before, change.after


def complaint(file: Path, catalog: Catalog, name: str | None = None, *changes: str) -> str:
    with pytest.raises(InputError) as error:
        scenario(file, catalog, name, *changes)
    return str(error.value)


def test_the_file_itself_changes_nothing(catalog: Catalog, tmp_path: Path) -> None:
    found = scenario(written(tmp_path, PLAN), catalog)
    assert found.used.changes == ()
    assert found.request.policy.budget_usd == 20_000


def test_a_scenario_combines_overrides_old_to_new(catalog: Catalog, tmp_path: Path) -> None:
    """The server room pays 0.12: twice that is 0.24."""
    found = scenario(written(tmp_path, PLAN), catalog, "worst")
    assert [told(c) for c in found.used.changes] == [
        ("electricity", 0.12, 0.24),
        ("concurrency", 1, 16),
        ("targets.min_tok_s", None, 50.0),
    ]
    assert found.request.site.electricity_usd_per_kwh == 0.24
    assert found.used.changes[0].why == "the tariff of a bad year"


def test_the_order_of_names_does_not_matter(catalog: Catalog, tmp_path: Path) -> None:
    """The attic pays 0.20: what is scaled is the tariff then in force."""
    file = written(tmp_path, PLAN)
    one, other = (scenario(file, catalog, n).request for n in ("attic-dear", "dear-attic"))
    assert one == other
    assert (one.site.id, one.site.electricity_usd_per_kwh) == ("attic", 0.4)


def test_removed_is_back_at_the_default(catalog: Catalog, tmp_path: Path) -> None:
    found = scenario(written(tmp_path, PLAN), catalog, "free")
    assert found.request.policy.budget_usd is None
    assert found.request.objective == "tco"  # the default where no budget is given
    assert (found.description, found.expect.nodes) == ("No budget.", 1)


def test_paths_into_the_site_change_that_site(catalog: Catalog, tmp_path: Path) -> None:
    text = "model: small\noverrides:\n  tall: {why: a taller rack, set: {site.rack.units: 20}}\n"
    file = written(tmp_path, text + "scenarios: {tall: [tall]}\n")
    found = scenario(file, catalog, "tall")
    assert told(found.used.changes[0]) == ("site.rack.units", 42, 20)
    assert found.request.site.rack.depth_mm == 1200


def test_flags_change_what_the_file_says(catalog: Catalog, tmp_path: Path) -> None:
    found = scenario(
        written(tmp_path, PLAN), catalog, "worst", "budget=7500", "site.pue=1.1", "kv=bf16"
    )
    assert found.request.policy.budget_usd == 7500
    assert found.request.site.pue == 1.1
    assert found.used.changes[-1].override == "--set"
    assert scenario(written(tmp_path, PLAN), catalog, None, "budget=").request.objective == "tco"


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            "a: {why: one, set: {budget: 1k}}\n  b: {why: two, scale: {budget: 2}}",
            ("plan.yaml:4:", "'a' and 'b' both touch budget"),
        ),
        (
            "a: {why: one, set: {electricity: 1}}\n  b: {why: two, set: {site.electricity: 1}}",
            ("'a' and 'b' both touch electricity",),
        ),
        (
            "a: {why: one, set: {budget: 1k}, remove: [budget]}\n  b: {why: two, set: {ups: true}}",
            ("'a' touches budget twice",),
        ),
        (
            "a: {why: one, set: {buget: 1k}}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "no value stands at 'buget'", "Did you mean budget"),
        ),
        (
            "a: {why: one, set: {site.rack.unit: 4}}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "Did you mean site.rack.units"),
        ),
        (
            "a: {why: one, scale: {budget: 2}}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "nothing to scale: budget is not given"),
        ),
        (
            "a: {why: one, scale: {model: 2}}\n  b: {why: two, set: {ups: true}}",
            ("nothing to scale: model is not a number",),
        ),
        (
            "a: {why: one, remove: [budget]}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "nothing to remove: budget is not given"),
        ),
        (
            "a: {why: one, set: {budget: lots}}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "budget"),
        ),
        (
            "a: {why: one, set: {site: atic}}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "unknown site 'atic'", "attic"),
        ),
        ("a: {why: one}\n  b: {why: two, set: {ups: true}}", ("'a' changes nothing",)),
        ("a: {set: {ups: true}}\n  b: {why: two, set: {ups: true}}", ("a.why' is missing",)),
        ("a: {why: one, put: {}}\n  b: {why: two, set: {ups: true}}", ("unknown key",)),
        (
            "a: {why: one, scale: {electricity: -1}}\n  b: {why: two, set: {ups: true}}",
            ("plan.yaml:3:", "greater than 0"),
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_place(
    catalog: Catalog, tmp_path: Path, body: str, parts: tuple[str, ...]
) -> None:
    text = f"model: small\noverrides:\n  {body}\nscenarios: {{both: [a, b]}}\n"
    message = complaint(written(tmp_path, text), catalog, "both")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("budget", "--set: budget sets nothing"),
        ("bugdet=1", "Did you mean budget"),
        ("budget=x", "--set: budget 'x' is not an amount"),
        ("site.pue=half", "--set: site pue"),
        ("max_tco=", "nothing to remove: max_tco is not given"),
    ],
)
def test_flags_that_change_nothing(catalog: Catalog, tmp_path: Path, given: str, part: str) -> None:
    assert part in complaint(written(tmp_path, PLAN), catalog, None, given)


def test_unknown_scenarios(catalog: Catalog, tmp_path: Path) -> None:
    file = written(tmp_path, PLAN)
    assert "Did you mean worst" in complaint(file, catalog, "worts")
    assert "has no named scenarios" in complaint(
        written(tmp_path, "model: small\n", "bare.yaml"), catalog, "worst"
    )
    text = "model: small\nscenarios: {a: [gone]}\n"
    assert "no override is called 'gone'" in complaint(written(tmp_path, text), catalog, "a")


# Files over files


def test_a_file_extends_another(catalog: Catalog, tmp_path: Path) -> None:
    """Values are replaced, named parts added; what a file expects is its own business."""
    written(tmp_path, PLAN + "name: Base\nexpect: {nodes: 1}\ntargets: {min_tok_s: 9}\n")
    child = written(
        tmp_path,
        "extends: plan.yaml\nbudget: 9k\ntargets: {max_ttft_s: 3}\n"
        "overrides: {quiet: {why: neighbours, set: {site.noise_limit_dba: 40}}}\n"
        "scenarios: {calm: [quiet, many]}\n",
        "child.yaml",
    )
    found = scenario(child, catalog)
    assert (found.name, found.expect.nodes) == ("child", None)
    assert found.request.policy.budget_usd == 9_000
    targets = found.request.workloads[0].targets
    assert (targets.min_tok_s, targets.max_ttft_s) == (9.0, 3.0)
    calm = scenario(child, catalog, "calm").request
    assert (calm.site.noise_limit_dba, calm.workloads[0].concurrency) == (40, 16)


def test_null_takes_a_value_of_the_other_file_back(catalog: Catalog, tmp_path: Path) -> None:
    written(tmp_path, PLAN)
    child = written(tmp_path, "extends: plan.yaml\nbudget: null\n", "child.yaml")
    assert scenario(child, catalog).request.policy.budget_usd is None


def test_complaints_name_the_file_that_said_it(catalog: Catalog, tmp_path: Path) -> None:
    written(tmp_path, "model: small\nbudget: lots\n", "base.yaml")
    child = written(tmp_path, "extends: base.yaml\nduty: 0.4\n")
    assert "base.yaml:2:" in complaint(child, catalog)
    written(tmp_path, "model: small\nsite: {base: attic}\n", "base.yaml")
    child = written(tmp_path, "extends: base.yaml\nsite:\n  pue: [1]\n")
    assert "plan.yaml:3:" in complaint(child, catalog)


@pytest.mark.parametrize(
    ("base", "child", "part"),
    [
        ("extends: plan.yaml\nmodel: small\n", "extends: base.yaml\n", "leads back"),
        ("model: small\n", "extends: /etc/passwd\n", "is not a scenario file"),
        ("model: small\n", "extends: gone.yaml\n", "cannot read"),
        ("model: small\n", "extends: [base.yaml]\n", "is not a scenario file"),
        ("- 1\n", "extends: base.yaml\n", "base.yaml:1:1: expected keys and values"),
        (
            "model: small\noverrides: {a: {why: one, set: {ups: true}}}\n",
            "extends: base.yaml\noverrides: {a: {why: two, set: {ups: true}}}\n",
            "overrides has 'a' already. See",
        ),
    ],
)
def test_files_that_cannot_be_extended(
    catalog: Catalog, tmp_path: Path, base: str, child: str, part: str
) -> None:
    written(tmp_path, base, "base.yaml")
    assert part in complaint(written(tmp_path, child), catalog)


@pytest.mark.parametrize(
    "text",
    [
        "model: small\noverrides: [1, 2]\n",
        "model: small\noverrides: {a: 5}\n",
        "model: small\nscenarios: {a: {b: c}}\n",
        "model: small\nscenarios: {'../x': []}\n",
        "model: small\noverrides: {a: {why: one, set: [budget]}}\n",
        "model: small\noverrides: {a: &x {why: one, set: *x}}\n",
        "model: small\nscenarios: {a: [b, b]}\noverrides: {b: {why: one, set: {ups: true}}}\n",
        "model: small\noverrides: {a: {why: one, scale: {budget: .inf}}}\n",
        "model: small\noverrides: {a: {why: one, set: {__class__: 1}}}\nscenarios: {s: [a]}\n",
    ],
)
def test_hostile_files_get_one_message(catalog: Catalog, tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)

    def read_all() -> None:
        held = read_scenario_file(file)
        for name in (None, *held.names):
            held.scenario(catalog, name)

    with pytest.raises(InputError) as error:
        read_all()
    assert "plan.yaml:" in str(error.value)


def test_a_scenario_of_a_file_by_reference() -> None:
    assert split_reference("a/b.yaml:used") == (Path("a/b.yaml"), "used")
    assert split_reference("a/b.yaml") == (Path("a/b.yaml"), None)
