"""How likely an answer holds: its build, in sampled prices and speeds.

Prices are drawn as ``robust`` does, the speed from its error band; each sample is solved to proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from statistics import NormalDist
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.schema.build import Build, Result
from optimizer.schema.request import Request
from optimizer.studies.prices import PriceSampler
from optimizer.studies.robust import cost_at, quantile
from optimizer.studies.sensitivity import Bench, headline

EIGHTY_PERCENT = NormalDist().inv_cdf(0.9)
"""Standard deviations from the middle to the edge of a band that holds 80 %."""


def chance(bench: Bench, samples: int, seed: int) -> dict[str, Any]:
    """The build as asked, in sampled prices and speeds.

    How likely it meets the targets and the budget, how often no other build would have been better,
    and its regret: what the best build of each sample does better.
    """
    base = bench.base()
    if base.build is None or base.status != "optimal":
        return {"samples": 0, "status": base.status}
    request = bench.request
    sampler = PriceSampler(bench.catalog, seed, request.finance.price_correlation)
    rows = []
    for sample in range(samples):
        catalog = sampler.at(sample)
        best = bench.solve(request, catalog, f"prices {sample + 1} of {samples}")
        if best.interrupted:
            break
        rows.append(_sample(base.build, best, request, catalog, _speed(base.build, seed, sample)))
    return {"status": base.status, "build": headline(base.build), "seed": seed,
            **_summary(rows, request.objective)}  # fmt: skip


def _speed(build: Build, seed: int, sample: int) -> float:
    """A factor on the predicted speed, from the two halves of its 80 % band."""
    made = build.performance
    z = Random(f"{seed}:{sample}:speed").gauss(0.0, 1.0)
    edge = made.output_tok_s_high if z > 0 else made.output_tok_s_low
    spread = abs(edge / made.output_tok_s - 1) if made.output_tok_s else 0.0
    return max(0.0, 1 + spread * z / EIGHTY_PERCENT)


def _sample(
    build: Build, best: Result, request: Request, catalog: Catalog, speed: float
) -> dict[str, Any]:
    policy, targets = request.policy, request.workloads[0].targets
    usd = {name: cents / 100 for name, cents in cost_at(build, request, catalog).items()}
    made = build.performance
    fits = (policy.budget_usd is None or usd["capex"] <= policy.budget_usd) and (
        policy.max_tco_usd is None or usd["tco"] <= policy.max_tco_usd
    )
    fast = made.tok_s_per_user * speed >= targets.min_tok_s_per_user and (
        targets.min_tok_s is None or made.output_tok_s * speed >= targets.min_tok_s
    )
    regret = None
    if fits and best.status == "optimal" and best.objective.value is not None:
        regret = max(0.0, round(_regret(build, usd, best, request.objective), 6))
    return {"fits": fits, "fast": fast, "regret": regret, **usd}


def _regret(build: Build, usd: Mapping[str, float], best: Result, objective: str) -> float:
    """How much better the sample's best build does, in the unit of the objective."""
    value = best.objective.value or 0.0
    made = build.performance
    if objective in ("tco", "capex"):
        return usd[objective] - value
    if objective in ("throughput", "speed"):
        return value - (made.output_tok_s if objective == "throughput" else made.tok_s_per_user)
    per_million = build.costs.usd_per_million_output_tokens or 0.0
    return per_million * usd["tco"] / build.costs.tco_usd - value


def _summary(rows: Sequence[Mapping[str, Any]], objective: str) -> dict[str, Any]:
    count = len(rows)
    if not count:
        return {"samples": 0}
    known = [row["regret"] for row in rows if row["regret"] is not None]
    money = objective in ("tco", "capex")
    least = 0.01 if money else 1e-3
    return {
        "samples": count,
        "meets_targets": sum(row["fast"] for row in rows) / count,
        "within_budget": sum(row["fits"] for row in rows) / count,
        "meets_all": sum(row["fast"] and row["fits"] for row in rows) / count,
        "stays_best": sum(regret <= least for regret in known) / count,
        "regret_mean": round(sum(known) / len(known), 4) if known else None,
        "regret_p90": quantile(known, 0.9) if known else None,
        "tco_p10": quantile([row["tco"] for row in rows], 0.1),
        "tco_p50": quantile([row["tco"] for row in rows], 0.5),
        "tco_p90": quantile([row["tco"] for row in rows], 0.9),
        "tco_usd": sorted(row["tco"] for row in rows),
    }
