"""Pairs of instances on both sides of one limit, and what must hold of every pair."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.instance.choice import Choice
from optimizer.instance.items import Instance
from optimizer.model.build import build_model
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.solve.engine import EngineOptions, run
from optimizer.verify.verify import violations

OPTIONS = EngineOptions(time_limit_s=20.0, workers=1, seed=0)


@dataclass(frozen=True)
class Pair:
    """``fits`` just keeps the limit, ``breaks`` just does not; both hold the same parts."""

    rule: str
    name: str
    fits: Instance
    breaks: Instance

    @property
    def id(self) -> str:
        """What pytest shows."""
        return f"{self.rule}: {self.name}"


def without(rule: str) -> tuple[Rule, ...]:
    """All rules but one."""
    return tuple(r for r in RULES if r.name != rule)


def status(instance: Instance, rules: tuple[Rule, ...] = RULES) -> str:
    """The exact status of an instance under some rules, at the lowest TCO."""
    return solve(instance, rules)[0]


def solve(instance: Instance, rules: tuple[Rule, ...] = RULES) -> tuple[str, Choice | None]:
    """Status and choice at the lowest TCO."""
    formulation = build_model(instance, rules)
    formulation.model.minimize(formulation.plan.costs.tco)
    result = run(formulation.model, OPTIONS)
    chosen = None if result.values is None else formulation.plan.extract(result.values)
    return result.status, chosen


def broken_rules(choice: Choice, instance: Instance) -> set[str]:
    """Names of the rules that the solver-free twin sees broken."""
    return {text.split(" (")[0] for text in violations(choice, instance)}


def assert_pair(pair: Pair) -> None:
    """Solver and twin draw the line at the same place, and only this rule draws it."""
    fits, choice = solve(pair.fits)
    assert fits == "optimal"
    assert choice is not None
    assert broken_rules(choice, pair.fits) == set()
    assert status(pair.breaks) == "infeasible"
    assert broken_rules(choice, pair.breaks) == {pair.rule}
    assert status(pair.breaks, without(pair.rule)) == "optimal"


def limited(instance: Instance, **limits: object) -> Instance:
    """The instance with some limits changed."""
    return replace(instance, limits=replace(instance.limits, **limits))  # type: ignore[arg-type]


def limit_pair(rule: str, name: str, instance: Instance, key: str, fits: int, breaks: int) -> Pair:
    """A pair that differs in one limit."""
    return Pair(rule, name, limited(instance, **{key: fits}), limited(instance, **{key: breaks}))
