"""Commands that look into a catalog: list, show, check, stats, new."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import load_catalog
from optimizer.catalog.template import KINDS, template
from optimizer.errors import InputError
from optimizer.report.history import render_history
from optimizer.report.style import Style
from optimizer.schema.offer import Offer
from tests.catalog.hostile import GOOD

pytestmark = pytest.mark.slow  # each test loads the whole shipped catalog

Command = Callable[..., Any]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A directory with one drive and its price."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "good.yaml").write_text(GOOD)
    return folder


def alone(folder: Path) -> tuple[str, ...]:
    return ("--no-builtin-catalog", "--catalog", str(folder))


def test_show_tells_each_figure_its_source_and_its_prices(inline: Command) -> None:
    run = inline("catalog", "show", "a100-pcie-80gb", small=False)
    assert run.code == 0
    assert "\x1b" not in run.out
    assert max(map(len, run.out.splitlines())) <= 80
    for part in (
        "NVIDIA A100 PCIe 80GB",
        "nvidia-ampere.yaml:",
        "  bandwidth_gb_s              1,935",
        "PB-10577",
        "#table 1",
        "(high confidence)",
        "not stated                  fp8_tflops, fp4_tflops",
        "Price history in US dollars (n new, r refurbished, u used",
        "Rented by the hour",
    ):
        assert part in run.out, part


def test_show_marks_estimates(inline: Command) -> None:
    run = inline("catalog", "show", "a100-pcie-40gb", small=False)
    line = next(line for line in run.out.splitlines() if line.startswith("  idle_w"))
    assert "estimate" in line


def test_show_json_resolves_its_sources(inline: Command) -> None:
    data = json.loads(inline("catalog", "show", "a100-pcie-80gb", "--json", small=False).out)
    keys = {reference.split("#")[0] for reference in data["sources"].values()}
    keys |= {offer["source"].split("#")[0] for offer in data["offers"]}
    assert keys <= set(data["source_details"])
    assert data["source_details"]["nvidia-pb-10577"]["publisher"] == "NVIDIA"
    assert data["cloud_rates"]


@pytest.mark.parametrize("kind", ["platform", "llm", "site", "engine", "cable"])
def test_every_entry_fits_80_columns(inline: Command, kind: str) -> None:
    entries = json.loads(inline("catalog", "list", "--kind", kind, "--json", small=False).out)
    for entry in entries[:: max(1, len(entries) // 6)]:
        run = inline("catalog", "show", entry["id"], small=False)
        assert run.code == 0
        assert max(map(len, run.out.splitlines())) <= 80, entry["id"]


def make_offer(condition: str, date: str, price: float, currency: str = "USD") -> Offer:
    return Offer.model_validate(
        {
            "component": "x",
            "condition": condition,
            "low": price * 0.5,
            "typical": price,
            "high": price * 2,
            "currency": currency,
            "vendor": "V",
            "date": date,
            "source": "s",
            "confidence": "low",
        }
    )


def test_the_chart_puts_prices_where_they_belong() -> None:
    """0 to 2,000 in eight steps of 250: 1,000 is in the middle row, 250 one above the last."""
    offers = [make_offer("new", "2025-01", 1000), make_offer("used", "2026-01", 250)]
    lines = render_history(offers, {}, Style())
    rows = {line.split("|")[0].strip(): line.split("|")[1] for line in lines[1:10]}
    assert "2,000" in rows
    assert rows["1,000"].strip(" ").startswith("n")
    assert lines[8].rstrip().endswith("u")
    assert lines[0] == "Price history in US dollars (n new, u used, * several, : range)"
    assert lines[-1].split() == ["2025-01", "2026-01"]
    assert max(map(len, lines)) <= 80


def test_the_chart_converts_currencies_and_marks_overlaps() -> None:
    offers = [
        make_offer("new", "2025-01", 1000),
        make_offer("new", "2026-01", 500, "EUR"),
        make_offer("used", "2026-01", 1000),
    ]
    lines = render_history(offers, {"EUR": 2.0}, Style())
    assert "*" in next(line for line in lines if line.strip().startswith("1,000"))


def test_one_date_makes_no_chart() -> None:
    assert render_history([make_offer("new", "2025-01", 5)], {}, Style()) == []
    assert render_history([], {}, Style()) == []


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--kind", "gpu"), ("unknown kind",)),
        (("--filter", "power_w>=nan"), ("nan is not a number",)),
        (("--filter", "power_w>=watts"), ("watts is not a number",)),
        (("--filter", "sources>1"), ("sources is a list",)),
        (("--filter", "powr_w>=1"), ("Did you mean power_w",)),
        (("--filter", "power_w"), ("Write FIELD>=VALUE",)),
        (("--filter", "power_w.x=1"), ("no field is called 'power_w.x'",)),
        (("--sort", "pric"), ("Did you mean price",)),
    ],
)
def test_filters_that_make_no_sense(
    inline: Command, mine: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    run = inline("catalog", "list", *arguments, *alone(mine), small=False)
    if arguments[1] == "gpu":  # a word for accelerators, of which there are none here
        assert (run.code, run.out) == (0, "nothing passes\n")
        return
    assert run.code == 2
    for part in parts:
        assert part in run.err


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [
        ("passive_airflow=yes", "platform", True),
        ("accelerator_counts=8", "platform", True),
        ("power.efficiency=titanium", "platform", True),
        ("rack.units>=1", "site", True),
        ("price<1000", "accelerator", True),
        ("vendors=nvidia", "engine", True),
        ("memory_type!=HBM2", "accelerator", True),
    ],
)
def test_filters_reach_booleans_lists_and_inner_fields(
    inline: Command, expression: str, kind: str, expected: bool
) -> None:
    run = inline("catalog", "list", "--kind", kind, "--filter", expression, "--json", small=False)
    found = json.loads(run.out)
    everything = json.loads(inline("catalog", "list", "--kind", kind, "--json", small=False).out)
    assert bool(found) is expected
    assert len(found) <= len(everything)


def test_a_boolean_needs_yes_or_no(inline: Command) -> None:
    for expression in ("passive_airflow=maybe", "passive_airflow>yes"):
        run = inline("catalog", "list", "--kind", "platform", "--filter", expression, small=False)
        assert run.code == 2
        assert "passive_airflow=yes" in run.err


def test_list_takes_plurals(inline: Command) -> None:
    one = inline("catalog", "list", "--kind", "switch", small=False)
    assert inline("catalog", "list", "--kind", "Switches", small=False).out == one.out
    assert one.out.endswith("switches\n")


def test_check_tells_about_ones_own_entries_only(inline: Command, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.yaml").write_text("accelerators:\n  - {id: l4, fp16_tflops: 242}\n")
    run = inline("catalog", "check", str(folder), small=False)
    assert run.code == 0
    assert "sparse-for-dense (" in run.out
    assert "l4: fp16_tflops 242" in run.out
    assert "old-prices" not in run.out
    assert inline("catalog", "check", str(folder), "--strict", small=False).code == 1
    assert "old-prices" in inline("catalog", "check", str(folder), "--all", small=False).out
    (folder / "a.yaml").write_text("accelerators:\n  - {id: l4, vram_mib: 230340}\n")
    broken = inline("catalog", "check", str(folder), small=False)
    assert broken.code == 2
    assert "error mine/a.yaml:2:5: l4: vram_mib 230,340 does not fit 24 GB" in broken.out
    data = json.loads(inline("catalog", "check", str(folder), "--json", small=False).out)
    assert data["valid"] is False
    assert [f["id"] for f in data["errors"]] == ["l4"]


def test_check_takes_several_directories(inline: Command, mine: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.yaml").write_text("storage:\n  - {id: drive-2tb, power_w: 300}\n")
    base = ("catalog", "check", "--no-builtin-catalog")
    assert inline(*base, str(mine), small=False).code == 0
    run = inline(*base, str(mine), str(other), small=False)
    assert "drive-2tb: power_w is 300; expected 2 to 30" in run.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--max-age", "-1"),
        ("--max-age", "1.5"),
        ("--max-jump", "0"),
        ("--max-jump", "nan"),
        ("--as-of", "soon"),
    ],
)
def test_thresholds_are_checked(inline: Command, mine: Path, arguments: tuple[str, str]) -> None:
    run = inline("catalog", "check", str(mine), "--no-builtin-catalog", *arguments, small=False)
    assert run.code == 2
    assert arguments[0] in run.err


def test_stats(inline: Command) -> None:
    data = json.loads(inline("catalog", "stats", "--json", small=False).out)
    assert {"accelerator", "platform", "cpu", "llm", "engine", "site"} <= set(data["kinds"])
    assert {"offers", "cloud_rates", "sources", "estimated_share"} <= set(data)
    assert data["coverage"]["accelerator"]["entries"] == data["kinds"]["accelerator"]
    run = inline("catalog", "stats", small=False)
    assert max(map(len, run.out.splitlines())) <= 80
    assert "newest price" in run.out


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "cost_class"])
def test_every_template_is_a_valid_overlay(tmp_path: Path, kind: str) -> None:
    (tmp_path / "new.yaml").write_text(template(kind))
    catalog = load_catalog([tmp_path])
    section, record = KINDS[kind]
    for name in record.model_fields:
        assert f"{name}:" in template(kind)
    if kind not in ("offer", "currency_rate", "cloud_rate"):
        assert "my-part" in catalog.raw.named[section]


def test_a_template_says_units_and_what_is_allowed(inline: Command) -> None:
    run = inline("catalog", "new", "accelerator", small=False)
    assert run.code == 0
    lines = {line.split(":")[0].strip("# -"): line for line in run.out.splitlines()}
    assert "MiB" in lines["vram_mib"]
    assert "or null" in lines["vram_mib"]
    assert "pcie, sxm2" in lines["interface"]
    assert "watts" in lines["tdp_w"]
    assert "over 0 to" in lines["bandwidth_gb_s"]
    assert lines["fp8_tflops"].lstrip().startswith("#")
    assert inline("catalog", "new", "gpuu", small=False).code == 2


def test_an_unknown_kind_of_template_names_the_nearest() -> None:
    with pytest.raises(InputError, match="accelerator"):
        template("acelerator")
