"""Documents of studies, made by hand, with figures that one can check by eye."""

from __future__ import annotations

from typing import Any


def end(at: Any, value: float | None, base: float = 1000.0, other: bool = False) -> dict[str, Any]:
    """One end of a bar."""
    return {
        "at": at,
        "status": "infeasible" if value is None else "optimal",
        "value": value,
        "change": None if value is None else value - base,
        "build_changes": other,
        "build": None if value is None else "2 x Card in Host",
    }


def line(name: str, quantity: int, condition: str = "new") -> dict[str, Any]:
    """A line of a bill in brief."""
    return {"name": name, "condition": condition, "quantity": quantity}


SENSITIVITY: dict[str, Any] = {
    "tornado": {
        "objective": {"name": "tco", "value": 1000.0, "unit": "USD", "bound": 1000.0, "gap": 0.0},
        "build": "2 x Card in Host",
        "bars": [
            {"name": "horizon", "now": 3.0, "low": end(2, 800.0),
             "high": end(5, 1400.0, other=True), "swing": 600.0},
            {"name": "price:memory", "now": 1.0, "low": end(0.7, 990.0), "high": end(1.5, 1020.0),
             "swing": 30.0},
            {"name": "concurrency", "now": 8, "low": end(4, 950.0), "high": end(16, None),
             "swing": None},
        ],
    },
    "break_points": [
        {
            "name": "price:used", "low": 0.5, "high": 3.0, "now": 1.0,
            "flips": [
                {"below": 1.2, "above": 1.2002, "from": "2 x Card in Host",
                 "to": "1 x Large card in Host",
                 "changes": [line("Card", -2), line("Large card", 1)]},
                {"below": 2.0, "above": 2.0002, "from": "1 x Large card in Host",
                 "to": "1 x Large card in Host",
                 "changes": [line("Plain supply", -1), line("Strong supply", 1)]},
            ],
        },
        {"name": "electricity", "low": 0.1, "high": 0.4, "now": 0.146, "flips": []},
    ],
    "chance": {
        "status": "optimal", "build": "2 x Card in Host", "samples": 4, "seed": 0,
        "meets_targets": 0.75, "within_budget": 1.0, "meets_all": 0.75, "stays_best": 0.5,
        "regret_mean": 12.5, "regret_p90": 40.0,
        "tco_p10": 900.0, "tco_p50": 980.0, "tco_p90": 1200.0,
        "tco_usd": [900.0, 980.0, 1010.0, 1200.0],
    },
}  # fmt: skip


def candidate(name: str, costs: list[float | None], **more: Any) -> dict[str, Any]:
    """A build of the robust choice."""
    known = sorted(c for c in costs if c is not None)
    return {
        "accelerators": 2, "accelerator": name, "host": "Host", "nodes": 1,
        "output_tok_s": 300.0, "typical_usd": known[0], "mean_usd": known[1],
        "p90_usd": None if None in costs else known[-1],
        "worst_usd": None if None in costs else known[-1],
        "optimal_in": 2, "greatest_regret_usd": 30.0, "mean_regret_usd": 10.0, "costs_usd": costs,
        "bill_of_materials": [line(name, 2), line("Supply", 1)],
    } | more  # fmt: skip


ROBUST: dict[str, Any] = {
    "measure": "p90", "objective": "tco", "samples": 3, "interrupted": False, "chosen": 0,
    "today": 1, "proven": True, "bound_usd": 1100.0, "gap": 0.0,
    "builds": [
        candidate("Card", [1000.0, 1050.0, 1100.0]),
        candidate("Card", [900.0, 1000.0, 1300.0],
                  bill_of_materials=[line("Card", 2), line("Strong supply", 1)]),
        candidate("Large card", [950.0, 1500.0, None]),
    ],
}  # fmt: skip


def point(at: float, value: float | None, card: str | None = "card") -> dict[str, Any]:
    """One point of a slice."""
    status = "infeasible" if value is None else "optimal"
    return {"at": at, "status": status, "goal": "throughput", "unit": "tok/s", "value": value,
            "accelerator": card}  # fmt: skip


SWEEP: dict[str, Any] = {
    "points": 6, "distinct": 6, "status": {"infeasible": 1, "optimal": 5}, "how": {"solved": 6},
    "accelerators": {"card": 3, "large-card": 2},
    "axes": {"budget": [5000, 10000, 50000], "site": ["home", "hall"]},
    "by_value": [
        {"axis": "budget", "value": 5000, "requests": 2, "built": 1, "tco_usd_median": 4100.0,
         "output_tok_s_median": 55.0, "accelerator": "card", "accelerator_in": 1},
        {"axis": "budget", "value": 10000, "requests": 2, "built": 2, "tco_usd_median": 9000.0,
         "output_tok_s_median": 120.0, "accelerator": "card", "accelerator_in": 2},
        {"axis": "budget", "value": 50000, "requests": 2, "built": 2, "tco_usd_median": 40000.0,
         "output_tok_s_median": 900.0, "accelerator": "large-card", "accelerator_in": 2},
        {"axis": "site", "value": "home", "requests": 3, "built": 2, "tco_usd_median": 20000.0,
         "output_tok_s_median": 300.0, "accelerator": "card", "accelerator_in": 1},
        {"axis": "site", "value": "hall", "requests": 3, "built": 3, "tco_usd_median": 9500.0,
         "output_tok_s_median": 140.0, "accelerator": "card", "accelerator_in": 2},
    ],
    "slice": {
        "along": "budget", "across": "site", "fixed": {"duty": 0.5}, "goal": "throughput",
        "unit": "tok/s",
        "series": [
            {"value": "home", "points": [point(5000, None, None), point(10000, 100.0),
                                         point(50000, 500.0)]},
            {"value": "hall", "points": [point(5000, 55.0), point(10000, 140.0),
                                         point(50000, 1300.0)]},
        ],
    },
    "catalog_date": "2026-09", "catalog_sha256": "3f" * 32, "file": "rows.parquet",
}  # fmt: skip
