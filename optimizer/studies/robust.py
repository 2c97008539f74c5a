"""The build to buy when prices are not certain: the best of the worst, or of the 90th percentile.

Each sample of prices is solved to proof. Every build that is best in some sample, or at today's
prices, is then priced in every sample; the one with the lowest worst (or 90th-percentile) cost is
chosen. What is proven: no build in the catalog costs less than the optimum of a sample in that
sample, so none has a lower worst case than the highest of these optima, nor a lower 90th percentile
than theirs. Where the chosen build reaches that bound it is optimal over the samples; else the gap
says how much better another could be at most. A build that breaks the budget in a sample costs
infinitely much there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Literal

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.finance.tco import BY_THE_WATT
from optimizer.instance.money import money_of
from optimizer.instance.parts import Market
from optimizer.schema.build import BillLine, Build, Result
from optimizer.schema.request import Request
from optimizer.studies.prices import PriceSampler

Measure = Literal["worst", "p90"]
SHARES: dict[Measure, float] = {"worst": 1.0, "p90": 0.9}
Solve = Callable[[Request, Catalog, str], Result]
"""Solves a request against a catalog; the text says which sample it is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to guard against, over how many samples."""

    measure: Measure = "p90"
    samples: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A build, and its cost in cents in each sample; infinite where it breaks a limit of money."""

    build: Build
    costs: tuple[float, ...]
    typical: float

    def statistic(self, measure: Measure) -> float:
        """The cost that the measure looks at."""
        return quantile(self.costs, SHARES[measure])


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(1, ceil(round(share * len(ranked), 9))) - 1]


def robust_study(request: Request, catalog: Catalog, wish: Wish, solve: Solve) -> dict[str, Any]:
    """Solve every sample, price every build in every sample, and choose.

    Raises InputError where the objective is no sum of money. ``chosen`` is ``None`` where nothing
    fits at the prices looked at.
    """
    if request.objective not in ("tco", "capex"):
        raise InputError(
            f"prices do not decide the objective {request.objective}",
            "Give --objective tco or capex, with targets such as --min-tok-s",
        )
    sampler = PriceSampler(catalog, wish.seed, request.finance.price_correlation)
    results = [solve(request, catalog, "today's prices")]
    priced: list[Catalog] = []
    for sample in range(wish.samples):
        if results[-1].interrupted:
            break
        priced.append(sampler.at(sample))
        label = f"prices {sample + 1} of {wish.samples}"
        results.append(solve(request, priced[-1], label))
    bounds = [_bound(result) for result in results[1:]]
    found = [_candidate(b, request, catalog, priced) for b in _distinct(results)]
    return {
        "schema_version": "1",
        "measure": wish.measure,
        "objective": request.objective,
        "samples": len(priced),
        "seed": wish.seed,
        "correlation": request.finance.price_correlation,
        "interrupted": results[-1].interrupted,
        "statuses": [result.status for result in results[1:]],
        "optima_usd": [_usd(b) for b in bounds],
        **_choice(found, bounds, wish.measure, catalog, results[0].build),
        "result": results[0].model_dump(mode="json"),
    }


def _bound(result: Result) -> float:
    """Cents that no build of the sample undercuts; infinite where nothing fits."""
    if result.status == "infeasible":
        return inf
    bound = result.objective.bound
    return 0.0 if bound is None else round(bound * 100)


def _distinct(results: Sequence[Result]) -> list[Build]:
    """Different builds, those at today's prices first."""
    held: dict[Any, Build] = {}
    for result in results:
        if result.build is not None:
            held.setdefault(_identity(result.build), result.build)
    return list(held.values())


def _identity(build: Build) -> tuple[Any, ...]:
    used = build.deployment
    layout = (used.tensor_parallel, used.pipeline_parallel, used.replicas, used.weight_format)
    bill = sorted((ln.id, ln.condition, ln.quantity) for ln in build.bill_of_materials)
    return (*bill, *layout, used.engine, build.power.average_wall_w, build.power.peak_wall_w)


