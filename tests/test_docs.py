"""What the documents say can be typed, followed and loaded as it stands."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.sections import NAMED_SECTIONS
from optimizer.cli import alternatives, flags, frontier, study_commands
from optimizer.cli import solve as cli_solve
from optimizer.cli.main import run
from optimizer.finance.schedule import Schedule
from optimizer.finance.tco import (
    CostItem,
    Rates,
    Terms,
    energy_cents,
    energy_microcents_per_watt,
    residual_share,
    total_cost,
    unit_costs,
)
from optimizer.scenario import keys
from optimizer.scenario.expect import Expect
from optimizer.scenario.request import FILE_KEYS, build_request
from optimizer.studies.sweep.run import Sweep

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GENERATED = ROOT / "docs" / "formulation.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
ABSOLUTE = re.compile(r"(?<![\w.])/(?:home|work|tmp|usr|root|Users|etc|opt|var|mnt)\b|[A-Z]:\\\\")
FLAGSHIP = ["--model", "llama-405b", "--budget", "150000"]


class Parsed(Exception):
    """Raised in place of a solve: the command was understood."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return [body for found, body in FENCE.findall(page.read_text("utf-8")) if found == language]


def commands(page: Path) -> list[str]:
    """Command lines: in indented and fenced code, and in code spans without a placeholder."""
    text = page.read_text("utf-8")
    lines = [line.strip().removeprefix("$ ") for line in text.splitlines()]
    spans = re.findall(r"`(optimize [^`\n]+)`", text)
    found = [line for line in lines if re.match(r"optimize( |$)", line)]
    found += [span for span in spans if not re.search(r"\b[A-Z]{3,}\b|\.\.\.| \| ", span)]
    return list(dict.fromkeys(re.sub(r"\s+#.*$", "", line) for line in found))


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def mine(target: Path) -> Path:
    """The overlay that docs/catalog.md builds up, as files."""
    target.mkdir(exist_ok=True)
    for number, block in enumerate(blocks(ROOT / "docs" / "catalog.md", "yaml")):
        if block.startswith("# mine/"):
            (target / f"{number}.yaml").write_text(block, encoding="utf-8")
    return target


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader would type: the checkout's scenarios, an overlay, and no solves."""

    def parsed(*_: Any, **__: Any) -> None:
        raise Parsed

    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    mine(tmp_path / "mine")
    for block in blocks(ROOT / "docs" / "tutorial.md", "yaml"):
        if block.startswith("# my-plan.yaml"):
            (tmp_path / "my-plan.yaml").write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_solve, "solve_request", parsed)
    monkeypatch.setattr(alternatives, "alternatives", parsed)
    monkeypatch.setattr(frontier, "trace_frontier", parsed)
    monkeypatch.setattr(Sweep, "run", parsed)
    return tmp_path


def test_the_documents_are_there() -> None:
    names = {name_of(page) for page in PAGES if page.exists()}
    promised = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
    promised |= {f"docs/{n}.md" for n in ("guide", "catalog", "glossary", "formulas")}
    assert promised <= names


WRITTEN = [page for page in PAGES if page.name != "cli.md"]
"""Pages by hand: the reference holds every flag, and examples with files of the reader's own."""
COMMANDS = [(page, line) for page in WRITTEN for line in commands(page)]


def test_documents_show_commands() -> None:
    shown = {name_of(page) for page, _ in COMMANDS}
    assert {"README.md", "docs/guide.md", "docs/catalog.md"} <= shown


