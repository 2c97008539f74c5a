"""How much an answer rests on its assumptions: a tornado, break points, and chance.

Every value looked at is a proven solve of its own. A tornado sets each assumption low and high,
the others as asked. Break points are found by bisection between two values whose best builds
differ. Chance draws prices (as ``robust`` does) and the speed inside its error band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, nearest, shown
from optimizer.scenario import keys
from optimizer.scenario.grid import Question
from optimizer.scenario.overrides import Touch, apply, plain_value
from optimizer.scenario.paths import canonical, told, value_at
from optimizer.schema.build import Build, Result
from optimizer.schema.offer import Offer
from optimizer.schema.request import Request
from optimizer.studies.prices import PriceSampler, repriced
from optimizer.studies.robust import cost_at, quantile

PRICE = "price:"
EIGHTY_PERCENT = NormalDist().inv_cdf(0.9)
"""Standard deviations from the middle to the edge of a band that holds 80 %."""
CLOSE = 1e-4
"""A break point is bracketed to this share of the range."""
MOST_FLIPS = 20
Solve = Callable[[Request, Catalog, str], Result]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value of the request by its path, or the prices of some parts by a factor."""

    name: str
    low: Any
    high: Any


@dataclass
class Bench:
    """One question whose assumptions are moved; each value is solved once."""

    question: Question
    catalog: Catalog
    solve: Solve
    known: dict[tuple[str, Any], Result] = field(default_factory=dict)

    @property
    def request(self) -> Request:
        """The request as asked."""
        return apply(self.question.plain, (), self.catalog, self.question.names)[0]

    def base(self) -> Result:
        """The answer as asked."""
        return self._result("as asked", None, self.request, self.catalog)

    def at(self, name: str, value: Any) -> Result:
        """The answer with one assumption at another value. Raises InputError."""
        if name.startswith(PRICE):
            priced = scaled(self.catalog, self.request, name.removeprefix(PRICE), float(value))
            return self._result(name, value, self.request, priced)
        touch = Touch(
            f"--vary {name}", "", "set", canonical(name, self.question.plain), value, None, ()
        )
        request, _ = apply(self.question.plain, [touch], self.catalog, self.question.names)
        return self._result(name, value, request, self.catalog)

    def now(self, name: str) -> Any:
        """The value as asked, in a form that documents hold."""
        if name.startswith(PRICE):
            return 1.0
        return told(value_at(self.request, canonical(name, self.question.plain)))

    def _result(self, name: str, value: Any, request: Request, catalog: Catalog) -> Result:
        key = (name, told(value))
        if key not in self.known:
            label = name if value is None else f"{name} {told(value)}"
            self.known[key] = self.solve(request, catalog, label)
        return self.known[key]


def scaled(catalog: Catalog, request: Request, what: str, factor: float) -> Catalog:
    """The catalog with the prices of some parts multiplied.

    ``what`` is a component, a kind of part, a condition, or ``all``. Raises InputError.
    """
    conditions = {"new", "refurbished", "used"}
    kinds = set(catalog.kinds.values())
    if what not in {*conditions, *kinds, *catalog.components, "all"}:
        near = nearest(what, [*conditions, *kinds, *catalog.components, "all"])
        raise InputError(
            f"price:{shown(what)} names no part", f"Did you mean {', '.join(near)}?" if near else ""
        )
    point = request.finance.price_point

    def price(offer: Offer) -> float | None:
        names = (offer.component, offer.condition, catalog.kinds[offer.component], "all")
        return float(getattr(offer, point)) * factor if what in names else None

    return repriced(catalog, price)


def read_assumption(text: str, question: Question) -> Assumption:
    """``electricity=0.1..0.4`` or ``price:used=0.5..2``. Raises InputError."""
    name, equals, ends = text.partition("=")
    low, dots, high = ends.partition("..")
    if not equals or not dots or not low.strip() or not high.strip():
        raise InputError(f"--vary: {shown(text)} gives no range", "Write electricity=0.1..0.4")
    name = name.strip()
    values = [plain_value(end.strip()) for end in (low, high)]
    if name.startswith(PRICE):
        if not all(isinstance(v, int | float) and 0 < v <= 100 for v in values):
            raise InputError(f"--vary: {shown(text)}: factors lie above 0, up to 100")
        return Assumption(name, *map(float, values))
    path = canonical(name, question.plain)
    parser = keys.TOP.get(str(path[-1])) if len(path) == 1 else None
    parser = keys.TARGETS.get(str(path[-1])) if path[0] == "targets" else parser
    if parser is not None:
        values = [parser(value, name) for value in values]
    return Assumption(name, *values)


