"""Declared tie-breaks: everything before held at its best, each an exact solve of its own."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.instance.bounds import tco_bounds
from optimizer.model.linear import Constraint, Expr
from optimizer.model.objective import TIE_BREAKS, names, tco
from optimizer.solve.candidate import Candidate, Expression, start
from optimizer.solve.clock import Clock
from optimizer.solve.pool import affordable


def break_ties(
    contenders: list[Candidate],
    goal: Expression,
    best: int,
    clock: Clock,
    ties: Sequence[Expression] = TIE_BREAKS,
    incumbent: Candidate | None = None,
) -> tuple[Candidate | None, bool]:
    """Hold the primary at its best, then minimise each tie-break over the cases that are left.

    The incumbent has the best value: no build with a higher TCO is of interest. Returns the winner
    and whether every tie-break was proven; no winner when time ran out before the first one.
    """
    if not ties:
        return None, True
    alive = _cheapest_first(contenders)
    most_tco = None
    if ties[0] is tco and incumbent is not None and incumbent.values is not None:
        most_tco = tco(incumbent.formulation.plan).value(incumbent.values)
    held, level = goal, best
    winner: Candidate | None = None
    for position, tie in enumerate(ties):
        if position == 1 and len(alive) == 1 and _is_alone(alive[0], held, level, clock):
            return alive[0], True
        found: int | None = None
        left = []
        for candidate in alive:
            most = most_tco if found is None and position == 0 else found
            if most is not None and candidate.least(tie) > most:
                continue
            value = _tie(candidate, held, level, tie, most, clock)
            if value is None:
                return winner, False
            if value is not LOST:
                left.append((value, candidate))
                found = value if found is None else min(found, value)
        assert found is not None, "a tie-break lost every solution"
        alive = [c for value, c in left if value == found]
        winner, held, level = alive[0], tie, found
    return winner, True


def _cheapest_first(contenders: list[Candidate]) -> list[Candidate]:
    """By the least TCO that any build of theirs can have; models are built when asked."""
    for candidate in contenders:
        bounds, without = tco_bounds(candidate.instance), candidate.without
        layouts = candidate.instance.deployments
        candidate.least_tco = min(bounds.of(d, without) for d in layouts)
    return sorted(contenders, key=lambda c: c.least_tco)


def _is_alone(candidate: Candidate, held: Expression, level: int, clock: Clock) -> bool:
    """Whether no other choice reaches the values held, so that there is no tie to break.

    Choices are told apart by the sum of their name weights, as in the last tie-break.
    """
    plan, model = candidate.formulation.plan, candidate.formulation.model
    expression, reached = names(plan), held(plan)
    if candidate.values is None or not expression.terms or not reached.terms:
        return False
    kept = len(model.constraints)
    model.add(reached <= level, "held")
    other = Constraint(dict(expression.terms), None, None)
    other.hole = expression.value(candidate.values) - expression.constant
    model.add(other, "another choice")
    model.minimize(Expr())
    result = clock.solve(candidate.formulation)
    del model.constraints[kept:]
    return result.status == "infeasible"


LOST = 2**63
"""Stands for a case that cannot reach the values held."""


def _tie(
    candidate: Candidate,
    held: Expression,
    level: int,
    tie: Expression,
    found: int | None,
    clock: Clock,
) -> int | None:
    """The least value of one tie-break in one case; LOST when others beat it, None undecided."""
    if tie is tco and candidate.values is None:
        names = frozenset(rule.name for rule in candidate.rules)
        candidate.instance = affordable(candidate.instance, names, found)
        if start(candidate.instance, candidate.rules) is None:
            return LOST
    plan, model = candidate.formulation.plan, candidate.formulation.model
    expression, kept = tie(plan), held(plan)
    if candidate.values is not None and _same(expression, kept):
        return level
    if kept.terms:
        model.add(kept <= level, "held")
    if found is not None and expression.terms:
        model.add(expression <= found, "incumbent")
    least, most = model.bounds(expression)
    if least == most and candidate.values is not None:
        return least
    model.minimize(expression)
    result = clock.solve(candidate.formulation, candidate.values)
    if result.status == "infeasible":
        return LOST
    if result.status != "optimal":
        return None
    candidate.values = result.values
    return result.objective


def _same(one: Expr, other: Expr) -> bool:
    return one.constant == other.constant and one.terms == other.terms
