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
