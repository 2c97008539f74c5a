"""A hand-made answer, so that the report is tested without a solver."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.schema.build import Result

CIRCUIT = {"volts": 240, "amps": 30.0, "count": 6}
SITE: dict[str, Any] = {
    "id": "server-room",
    "name": "Server room",
    "circuits": (CIRCUIT,),
    "heat_removal_w": 20_000,
    "noise_limit_dba": None,
    "rack": {"units": 42, "depth_mm": 1200, "load_kg": 1000},
    "electricity_usd_per_kwh": 0.12,
    "pue": 1.5,
}
REQUEST: dict[str, Any] = {
    "workloads": ({"llm": "llama-3.1-405b", "concurrency": 24, "weights": ("fp8",)},),
    "site": SITE,
    "policy": {"budget_usd": 150_000.0},
    "objective": "throughput",
}


def bill_line(kind: str, name: str, quantity: int, unit: float, **changes: Any) -> dict[str, Any]:
    offer = {
        "vendor": "Shop",
        "as_of": "2026-09-14",
        "source": "shop-2026",
        "url": None,
        "confidence": "high",
        "estimated": False,
    }
    line = {
        "id": name.lower().replace(" ", "-"),
        "kind": kind,
        "name": name,
        "quantity": quantity,
        "condition": "new",
        "unit_price_usd": unit,
        "total_usd": unit * quantity,
        "offer": offer,
    }
    return line | changes


def limit(rule: str, scope: str, used: float, available: float, unit: str) -> dict[str, Any]:
    return {"rule": rule, "scope": scope, "used": used, "available": available, "unit": unit}


BILL = (
    bill_line("psu", "Spare supply 2,000 W", 1, 412.5),
    bill_line("platform", "ASUS ESC8000A-E12 GPU server", 1, 9_800.0),
    bill_line("accelerator", "RTX PRO 6000 Blackwell Server Edition 96 GB", 8, 11_999.0, id="card"),
    bill_line("cpu", "EPYC 9354", 2, 0.0, included=True, total_usd=0.0, offer=None),
    bill_line("memory", "DDR5-4800 RDIMM 64 GB", 24, 310.0, condition="refurbished"),
    bill_line("storage", "U.2 3.84 TB PCIe 4.0", 1, 420.0, condition="used"),
    bill_line("nic", "Old card", 1, 0.0, condition="owned", offer=None),
)
LIMITS = (
    limit("compatibility", "parts that do not fit", 0, 0, ""),
    limit("lanes", "PCIe lanes", 152, 160, "lanes"),
    limit("memory", "system memory", 765, 1536, "GiB"),
    limit("memory", "modules over full channels", 0, 0, "modules"),
    limit("storage", "local storage", 1312, 3840, "GB"),
    limit("psu", "supply load per node", 6_400, 8_100, "W"),
    limit("rack", "rack units", 45, 420, "U/10"),
    limit("rack", "weight", 655, 10_000, "kg/10"),
    limit("rack", "depth", 880, 1050, "mm"),
    limit("noise", "sound energy", 10**9, 10**10, "10^-3 of 0 dBA"),
    limit("cooling", "heat to the room's air", 7_040, 20_000, "W"),
    limit("circuits", "30A/240V #1", 3_520, 5_760, "W"),
    limit("circuits", "30A/240V #2", 3_520, 5_760, "W"),
    limit("circuits", "30A/240V #3", 0, 5_760, "W"),
    limit("ups", "UPS not asked for", 0, 0, "units"),
    limit("vram", "VRAM per GPU", 85_000, 87_000, "MiB"),
    limit("targets", "tok/s per user asked", 5_000, 24_100, "milli-tok/s"),
    limit("budget", "capex", 12_148_000, 15_000_000, "cents"),
)
COSTS: dict[str, Any] = {
    "capex_usd": 121_480.0,
    "opex_usd": -1_400.0,
    "tco_usd": 120_080.0,
    "tco_discounted_usd": 123_000.4,
    "tco_usd_per_month": 3_335.5556,
    "tco_usd_per_user_month": 138.9815,
    "usd_per_million_output_tokens": 4.149,
    "lines": (
        {"item": "hardware: accelerator", "usd": 95_992.0},
        {"item": "hardware: platform", "usd": 25_488.0},
        {"item": "tax", "usd": 0.0},
        {"item": "energy", "usd": 19_300.0},
        {"item": "support", "usd": 9_700.0},
        {"item": "resale", "usd": -30_400.0},
    ),
}
BUILD: dict[str, Any] = {
    "nodes": 1,
    "platform": "asus-esc8000a-e12",
    "bill_of_materials": BILL,
    "deployment": {
        "llm": "llama-3.1-405b",
        "engine": "vllm",
        "engine_version": "0.11.0",
        "weight_format": "fp8",
        "kv_format": "bf16",
        "accelerator": "card",
        "fabric": "pcie",
        "tensor_parallel": 8,
        "pipeline_parallel": 1,
        "replicas": 1,
        "accelerators_per_node": 8,
        "nodes": 1,
        "context": 8192,
        "concurrency": 24,
        "sequences_at_saturation": 38,
        "power_cap_w": 0,
        "launch_command": "vllm serve meta-llama/Llama-3.1-405B-Instruct-FP8"
        " --tensor-parallel-size 8 --max-model-len 8192 --max-num-seqs 38"
        " --gpu-memory-utilization 0.9",
        "min_cuda": "12.8",
        "min_driver": "570",
        "container": "vllm/vllm-openai:v0.11.0",
    },
    "limits": LIMITS,
    "performance": {
        "output_tok_s": 612.4,
        "tok_s_per_user": 24.1,
        "tok_s_per_user_at_saturation": 16.1,
        "decode_tok_s_batch1": 31.0,
        "ttft_s": 0.91,
        "tpot_ms": 41.5,
        "basis": "calibrated",
        "error_band_pct": 20.0,
        "output_tok_s_low": 490.0,
        "output_tok_s_high": 735.0,
    },
    "memory": {
        "weights_mib": 51_000,
        "kv_cache_mib": 28_000,
        "activations_mib": 4_000,
        "runtime_mib": 2_000,
        "usable_mib": 87_000,
    },
    "power": {
        "peak_wall_w": 7_040,
        "average_wall_w": 3_400,
        "idle_wall_w": 910,
        "heat_btu_h": 24_020,
    },
    "plug_plan": (
        {"circuit": "30A/240V #1", "supplies": 2, "load_w": 3_520, "continuous_w": 5_760},
        {"circuit": "30A/240V #2", "supplies": 2, "load_w": 3_520, "continuous_w": 5_760},
    ),
    "costs": COSTS,
}
RESULT: dict[str, Any] = {
    "status": "optimal",
    "objective": {
        "name": "throughput",
        "value": 612.4,
        "unit": "tok/s",
        "bound": 612.4,
        "gap": 0.0,
    },
    "request": REQUEST,
    "build": BUILD,
    "explanation": None,
    "warnings": ("2 prices are older than 6 months",),
    "notes": ("4-bit weights would fit 4 cards",),
    "excluded": ({"component": "h200-pcie", "reason": "no price in the catalog"},),
    "provenance": {
        "catalog_sha256": "3f9c" * 16,
        "catalog_date": "2026-11-20",
        "versions": {"ortools": "9.15"},
        "estimates": ({"component": "asus-esc8000a-e12", "field": "noise_dba"},),
        "oldest_offer": "2026-03-02",
    },
    "timings": {
        "total_s": 0.38,
        "cases": 3,
        "deployments": 41_200,
        "scored": 300,
        "candidates": 812,
        "workers": 2,
        "seed": 0,
        "time_limit_s": 60.0,
    },
}


@pytest.fixture
def answer() -> Result:
    """Eight cards in one server, proven optimal."""
    return Result.model_validate(RESULT)


BRIEF = {
    "accelerator": "a100-sxm-80gb",
    "accelerator_name": "NVIDIA A100 SXM4 80GB",
    "accelerators": 8,
    "nodes": 1,
    "platform": "supermicro-as-4124go-nart",
    "weight_format": "int8",
    "capex_usd": 41300.0,
    "tco_usd": 55000.0,
    "output_tok_s": 612.0,
    "tok_s_per_user": 21.5,
}


@pytest.fixture
def bound(answer: Result) -> Result:
    """The answer with one limit that binds and one that does not."""
    change = {
        "rule": "circuits",
        "path": "site.circuits.0.count",
        "from": 2,
        "to": 3,
        "unit": "circuits",
        "flag": "--circuit 30A/240V:3",
        "objective": 845.0,
        "objective_gain": 0.38,
        "extra_capex_usd": 31000.0,
        "extra_tco_usd": 35000.0,
        "build": BRIEF,
    }
    rack = {"rule": "rack", "path": "site.rack.units", "unit": "U"}
    none = {**change, **rack, "from": 42.0, "to": 43.0, "flag": None, "objective_gain": 0.0}
    limits = (
        {**{k: change[k] for k in ("rule", "path", "unit")}, "used": None, "available": None}
        | {"binds": True, "relaxed": (change,)},
        {**rack, "used": 4.0, "available": 42.0, "binds": False, "relaxed": (none,)},
    )
    return answer.replace(binding=limits)


@pytest.fixture
def impossible() -> Result:
    """Two rules in conflict, two repairs."""
    explanation = {
        "conflict": (
            {"rule": "vram", "statement": "the LLM and its KV cache fit the GPUs' memory"},
            {"rule": "budget", "statement": "the purchase stays within the budget"},
        ),
        "irreducible": True,
        "repairs": (
            {
                "rule": "budget",
                "path": "policy.budget_usd",
                "from": 5000.0,
                "to": 41300.0,
                "unit": "USD",
                "flag": "--budget 41300",
                "build": BRIEF,
            },
            {
                "rule": "noise",
                "path": "site.noise_limit_dba",
                "from": 40.0,
                "to": 63.2,
                "unit": "dB(A)",
                "flag": None,
                "build": BRIEF,
            },
        ),
    }
    objective = {
        "name": "throughput",
        "value": None,
        "unit": "tok/s",
        "bound": None,
        "gap": None,
    }
    changes = {"status": "infeasible", "build": None, "explanation": explanation}
    return Result.model_validate(RESULT | changes | {"objective": objective})


@pytest.fixture
def clashing(impossible: Result) -> Result:
    """Three conflicts, a combined repair, and values that do not suffice."""
    assert impossible.explanation is not None
    item = {"rule": "noise", "statement": "said", "needed": 43.1, "allowed": 35.0, "unit": "dB(A)"}
    near = {**item, "build": BRIEF, "others_hold": False}
    conflicts = [
        {"sentence": f"Sentence {n}.", "items": (near, item), "irreducible": True}
        for n in (1, 2, 3)
    ]
    change = {**impossible.explanation.repairs[0].model_dump(), "build": None}
    changed = {
        "conflict": conflicts[0]["items"],
        "irreducible": True,
        "conflicts": conflicts,
        "refuted": (
            {"rule": "vram", "path": "workloads.0.context", "tried": 1536, "unit": "tokens"},
            {"rule": "circuits", "path": "site.circuits.0.count", "tried": 9},
            {"rule": "noise", "path": "site.noise_limit_dba"},
        ),
        "combined": {
            "changes": (
                {**change, "flag": "--budget 20000"},
                {**change, "flag": "--set site.rack.units=31"},
            ),
            "weight": 40.0,
            "proven": True,
            "build": BRIEF,
        },
    }
    return Result.model_validate(impossible.model_dump() | {"explanation": changed})
