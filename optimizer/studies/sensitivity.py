"""How much an answer rests on its assumptions: a tornado and break points.

Every value looked at is a proven solve of its own. A tornado sets each assumption low and high,
the others as asked. Break points are found by bisection between two values whose best builds
differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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
from optimizer.studies.prices import repriced

PRICE = "price:"
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


def read_assumption(text: str, question: Question, flag: str = "--vary") -> Assumption:
    """``electricity=0.1..0.4`` or ``price:used=0.5..2``. Raises InputError that names ``flag``."""
    name, equals, ends = text.partition("=")
    low, dots, high = ends.partition("..")
    if not equals or not dots or not low.strip() or not high.strip():
        raise InputError(f"{flag}: {shown(text)} gives no range", "Write electricity=0.1..0.4")
    name = name.strip()
    values = [plain_value(end.strip()) for end in (low, high)]
    if name.startswith(PRICE):
        if not all(isinstance(v, int | float) and 0 < v <= 100 for v in values):
            raise InputError(f"{flag}: {shown(text)}: factors lie above 0, up to 100")
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
    """A build in a few words, its parts by name."""
    if build is None:
        return None
    names = {line.id: line.name for line in build.bill_of_materials}
    cards = build.deployment.accelerators_per_node * build.nodes
    card, host = (names.get(i, i) for i in (build.deployment.accelerator, build.platform))
    nodes = "" if build.nodes == 1 else f", {build.nodes} nodes"
    return f"{cards} x {card} in {host}{nodes}"


def parts_changed(before: Build | None, after: Build | None) -> list[dict[str, Any]]:
    """Lines of the bill that come or go, ``quantity`` above or below zero; also of no build."""
    bills = [() if b is None else b.bill_of_materials for b in (before, after)]
    names = {line.id: line.name for bill in bills for line in bill}
    counts: Counter[tuple[str, str]] = Counter()
    for bill, sign in zip(bills, (-1, 1), strict=True):
        for line in bill:
            counts[line.id, line.condition] += sign * line.quantity
    return [
        {"component": part, "name": names[part], "condition": condition, "quantity": quantity}
        for (part, condition), quantity in counts.items()
        if quantity
    ]


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
               "to": headline(other.build),
               "changes": parts_changed(one.build, other.build)}  # fmt: skip
        return
    middle = (low + high) // 2 if whole else round((low + high) / 2, 10)
    yield from _flips(bench, name, low, middle, step, whole)
    yield from _flips(bench, name, middle, high, step, whole)
