"""Rules: named limits, and the scope through which a rule adds its constraints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.instance.items import Instance
from optimizer.model.linear import Constraint, Expr, LinearModel
from optimizer.model.plan import Plan


class RuleScope:
    """Names every constraint after its rule and refuses constants."""

    def __init__(self, model: LinearModel, rule: str) -> None:
        self._model, self._rule = model, rule

    def add(self, constraint: Constraint) -> None:
        """Add one constraint; it must have a variable (see :meth:`LinearModel.add`)."""
        self._model.add(constraint, self._rule)

    def limit(self, constraint: Constraint) -> None:
        """Add a constraint that an instance may leave without variables.

        Where nothing has a size (no part is loud, everything is owned) the sum is a constant: then
        the limit holds of itself, or nothing can ever meet it.
        """
        if any(constraint.terms.values()):
            self.add(constraint)
        elif (constraint.low or 0) > 0 or (constraint.high or 0) < 0:
            never = self._model.variable(f"never[{self._rule}]", 0, 0)
            self._model.add(never >= 1, self._rule)

    def forbid(self, chosen: Expr) -> None:
        """Nothing of this may be chosen; an empty set of candidates needs no constraint."""
        if chosen.terms:
            self._model.add(chosen <= 0, self._rule)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named limit: the word users see, a one-line statement, and its constraints."""

    name: str
    statement: str
    add: Callable[[RuleScope, Plan, Instance], None]