def cost_at(build: Build, request: Request, catalog: Catalog) -> dict[str, int]:
    """Cents of ``capex`` and ``tco`` of a build at the prices of a catalog.

    By the units of the one cost function; what does not follow prices stays as the build has it.
    """
    lines = {line.item: round(line.usd * 100) for line in build.costs.lines}
    installed = money_of(request).installation_cents
    used = sum(lines.get(name, 0) for name in BY_THE_WATT)
    totals = {"capex": installed, "tco": installed + used}
    market = Market(catalog, request)
    for line in build.bill_of_materials:
        if not line.included:
            bought, _ = market.purchases(line.id, line.kind)
            unit = next(p.unit for p in bought if p.condition == line.condition)
            totals["capex"] += unit.capex * line.quantity
            totals["tco"] += unit.tco * line.quantity
    return totals


def _candidate(
    build: Build, request: Request, catalog: Catalog, priced: Sequence[Catalog]
) -> Candidate:
    policy = request.policy

    def cost(held: Catalog) -> float:
        whole = cost_at(build, request, held)
        caps = (("capex", policy.budget_usd), ("tco", policy.max_tco_usd))
        if any(cap is not None and whole[field] > round(cap * 100) for field, cap in caps):
            return inf
        return float(whole[request.objective])

    return Candidate(build, tuple(map(cost, priced)), cost(catalog))


def _choice(
    found: Sequence[Candidate],
    bounds: Sequence[float],
    measure: Measure,
    catalog: Catalog,
    today: Build | None,
) -> dict[str, Any]:
    """The chosen build among those found, what is proven of it, and all of them in figures."""
    best = min(found, key=lambda c: (c.statistic(measure), c.typical), default=None)
    if best is None or not bounds or best.statistic(measure) == inf:
        return {
            "chosen": None,
            "today": None,
            "bound_usd": None,
            "gap": None,
            "proven": False,
            "builds": [],
        }
    value, bound = best.statistic(measure), quantile(bounds, SHARES[measure])
    ranked = sorted(found, key=lambda c: (c is not best, c.statistic(measure), c.typical))
    return {
        "chosen": 0,
        "today": next((i for i, c in enumerate(ranked) if c.build is today), None),
        "bound_usd": _usd(bound),
        "gap": round((value - bound) / max(value, 1e-9), 9),
        "proven": value <= bound,
        "builds": [_figures(c, bounds, catalog) for c in ranked],
    }


def _figures(candidate: Candidate, bounds: Sequence[float], catalog: Catalog) -> dict[str, Any]:
    build, used = candidate.build, candidate.build.deployment
    regrets = [cost - bound for cost, bound in zip(candidate.costs, bounds, strict=True)]
    finite = [cost for cost in candidate.costs if cost < inf]
    held = [r for r in regrets if r < inf]
    return {
        "accelerators": used.tensor_parallel * used.pipeline_parallel * used.replicas,
        "accelerator": catalog.components[used.accelerator].name,
        "host": catalog.components[build.platform].name,
        "nodes": build.nodes,
        "conditions": sorted({ln.condition for ln in build.bill_of_materials}),
        "output_tok_s": build.performance.output_tok_s,
        "typical_usd": _usd(candidate.typical),
        "mean_usd": _usd(sum(finite) / len(finite)) if finite else None,
        "p90_usd": _usd(candidate.statistic("p90")),
        "worst_usd": _usd(candidate.statistic("worst")),
        "over_a_limit_in": len(candidate.costs) - len(finite),
        "optimal_in": sum(regret <= 0 for regret in regrets),
        "mean_regret_usd": _usd(sum(held) / len(held)) if held else None,
        "greatest_regret_usd": _usd(max(held)) if held else None,
        "costs_usd": [_usd(cost) for cost in candidate.costs],
        "bill_of_materials": [ln.model_dump(mode="json") for ln in build.bill_of_materials],
        "priced_by_range": _ranged(build, catalog),
    }


def _ranged(build: Build, catalog: Catalog) -> dict[str, int]:
    """Bought lines whose newest price has a range, of how many: the others never move."""
    bought = [ln for ln in build.bill_of_materials if ln.offer is not None]

    def moves(line: BillLine) -> bool:
        return any(
            o.low < o.high
            for o in catalog.offers[line.id]
            if line.offer is not None
            and (o.condition, o.date) == (line.condition, line.offer.as_of)
        )

    return {"lines": sum(map(moves, bought)), "of": len(bought)}


def _usd(cents: float) -> float | None:
    return None if cents == inf else round(cents / 100, 2)