@pytest.mark.parametrize("line", dict.fromkeys(line for _, line in COMMANDS))
@pytest.mark.usefixtures("desk")
def test_command_is_understood(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Flags exist, values have an allowed form, names resolve, files are there."""
    program, *arguments = shlex.split(line)
    assert program == "optimize"
    try:
        code = run(arguments)
    except Parsed:
        return
    assert code == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_flags_named_in_the_text_exist(page: Path) -> None:
    every = [*flags.MAIN, *study_commands.RUN_FLAGS, *study_commands.COMPARE_FLAGS]
    every += [*study_commands.FRONTIER_FLAGS, *study_commands.ROBUST_FLAGS]
    every += [*study_commands.RENT_FLAGS, *study_commands.ALTERNATIVE_FLAGS]
    every += [*study_commands.SWEEP_FLAGS, *study_commands.SENSITIVITY_FLAGS]
    known = {flag.name for flag in every} | {flag.off for flag in every if flag.off}
    known |= {"--help", "--kind", "--filter", "--sort", "--tensor-parallel"}
    spans = re.findall(r"`(?:optimize [^`]*)?(--[a-z][a-z-]*)", page.read_text("utf-8"))
    foreign = ("--max-num-seqs", "--max-num-batched-tokens", "--quantization", "--block-size")
    assert [s for s in spans if s not in known and s not in foreign] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.is_relative_to(ROOT) or not there.exists():
            broken.append(target)
        elif anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
            broken += [] if anchor in map(slug, headings) else [target]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_path_of_one_machine(page: Path) -> None:
    assert ABSOLUTE.findall(page.read_text("utf-8")) == []


# The README's answer


def test_readme_shows_a_real_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line by line as printed; ``...`` stands for lines left out.

    Seconds, the hash of the catalog and sizes of the search may differ.

    When prices or constants change, run the command at 80 columns and paste again.
    """
    monkeypatch.setenv("COLUMNS", "80")
    assert run(FLAGSHIP) == 0
    printed = [_timeless(line) for line in capsys.readouterr().out.splitlines()]
    shown = blocks(ROOT / "README.md", "text")[0].splitlines()
    assert shown[0] == f"$ optimize {' '.join(FLAGSHIP)}"
    at = 0
    for line in (_timeless(line) for line in shown[1:]):
        if line == "...":
            continue
        assert line in printed[at:], f"not in the answer (any more): {line}"
        at += printed[at:].index(line) + 1
    assert len(shown) > len(printed) / 2, "most of the answer"


def _timeless(line: str) -> str:
    line = re.sub(r"proven in [\d.,]+ m?s", "proven in a while", line.rstrip())
    line = re.sub(r"[\d,]+ (deployments|candidate parts|figures)", r"N \1", line)
    return re.sub(r"\(sha \w+\)", "(sha)", line)


# What the documents tell about files


def test_overlay_of_the_catalog_page_loads(tmp_path: Path, catalog: Catalog) -> None:
    changed = load_catalog([mine(tmp_path / "mine")])
    assert set(catalog.llms) - set(changed.llms) == {"falcon-180b"}
    assert set(catalog.components) == set(changed.components)
    assert changed.sites["server-room"].electricity_usd_per_kwh == 0.11
    more = set(changed.offers["a100-pcie-80gb"]) - set(catalog.offers["a100-pcie-80gb"])
    assert [(o.typical, o.currency, o.available) for o in more] == [(6200, "EUR", 4)]


def test_excerpts_of_the_catalog_are_true(catalog: Catalog) -> None:
    """An entry shown as shipped has the values that are shipped."""
    compared = 0
    for block in blocks(ROOT / "docs" / "catalog.md", "yaml"):
        if not block.startswith("# catalog/"):
            continue
        assert (ROOT / block.splitlines()[0].removeprefix("# ")).exists()
        for section, entries in yaml.safe_load(block).items():
            for entry in entries:
                held = catalog.raw.named[section][entry["id"]].data
                sources, aliases = entry.pop("sources"), entry.pop("aliases")
                assert {k: held.get(k) for k in entry} == entry
                assert sources.items() <= held["sources"].items()
                assert set(aliases) <= set(held["aliases"])
                assert section in NAMED_SECTIONS
                compared += 1
    assert compared == 2


def test_scenario_of_the_guide_is_a_request(catalog: Catalog) -> None:
    (block,) = blocks(ROOT / "docs" / "guide.md", "yaml")
    plain = {k: v for k, v in yaml.safe_load(block).items() if k not in FILE_KEYS}
    assert build_request(plain, catalog).policy.budget_usd == 60_000


def test_guide_names_every_key() -> None:
    """Each key of a request and of an expectation stands in the guide's tables."""
    text = (ROOT / "docs" / "guide.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    spans = set(re.findall(r"`([a-z_]+)`", "\n".join(rows)))
    missing = {*keys.TOP, *keys.TARGETS, *FILE_KEYS, *Expect.model_fields, "site", "targets"}
    assert missing - spans == set()


def test_python_of_the_guide_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks(ROOT / "docs" / "guide.md", "python")
    exec(block, {})
    assert capsys.readouterr().out.startswith("optimal ")


def test_worked_example_of_the_formulas() -> None:
    """The money example, by the cost function; its figures were computed by hand."""
    curve = (0.85, 0.575, 0.39, 0.26, 0.175, 0.125, 0.0875, 0.06, 0.04)
    years = Fraction(3)
    rates = Rates(Fraction(0), Fraction(6, 100), residual_share(curve, years, Fraction(3)))
    tax = Fraction(825, 10_000)
    terms = Terms(years, sales_tax=tax, failure_growth=Fraction(1, 10))
    unit = unit_costs(800_000, rates, terms)
    rate = energy_microcents_per_watt(0.146, 1.54, 3, 0.0166)
    total = total_cost(
        [CostItem("accelerator", unit, 1)],
        watts={"energy": energy_cents(1000, rate)},
        installation=0,
        schedule=Schedule(3, 0.0624, 0.0166, failure_growth=0.1),
    )
    page = (ROOT / "docs" / "money.md").read_text("utf-8")
    for cents in (unit.tax, unit.failures, unit.residual, energy_cents(1000, rate), total.tco):
        assert f"{cents / 100:,.2f}" in page
    assert f"{total.discounted / 100:,.2f}" in page
    assert f"{rate:,}" in page
