"""Objective = reported total = verified total = what an auditor adds up, on random requests.

The solver's objective comes out of CP-SAT, the reported total out of the verification, and the
auditor has nothing but the YAML files and the document.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from optimizer import Catalog, SolveOptions, build_request, load_catalog, optimize
from tests.reference.auditor import audit

ROOT = Path(__file__).resolve().parent.parent.parent / "catalog"
FEW, MANY = 3, 300
MODELS = ["llama-3.1-8b", "qwen3-32b", "llama-3.1-70b", "gpt-oss-20b", "gpt-oss-120b"]
CARDS = [
    "rtx-3090", "rtx-4090", "rtx-a6000", "l40s", "l4", "a100-pcie-80gb", "a100-pcie-40gb",
    "h100-pcie-80gb", "rtx-5090", "a100-sxm4-80gb",
]  # fmt: skip
SITES = ["server-room", "colocation", "garage-240v", "home-20a", "eu-32a-3ph", "datacenter"]


def draw(seed: int) -> dict[str, Any]:
    """A request with some of everything that costs money."""
    chance = random.Random(seed)
    some = chance.choice
    plain: dict[str, Any] = {
        "model": some(MODELS),
        "accelerators": chance.sample(CARDS, some([1, 2, 3])),
        "max_nodes": 1,
        "objective": some(["tco", "tco", "capex", "cost-per-token", "throughput"]),
        "horizon": some(["1y", "18 months", "3y", "5y", "40 months"]),
        "duty": some(["10%", "50%", "95%"]),
        "price_point": some(["low", "typical", "high"]),
        "sales_tax": some(["0", "8.25%", "19%"]),
        "shipping": some(["0", "1.5%"]),
        "import_duty": some(["0", "2.5%"]),
        "installation": some(["0", "1234.56"]),
        "discount_rate": some(["0", "6.24%"]),
        "electricity_escalation": some(["0", "1.66%", "-2%"]),
        "service_escalation": some(["0", "2.5%"]),
        "failure_growth": some(["0", "10%", "33%"]),
        "spares": some(["0", "0", "5%"]),
        "staff": some(["0", "0", "1999.99"]),
        "decommissioning": some(["0", "250"]),
        "licences": some([[], [], ["nvaie"]]),
        "ups": chance.random() < 0.2,
        "site": {"base": some(SITES), "space_usd_per_unit_month": some([0, 0, 24.5])},
    }
    if chance.random() < 0.3:
        plain["site"]["demand_usd_per_kw_month"] = some([9, 14.75])
    if chance.random() < 0.3:
        share = some([0.25, 0.4])
        plain["site"]["time_of_use"] = [
            {"share": share, "usd_per_kwh": 0.31},
            {"share": 1 - share, "usd_per_kwh": 0.09},
        ]
    if plain["objective"] == "throughput":
        plain["budget"] = some(["15k", "40k", "120k"])
    plain |= some(
        [
            {},
            {},
            {"financing": "loan", "loan_years": "12 months", "loan_share": "75%"},
            {"financing": "loan", "loan_rate": "5%"},
            {"financing": "lease", "lease_per_month": "2.9%"},
        ]
    )
    if chance.random() < 0.2:
        plain["owned"] = {plain["accelerators"][0]: 1}
    return plain


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def agrees(seed: int, catalog: Catalog) -> bool:
    """Whether there was an answer; it must add up to the cent everywhere."""
    options = SolveOptions(time_limit_s=60, explain=False, notes=False)
    result = optimize(build_request(draw(seed), catalog), catalog, options)
    assert result.status in ("optimal", "infeasible"), seed
    if result.build is None:
        return False
    costs, objective = result.build.costs, result.objective
    reported = {
        "tco": costs.tco_usd,
        "capex": costs.capex_usd,
        "cost-per-token": costs.usd_per_million_output_tokens,
        "throughput": result.build.performance.output_tok_s,
    }[objective.name]
    assert objective.value == objective.bound == reported, seed
    cents = [round(line.usd * 100) for line in costs.lines]
    assert sum(cents) == round(costs.tco_usd * 100), seed
    assert audit(json.loads(result.model_dump_json()), ROOT) == [], seed
    return True


def test_a_few_random_requests(catalog: Catalog) -> None:
    assert sum(agrees(seed, catalog) for seed in range(FEW)) >= FEW // 2


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_many_random_requests(part: int, catalog: Catalog) -> None:
    seeds = range(1000 + part, 1000 + MANY, 10)
    answered = sum(agrees(seed, catalog) for seed in seeds)
    assert answered >= len(seeds) // 2
