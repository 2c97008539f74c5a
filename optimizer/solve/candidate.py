"""Some layouts of a case with their model and its best solution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from optimizer.instance.items import Case, Instance
from optimizer.model.build import Formulation, build_model
from optimizer.model.linear import Expr
from optimizer.model.objective import tco
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.solve.pool import EVERY_RULE

Expression = Callable[[Plan], Expr]
Without = frozenset[str]
"""Names of rules that do not hold."""


@dataclass
class Candidate:
    """Some layouts of a case, with their model (built when asked for) and its best solution."""

    instance: Instance
    rules: tuple[Rule, ...] = RULES
    values: list[int] | None = None
    least_tco: int = -(2**62)

    @cached_property
    def formulation(self) -> Formulation:
        """The model with its plan."""
        return build_model(self.instance, self.rules)

    def least(self, tie: Expression) -> int:
        """A lower bound of a tie-break."""
        return self.least_tco if tie is tco else -(2**62)

    @property
    def without(self) -> Without:
        """Rules that do not hold."""
        return EVERY_RULE - {rule.name for rule in self.rules}

    @property
    def case(self) -> Case:
        """What is held fixed."""
        return self.instance.case


def start(instance: Instance, rules: tuple[Rule, ...] = RULES) -> Candidate | None:
    """The model of an instance, or None when it has nothing to choose from.

    Then it is infeasible, and no model is needed to know it.
    """
    if not instance.deployments or not instance.platforms():
        return None
    return Candidate(instance, rules)