def usual(request: Request) -> list[Assumption]:
    """What buyers are least sure of, each as far as it may well be off."""
    load, site, years = request.workloads[0], request.site, request.finance.horizon_years
    tariff, duty, users = site.electricity_usd_per_kwh, load.duty, load.concurrency
    return [
        Assumption("price_point", "low", "high"),
        Assumption(f"{PRICE}accelerator", 0.8, 1.25),
        Assumption(f"{PRICE}memory", 0.7, 1.5),
        Assumption("electricity", round(tariff / 2, 4), round(tariff * 2, 4)),
        Assumption("duty", round(duty / 2, 4), round(min(1.0, duty * 1.5), 4)),
        Assumption("horizon", max(1.0, years - 1), min(15.0, years + 2)),
        Assumption("site.pue", 1.0, round(max(1.0, site.pue) * 1.2, 3)),
        Assumption("concurrency", max(1, users // 2), users * 2),
    ]


def tornado(bench: Bench, assumptions: Sequence[Assumption]) -> dict[str, Any]:
    """Each assumption low and high: the objective, its change, and whether the build changes.

    The widest swing comes first; an end that nothing fits or that was not proven has no value.
    """
    base = bench.base()
    bars = []
    for assumption in assumptions:
        ends = [_end(bench, base, assumption.name, v) for v in (assumption.low, assumption.high)]
        values = [e["value"] for e in ends if e["value"] is not None]
        swing = max(values) - min(values) if len(values) == 2 else None
        now = bench.now(assumption.name)
        bars.append({"name": assumption.name, "now": now, "low": ends[0], "high": ends[1],
                     "swing": swing})  # fmt: skip
    bars.sort(key=lambda bar: -(bar["swing"] or 0.0))
    return {"objective": base.objective.model_dump(mode="json"), "bars": bars,
            "build": headline(base.build)}  # fmt: skip


def _end(bench: Bench, base: Result, name: str, value: Any) -> dict[str, Any]:
    result = bench.at(name, value)
    proven = result.status in ("optimal", "infeasible")
    found = result.objective.value if proven else None
    before = base.objective.value
    change = None if found is None or before is None else round(found - before, 6)
    return {
        "at": told(value),
        "status": result.status,
        "value": found,
        "change": change,
        "build_changes": parts_of(result.build) != parts_of(base.build),
        "build": headline(result.build),
    }


def parts_of(build: Build | None) -> Any:
    """What makes a build this one: its parts, their conditions, its layout."""
    if build is None:
        return None
    used = build.deployment
    bill = sorted((b.id, b.condition, b.quantity) for b in build.bill_of_materials)
    layout = (used.tensor_parallel, used.pipeline_parallel, used.replicas, used.weight_format)
    return tuple(bill), layout


def headline(build: Build | None) -> str | None:
    """A build in a few words."""
    if build is None:
        return None
    cards = build.deployment.accelerators_per_node * build.nodes
    return f"{cards} x {build.deployment.accelerator} in {build.platform}"


def break_points(bench: Bench, assumption: Assumption) -> dict[str, Any]:
    """Where the best build changes between two values, each bracketed by two proven solves.

    Between two values with the same best build nothing is looked for: where the objective is linear
    in the assumption (a price, the tariff, the duty) nothing can be there. Raises InputError for
    what is not a number.
    """
    ends = (assumption.low, assumption.high)
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in ends):
        raise InputError(f"{assumption.name} is not a number", "Give numbers: 0.1..0.4")
    whole = all(isinstance(v, int) for v in ends) and not assumption.name.startswith(PRICE)
    low, high = sorted(ends)
    step = 1 if whole else (high - low) * CLOSE
    flips = list(_flips(bench, assumption.name, low, high, step, whole))[:MOST_FLIPS]
    return {"name": assumption.name, "low": low, "high": high, "now": bench.now(assumption.name),
            "flips": flips, "solves": len(bench.known)}  # fmt: skip


def _flips(
    bench: Bench, name: str, low: Any, high: Any, step: float, whole: bool
) -> Iterator[dict[str, Any]]:
    one, other = bench.at(name, low), bench.at(name, high)
    if {one.status, other.status} - {"optimal", "infeasible"}:
        raise InputError(f"{name}: a solve was not proven in time", "Give a longer --time-limit")
    if parts_of(one.build) == parts_of(other.build):
        return
    if high - low <= step * (1 + 1e-9):
        yield {"below": low, "above": high, "from": headline(one.build),
               "to": headline(other.build)}  # fmt: skip
        return
    middle = (low + high) // 2 if whole else round((low + high) / 2, 10)
    yield from _flips(bench, name, low, middle, step, whole)
    yield from _flips(bench, name, middle, high, step, whole)


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
    }
