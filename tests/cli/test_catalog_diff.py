"""What differs between two catalogs, and which answers change with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.studies.catalog_diff import diff_catalogs, differences
from tests.catalog.hostile import GOOD

Command = Callable[..., Any]


def folder(tmp_path: Path, name: str, text: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    (made / "all.yaml").write_text(text)
    return made


NEWER = (
    GOOD.replace("power_w: 8", "power_w: 9")
    .replace(
        "offers:",
        "  - {id: extra, name: E, capacity_gb: 500, form: m.2, pcie_generation: 4,"
        " power_w: 5, idle_w: 1, sources: {default: bench}}\noffers:",
    )
    .replace("typical: 120", "typical: 125")
)


def test_entries_fields_and_offers(tmp_path: Path) -> None:
    old = load_catalog([folder(tmp_path, "old", GOOD)], builtin=False)
    new = load_catalog([folder(tmp_path, "new", NEWER)], builtin=False)
    found = diff_catalogs(old, new)
    assert found.added == (("storage", "extra"),)
    assert found.removed == ()
    assert [(c.id, c.field, c.old, c.new) for c in found.changed] == [
        ("drive-2tb", "power_w", 8, 9)
    ]
    assert [o["typical"] for _, o in found.observations_added] == [125]
    assert [o["typical"] for _, o in found.observations_removed] == [120]
    back = diff_catalogs(new, old)
    assert back.removed == found.added
    assert diff_catalogs(old, old).same


def test_the_command_tells_old_and_new(inline: Command, tmp_path: Path) -> None:
    old, new = folder(tmp_path, "old", GOOD), folder(tmp_path, "new", NEWER)
    base = ("catalog", "diff", str(old), str(new), "--no-builtin-catalog")
    run = inline(*base, small=False)
    assert run.code == 0
    for part in ("+ storage extra", "~ storage drive-2tb", "power_w: 8 -> 9", "USD 125 2026-05-04"):
        assert part in run.out
    data = json.loads(inline(*base, "--json", small=False).out)
    assert data["changed"] == [
        {"section": "storage", "id": "drive-2tb", "field": "power_w", "old": 8, "new": 9}
    ]
    assert data["same"] is False


def test_overlays_are_compared_over_the_shipped_catalog(inline: Command, tmp_path: Path) -> None:
    text = "accelerators:\n  - {id: l4, tdp_w: 75}\ncables:\n  - {id: cat6a-10g, remove: true}\n"
    mine = folder(tmp_path, "mine", text)
    data = json.loads(inline("catalog", "diff", "shipped", str(mine), "--json", small=False).out)
    assert [(c["id"], c["field"], c["old"], c["new"]) for c in data["changed"]] == [
        ("l4", "tdp_w", 72, 75)
    ]
    assert {"section": "cables", "id": "cat6a-10g"} in data["removed"]


def test_the_same_catalog_differs_in_nothing(inline: Command) -> None:
    run = inline("catalog", "diff", "shipped", "shipped", small=False)
    assert (run.code, run.out) == (0, "nothing differs\n")


def test_unknown_catalogs(inline: Command, tmp_path: Path) -> None:
    assert inline("catalog", "diff", "shipped", "no-such-catalog", small=False).code == 2
    arguments = ("catalog", "diff", "shipped", "shipped", "--answers", "--scenarios", str(tmp_path))
    run = inline(*arguments, small=False)
    assert run.code == 2
    assert "no scenario files" in run.err


def test_differences_of_accounts() -> None:
    old = {"status": "optimal", "tco (usd)": 10.0, "parts": {"a": 1, "b": 2}}
    new = {"status": "optimal", "tco (usd)": 10.0 + 1e-9, "parts": {"a": 1, "c": 2}}
    assert differences(old, new) == {"parts.b": (2, None), "parts.c": (None, 2)}
    assert differences(old, {"status": "infeasible"})["parts.a"] == (1, None)


@pytest.mark.slow
def test_answers_that_change_with_the_catalog(inline: Command, tmp_path: Path) -> None:
    """One card at half its price: the same build, cheaper."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    ask = "model: llama-8b\naccelerators: [rtx-3090]\nconditions: [used]\nobjective: capex\n"
    (scenarios / "home.yaml").write_text(ask + "owned: {rtx-3090: 1}\n")
    (scenarios / "other.yaml").write_text(ask)
    offer = (
        "sources: {mine: {title: M, publisher: M, date: '2026-11', confidence: high}}\n"
        "offers:\n  - {component: rtx-3090, condition: used, low: 500, typical: 500, high: 500,"
        " vendor: M, date: '2026-11-11', source: mine, confidence: high}\n"
    )
    mine = folder(tmp_path, "mine", offer)
    run = inline(
        *("catalog", "diff", "shipped", str(mine), "--answers", "--json"),
        *("--scenarios", str(scenarios), "--time-limit", "30"),
        small=False,
    )
    assert run.code == 0, run.err
    answers = {a["scenario"]: a for a in json.loads(run.out)["answers"]}
    old, new = answers["other"]["differences"]["capex_usd"]
    assert new < old
