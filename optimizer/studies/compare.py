"""Answers side by side: one request, one thing varied; what differs, and what would tip the choice.

The document made here is what ``--json`` prints and what the table is drawn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.instance.parts import Market
from optimizer.schema.build import BillLine, Build, Result
from optimizer.schema.request import Request

CONDITIONS = ("new", "refurbished", "used")
MIXED = "mixed"
Solve = Callable[[Request, str], Result]
"""Solves a request; the text says which one it is."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One column: what it is called, and the request behind it."""

    label: str
    request: Request


@dataclass(frozen=True, slots=True)
class Answer:
    """One variant, solved."""

    variant: Variant
    result: Result

    @property
    def build(self) -> Build | None:
        """The build, where there is one."""
        return self.result.build

    @property
    def bill(self) -> Counter[tuple[str, str]]:
        """(component, condition) -> quantity, parts inside others too."""
        found: Counter[tuple[str, str]] = Counter()
        for line in () if self.build is None else self.build.bill_of_materials:
            found[line.id, line.condition] += line.quantity
        return found


def condition_variants(request: Request, catalog: Catalog) -> list[Variant]:
    """The request with each condition alone, then all mixed; refurbished only if it is offered."""
    market = Market(catalog, request)
    offered = {
        offer.condition
        for component, offers in catalog.offers.items()
        if market.is_main(component)
        for offer in offers
    }
    alone = [c for c in CONDITIONS if c != "refurbished" or c in offered]
    columns = [(c, (c,)) for c in alone] + [(MIXED, CONDITIONS)]
    return [
        Variant(label, request.replace(policy=request.policy.replace(conditions=conditions)))
        for label, conditions in columns
    ]


def compare(by: str, variants: Sequence[Variant], catalog: Catalog, solve: Solve) -> dict[str, Any]:
    """Solve every variant and put the answers side by side; the first is the baseline.

    Stops early when the user interrupts, with what was solved until then.
    """
    answers: list[Answer] = []
    for variant in variants:
        answers.append(Answer(variant, solve(variant.request, variant.label)))
        if answers[-1].result.interrupted:
            break
    base = answers[0]
    ranked = ranking(answers)
    return {
        "schema_version": "1",
        "by": by,
        "baseline": base.variant.label,
        "objective": base.variant.request.objective,
        "interrupted": answers[-1].result.interrupted,
        "not_solved": [variant.label for variant in variants[len(answers) :]],
        "best": ranked[0].variant.label if ranked else None,
        "next": ranked[1].variant.label if len(ranked) > 1 else None,
        "variants": [
            _column(answer, answers[:index], catalog) for index, answer in enumerate(answers)
        ],
    }


def ranking(answers: Sequence[Answer]) -> list[Answer]:
    """Answers with different builds, best first: by the objective, then TCO, then capex.

    Of variants that come to the same parts, costs and speeds the first stands for all.
    """
    distinct: list[Answer] = []
    for answer in answers:
        if answer.result.objective.value is not None and not any(
            _same(held, answer) for held in distinct
        ):
            distinct.append(answer)
    return sorted((a for a in distinct if a.build is not None), key=_rank)


def _rank(answer: Answer) -> tuple[float, float, float]:
    """Less is better, with the solver's tie-breaks."""
    assert answer.build is not None
    goal, costs = answer.result.objective, answer.build.costs
    value = goal.value or 0.0
    largest = goal.name in ("throughput", "speed")
    return (-value if largest else value, costs.tco_usd, costs.capex_usd)


def _same(one: Answer, other: Answer) -> bool:
    """Whether two variants came to the same parts, at the same costs and speeds."""
    if one.build is None or other.build is None or one.bill != other.bill:
        return False
    same_costs = one.build.costs == other.build.costs
    return same_costs and one.build.performance == other.build.performance


def expected_failures(build: Build, request: Request, catalog: Catalog) -> float:
    """Parts that fail over the horizon: quantity x annual failure rate x years, parts inside too.

    A platform that holds parts counts once for itself.
    """
    return sum(
        line.quantity
        * float(getattr(catalog.cost_classes[line.kind].failures_per_year, line.condition))
        * request.finance.horizon_years
        for line in build.bill_of_materials
    )


