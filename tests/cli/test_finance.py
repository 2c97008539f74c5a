"""``optimize finance show``: every assumption with default, range and source."""

from __future__ import annotations

import json

import pytest

from optimizer import build_request, load_catalog
from optimizer.cli.main import run
from optimizer.errors import InputError
from optimizer.schema.request import FINANCE_KEYS, Finance, Workload


def shown(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert run(["finance", "show", *more]) == 0
    return capsys.readouterr().out


def test_every_assumption_has_a_default_a_unit_and_a_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = json.loads(shown(capsys, "--json"))
    for section in ("assumptions", "cost_classes", "sites", "licences", "currencies"):
        assert document[section]
        for entry in document[section]:
            assert entry["sources"], entry
    for entry in document["assumptions"]:
        assert entry["unit"]
        numeric = not isinstance(entry["default"], str)
        assert numeric == (entry["low"] is not None) == (entry["high"] is not None)


def test_the_page_names_every_key_and_fits(capsys: pytest.CaptureFixture[str]) -> None:
    page = shown(capsys)
    for key in load_catalog().assumptions:
        assert f"\n{key} " in page
    assert "4,500" in page
    assert "194.95" in page
    assert "0.0624" in page
    assert max(len(line) for line in page.splitlines()) <= 80


def test_the_catalog_holds_the_defaults_of_the_types() -> None:
    """What a request takes without a catalog is what the shipped catalog says."""
    for key, record in load_catalog().assumptions.items():
        kind, field = (Workload, key) if key == "duty" else (Finance, FINANCE_KEYS[key])
        assert kind.model_fields[field].default == record.default


def test_every_number_of_a_request_is_an_assumption() -> None:
    """Whatever changes a cost has its default, range and source in the catalog."""
    named = set(load_catalog().assumptions)
    free = {"price_point", "prices_as_of", "home_currency", "licences", "loan_years"}
    assert set(FINANCE_KEYS) - free <= named


def test_an_overlay_changes_a_default(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "ours.yaml").write_text(
        "assumptions:\n  - id: discount_rate\n    default: 0.09\n"
        "    sources: {default: finance-class-rules}\n"
    )
    catalog = load_catalog([tmp_path])
    request = build_request({"model": "llama-70b"}, catalog)
    assert request.finance.discount_rate == 0.09
    assert build_request({"model": "llama-70b", "discount_rate": 0.05}, catalog).finance != (
        request.finance
    )


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("id: discount_rat\n    name: x\n    unit: x\n    default: 0.1", "discount_rate"),
        ("id: discount_rate\n    default: 5.0\n    high: 9.0", "less than or equal to 1"),
        ("id: financing\n    default: gold", "cash"),
        ("id: duty\n    default: 0.01", "low <= default <= high"),
    ],
)
def test_assumptions_that_make_no_sense(entry: str, told: str, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    text = f"assumptions:\n  - {entry}\n    sources: {{default: finance-class-rules}}\n"
    (tmp_path / "ours.yaml").write_text(text)
    assert run(["finance", "show", "--catalog", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "ours.yaml:" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"loan_rate": "5%"}, "financing: loan"),
        ({"financing": "loan", "loan_years": 4}, "longer than the horizon"),
        ({"financing": "loan", "loan_years": 1.51}, "whole months"),
        ({"financing": "gift"}, "cash"),
        ({"licences": ["nvidia-ai-enterprize"]}, "nvidia-ai-enterprise"),
    ],
)
def test_requests_that_make_no_sense(plain, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        build_request({"model": "llama-70b"} | plain, load_catalog())
    assert told in str(caught.value)
