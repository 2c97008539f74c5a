"""The formulation, read aloud: variables, rules, objective."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.instance.items import Instance
from optimizer.model.linear import LinearModel
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule, RuleScope


@dataclass(frozen=True, slots=True)
class Formulation:
    """A model with the plan that can read its solutions."""

    model: LinearModel
    plan: Plan


def build_model(instance: Instance, rules: tuple[Rule, ...] = RULES) -> Formulation:
    """The CP-SAT model of one instance under ``rules``, without an objective yet."""
    model = LinearModel()
    plan = Plan(model, instance)
    for rule in rules:
        rule.add(RuleScope(model, rule.name), plan, instance)
    return Formulation(model, plan)