def months_without_warranty(build: Build, request: Request, catalog: Catalog) -> float | None:
    """Months of the horizon in which some accelerator has no warranty; ``None`` if not known."""
    covered = [
        float(getattr(held, line.condition))
        for line in build.bill_of_materials
        if line.kind == "accelerator"
        and (held := catalog.cost_classes[line.kind].warranty) is not None
    ]
    if not covered:
        return None
    return round(max(0.0, request.finance.horizon_years - min(covered)) * 12, 2)


def _column(answer: Answer, before: Sequence[Answer], catalog: Catalog) -> dict[str, Any]:
    base = before[0] if before else answer
    build, result = answer.build, answer.result
    column: dict[str, Any] = {
        "label": answer.variant.label,
        "status": result.status,
        "proven": result.status in ("optimal", "infeasible"),
    }
    if build is not None:
        column |= _figures(build, answer.variant.request, catalog)
        same = next((held.variant.label for held in before if held.bill == answer.bill), None)
        column["same_build_as"] = same
        column["changes"] = list(_changes(answer, base, catalog))
        column["against_baseline"] = None
        if base.build is not None:
            column["against_baseline"] = _deltas(build, base.build)
    return column | {"result": result.model_dump(mode="json")}


def _figures(build: Build, request: Request, catalog: Catalog) -> dict[str, Any]:
    costs, used, made = build.costs, build.deployment, build.performance
    host = catalog.components[build.platform]
    return {
        "accelerators": used.tensor_parallel * used.pipeline_parallel * used.replicas,
        "accelerator": catalog.components[used.accelerator].name,
        "nodes": build.nodes,
        "host": host.name,
        "condition": _condition(build),
        "weight_format": used.weight_format,
        "layout": [used.tensor_parallel, used.pipeline_parallel, used.replicas],
        "capex_usd": costs.capex_usd,
        "lines": cost_lines(build),
        "tco_usd": costs.tco_usd,
        "tco_discounted_usd": costs.tco_discounted_usd,
        "output_tok_s": made.output_tok_s,
        "tok_s_per_user": made.tok_s_per_user,
        "usd_per_million_output_tokens": costs.usd_per_million_output_tokens,
        "expected_failures": round(expected_failures(build, request, catalog), 4),
        "months_without_warranty": months_without_warranty(build, request, catalog),
        "average_wall_w": build.power.average_wall_w,
    }


def _condition(build: Build) -> str:
    """Condition of the accelerators."""
    cards = {line.condition for line in build.bill_of_materials if line.kind == "accelerator"}
    return ", ".join(sorted(cards))


def cost_lines(build: Build) -> dict[str, float]:
    """Lines of the total cost of ownership, all hardware in one; lines of nothing left out."""
    found: dict[str, float] = {}
    for line in build.costs.lines:
        key = "hardware" if line.item.startswith("hardware") else line.item
        found[key] = round(found.get(key, 0.0) + line.usd, 2)
    return {key: usd for key, usd in found.items() if usd}


def _deltas(build: Build, base: Build) -> dict[str, float]:
    def less(one: float, other: float) -> float:
        return round(one - other, 6)

    return {
        "capex_usd": less(build.costs.capex_usd, base.costs.capex_usd),
        "tco_usd": less(build.costs.tco_usd, base.costs.tco_usd),
        "output_tok_s": less(build.performance.output_tok_s, base.performance.output_tok_s),
        "tok_s_per_user": less(build.performance.tok_s_per_user, base.performance.tok_s_per_user),
    }


def _changes(answer: Answer, base: Answer, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Quantities that differ from the baseline's bill, in the order of the bills."""
    if base.build is None or answer is base:
        return
    assert answer.build is not None
    lines: list[BillLine] = [*base.build.bill_of_materials, *answer.build.bill_of_materials]
    mine, theirs = answer.bill, base.bill
    for key in dict.fromkeys((line.id, line.condition) for line in lines):
        if mine[key] != theirs[key]:
            yield {
                "component": key[0],
                "name": catalog.components[key[0]].name,
                "condition": key[1],
                "quantity": mine[key] - theirs[key],
            }
