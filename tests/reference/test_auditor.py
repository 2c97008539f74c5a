"""Every answer stands up to an auditor who has only the YAML and the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optimizer import Catalog, SolveOptions, build_request, load_catalog, optimize
from tests.reference.auditor import audit

ROOT = Path(__file__).resolve().parent.parent.parent / "catalog"
QUESTIONS: dict[str, dict[str, Any]] = {
    "flagship": {"model": "llama-405b", "budget": "150k"},
    "cheapest 8B at home": {"model": "llama-3.1-8b", "site": "home-15a", "max_nodes": 1},
    "70B in a garage": {"model": "llama-3.1-70b", "site": "garage-240v", "budget": "30k"},
    "capex, taxed": {
        "model": "qwen3-32b", "objective": "capex", "sales_tax": 0.0825, "shipping": 0.02,
        "horizon": "30 months", "import_duty": 0.05,
    },
    "cost per token": {"model": "llama-3.1-8b", "objective": "cost-per-token", "max_nodes": 1},
    "speed with redundancy": {
        "model": "llama-3.1-70b", "objective": "speed", "budget": "60k", "psu_redundancy": "n+1",
    },
    "two nodes": {
        "model": "deepseek-r1", "budget": "250k", "accelerators": ["a100-sxm4-80gb"],
        "weights": ["int8"],
    },
    "owned cards": {"model": "llama-3.1-8b", "owned": {"rtx-3090": 2}, "site": "home-20a"},
    "UPS": {"model": "llama-3.1-8b", "ups": True, "max_nodes": 1},
    "low prices, long": {"model": "mixtral-8x22b", "price_point": "low", "horizon": 5},
    "colocation, financed": {
        "model": "llama-3.1-70b", "site": "colocation", "max_nodes": 1, "financing": "loan",
        "loan_years": 2, "loan_share": 0.8, "spares": 0.05, "licences": ["nvaie"],
        "staff": "2k", "decommissioning": 300, "service_escalation": 0.025, "installation": 900,
    },
    "an added circuit, financed": {
        "model": "llama-3.1-70b", "targets": {"min_tok_s": 6000}, "max_nodes": 1,
        "new_circuits": 4, "financing": "loan", "spares": 0.05, "shipping": 0.02,
        "sales_tax": 0.08,
        "site": {
            "base": "home-20a", "heat_removal_w": 20_000, "noise_limit_dba": 100,
            "rack": {"units": 42, "depth_mm": 1200, "load_kg": 900},
        },
    },
    "leased, by the rack unit": {
        "model": "llama-3.1-8b", "max_nodes": 1, "financing": "lease", "horizon": "30 months",
        "failure_growth": 0.2,
        "site": {
            "base": "server-room", "space_usd_per_unit_month": 25.5, "demand_usd_per_kw_month": 14,
            "time_of_use": [
                {"share": 0.3, "usd_per_kwh": 0.29}, {"share": 0.7, "usd_per_kwh": 0.11},
            ],
        },
    },
    "strips on three phases": {
        "model": "llama-3.1-70b", "max_nodes": 2, "budget": "60k", "concurrency": 16,
        "site": {"base": "server-room", "circuits": ["30A/208V/3ph", "20A/208V:2"]},
    },
    "two feeds, limited": {
        "model": "llama-405b", "budget": "200k", "max_nodes": 1, "psu_redundancy": "2n",
        "site": {"base": "server-room", "circuits": ["30A/208V@a", "30A/208V@b"]},
    },
    "three phases, n+1": {
        "model": "llama-3.1-70b", "site": "colocation", "budget": "90k", "psu_redundancy": "n+1",
    },
    "limited at home": {"model": "qwen3-32b", "site": "home-15a", "budget": "6k"},
    "European room": {"model": "gpt-oss-120b", "site": "eu-16a", "concurrency": 8},
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.slow
@pytest.mark.parametrize("name", QUESTIONS)
def test_answer_survives_the_audit(name: str, catalog: Catalog) -> None:
    request = build_request(QUESTIONS[name], catalog)
    result = optimize(request, catalog, SolveOptions(time_limit_s=60))
    assert result.status == "optimal"
    assert audit(json.loads(result.model_dump_json()), ROOT) == []
