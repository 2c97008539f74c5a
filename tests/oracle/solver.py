"""The solver's side of the oracle: status, rank and choice of the best build."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from optimizer.instance.choice import Choice
from optimizer.instance.items import Instance
from optimizer.model.build import build_model
from optimizer.model.linear import Expr
from optimizer.model.objective import PRIMARY, TIE_BREAKS
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.solve.clock import Clock
from optimizer.solve.engine import EngineOptions, run
from optimizer.solve.lexicographic import linear_goal, optimise
from optimizer.solve.ratio import optimise_ratio
from optimizer.verify.verify import violations

LINEAR = tuple(PRIMARY)
OBJECTIVES = (*LINEAR, "cost-per-token")
OPTIONS = EngineOptions(time_limit_s=30.0, workers=1, seed=0)

Answer = tuple[str, tuple[int | Fraction, ...] | None]
INFEASIBLE: Answer = ("infeasible", None)


def by_model(instance: Instance, objective: str, rules: tuple[Rule, ...] = RULES) -> Answer:
    """One model of the whole instance, minimised level by level."""
    if not instance.deployments or not instance.platforms():
        return INFEASIBLE
    formulation = build_model(instance, rules)
    model, plan = formulation.model, formulation.plan
    primary, sign = PRIMARY[objective]
    levels: list[Expr] = [primary(plan) * sign, *(tie(plan) for tie in TIE_BREAKS)]
    rank: list[int | Fraction] = []
    for level in levels:
        model.minimize(level)
        result = run(model, OPTIONS)
        if result.status == "infeasible" and not rank:
            return INFEASIBLE
        assert result.status == "optimal"
        assert result.objective is not None
        assert result.values is not None
        rank.append(result.objective)
        if level.terms:
            model.add(level.equals(result.objective), "fixed")
    if rules is RULES:
        assert violations(plan.extract(result.values), instance) == []
    return "optimal", tuple(rank)


def by_program(
    instances: Sequence[Instance], objective: str, workers: int = 1, seed: int = 0
) -> tuple[Answer, Choice | None]:
    """What the program itself answers over several cases; every answer passes its checks."""
    clock = Clock(30.0, workers, seed)
    if objective == "cost-per-token":
        outcome, _ = optimise_ratio(instances, clock)
    else:
        outcome = optimise(lambda _best: instances, linear_goal(objective), clock)
    if outcome.status != "optimal":
        return (outcome.status, None), None
    assert outcome.ties_broken
    winner = outcome.winner
    assert winner is not None
    assert winner.values is not None
    plan, values = winner.formulation.plan, winner.values
    choice = plan.extract(values)
    assert violations(choice, winner.instance) == []
    ties = [tie(plan).value(values) for tie in TIE_BREAKS]
    if objective == "cost-per-token":
        output = -ties[3]
        primary: int | Fraction = Fraction(ties[0], output)
    else:
        expression, sign = PRIMARY[objective]
        primary = expression(plan).value(values) * sign
    return ("optimal", (primary, *ties)), choice
