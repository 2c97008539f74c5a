"""Many requests, one after another, each as exact as alone: what they share is worked out once.

Three things are used again. Compiled instances, within a group of requests that differ in limits,
tariff or objective. Builds: one that was best before and fits the new limits is a bound from the
start. And whole answers: when a request that only allows more was solved, and its answer keeps to
the new limits too, it is the answer; when nothing fitted it, nothing fits now.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.instance.cases import limits_of
from optimizer.instance.choice import Choice
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance
from optimizer.instance.money import money_of
from optimizer.instance.parts_key import parts_key
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.solve.answer import Start
from optimizer.solve.document import build_document
from optimizer.solve.run import SolveOptions, solve_from
from optimizer.verify.enumerate import Solution, measured
from optimizer.verify.verify import verify, violations

MOST_GROUPS = 100
MOST_NEAR = 60
MOST_BUILDS = 12
MOST_ANSWERS = 200


@dataclass(slots=True)
class Held:
    """A build that was best for some request of its group: its case, parts and layout."""

    instance: Instance
    choice: Choice

    def under(self, request: Request) -> Instance | None:
        """The instance under another request's limits; None when the build breaks one of them."""
        limits, money = limits_of(request), money_of(request)
        instance = replace(self.instance, request=request, limits=limits, money=money)
        return None if violations(self.choice, instance) else instance


@dataclass(slots=True)
class Known:
    """A request that was solved, with its answer; ``held`` is None where nothing fitted."""

    request: Request
    result: Result
    held: Held | None


@dataclass
class Session:
    """Solves requests against one catalog and remembers what the next can use."""

    catalog: Catalog
    _groups: OrderedDict[str, list[Known]] = field(default_factory=OrderedDict)
    _compilers: dict[str, Compiler] = field(default_factory=dict)
    _near: OrderedDict[str, Compiler] = field(default_factory=OrderedDict)

    def solve(self, request: Request, options: SolveOptions | None = None) -> tuple[Result, bool]:
        """The answer as :func:`optimizer.solve.run.solve` gives it, and whether it was implied.

        An implied answer needed no solve: it is that of a request that allows more.
        """
        answers = self._answers(request)
        for known in reversed(answers):
            if allows_more(known.request, request):
                result = self._implied(known, request)
                if result is not None:
                    return result, True
        start = _start(answers, self._compiler(request), request)
        result, winner = solve_from(start, request, self.catalog, options)
        if result.status in ("optimal", "infeasible"):
            held = None
            if winner is not None and winner.values is not None:
                choice = winner.formulation.plan.extract(winner.values)
                held = Held(winner.instance, choice)
            answers.append(Known(request, result, held))
            del answers[:-MOST_ANSWERS]
        return result, False

    def _compiler(self, request: Request) -> Compiler:
        """The compiler of the first request of a group, made from the one that has most for it.

        Parts and speeds go from it to others: the same parts and workload, the same parts, or
        just the same LLM.
        """
        key = common(request).model_dump_json()
        if key not in self._compilers:
            load = request.workloads[0]
            parts = parts_key(request).model_dump_json()
            near = (parts + load.model_dump_json(), parts, load.llm)
            held = next((self._near[k] for k in near if k in self._near), None)
            made = Compiler(request, self.catalog) if held is None else held.changed(request)
            self._compilers[key] = made
            for one in near:
                self._near.setdefault(one, made)
                self._near.move_to_end(one)
            while len(self._near) > MOST_NEAR:
                self._near.popitem(last=False)
        return self._compilers[key]

    def _answers(self, request: Request) -> list[Known]:
        """What is known of the request's group."""
        key = common(request).model_dump_json()
        answers = self._groups.setdefault(key, [])
        self._groups.move_to_end(key)
        while len(self._groups) > MOST_GROUPS:
            old, _ = self._groups.popitem(last=False)
            self._compilers.pop(old, None)
        return answers

    def _implied(self, known: Known, request: Request) -> Result | None:
        """The known answer as that of ``request``; None where its build breaks a new limit.

        Every build that fits the request was in the search before, and none of those is better.
        """
        result = known.result
        if known.held is None:
            return None if result.explanation else result.replace(request=request)
        instance = known.held.under(request)
        if instance is None:
            return None
        uses = verify(known.held.choice, instance)
        build = build_document(known.held.choice, instance, uses, self.catalog)
        return result.replace(request=request, build=build)


def common(request: Request) -> Request:
    """The request without what may differ inside a group.

    Each of these is a right-hand side, a coefficient of energy, or the objective.
    """
    load = request.workloads[0]
    targets = load.targets.replace(min_tok_s=None, max_ttft_s=None)
    return request.replace(
        objective="tco",
        workloads=(load.replace(targets=targets), *request.workloads[1:]),
        policy=request.policy.replace(budget_usd=None, max_tco_usd=None),
        site=request.site.replace(
            electricity_usd_per_kwh=0.0, heat_removal_w=0, noise_limit_dba=None
        ),
    )


WITHOUT_TARIFF = ("throughput", "speed", "capex")
"""Objectives whose best value the tariff does not touch, where no cap on TCO is set."""


def _start(answers: Sequence[Known], compiler: Compiler, request: Request) -> Start:
    """The best objective among builds at hand that fit, and whether it is known to be the best."""
    best: int | None = None
    free = request.objective in WITHOUT_TARIFF and request.policy.max_tco_usd is None
    for known in answers[-MOST_BUILDS:]:
        instance = None if known.held is None else known.held.under(request)
        if known.held is None or instance is None:
            continue
        value = _value(measured(known.held.choice, instance), request.objective)
        if value is None:
            continue
        if free and allows_more(known.request, request, any_tariff=True):
            return Start(compiler, value, proven=True)
        best = value if best is None else min(best, value)
    return Start(compiler, best)


def _value(solution: Solution, objective: str) -> int | None:
    """The minimised objective of a solution; None for a ratio, which is searched otherwise."""
    values = {
        "throughput": -solution.output_milli,
        "speed": -solution.user_milli,
        "tco": solution.tco,
        "capex": solution.capex,
    }
    return values.get(objective)


LIMITS: tuple[tuple[str, int], ...] = (
    ("policy.budget_usd", 1),
    ("policy.max_tco_usd", 1),
    ("workloads.0.targets.min_tok_s", -1),
    ("workloads.0.targets.max_ttft_s", 1),
    ("site.heat_removal_w", 1),
    ("site.noise_limit_dba", 1),
)
"""Limits that may differ inside a group, and which way is looser."""


def allows_more(asked: Request, request: Request, any_tariff: bool = False) -> bool:
    """Whether ``asked`` differs from ``request`` of its group by looser limits, or in nothing.

    With ``any_tariff`` the tariffs may differ too.
    """
    tariffs = {r.site.electricity_usd_per_kwh for r in (asked, request)}
    return (
        asked.objective == request.objective
        and (any_tariff or len(tariffs) == 1)
        and all(_looser(_at(asked, path), _at(request, path), way) for path, way in LIMITS)
    )


def _at(request: Request, path: str) -> Any:
    value: Any = request
    for part in path.split("."):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def _looser(one: float | None, other: float | None, way: int) -> bool:
    """Whether ``one`` allows as much as ``other`` or more; ``None`` is no limit."""
    if one is None:
        return True
    return other is not None and (one - other) * way >= 0
