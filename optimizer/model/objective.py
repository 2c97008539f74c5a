"""What is optimised, and the declared tie-breaks.

Every objective is a quantity to minimise. Ties are broken by TCO, then capex, then the number of
parts, then throughput and speed (layouts on the same parts cost the same: the faster one is meant),
then the name: a number drawn from the SHA-256 of each chosen id, which is unique in practice and
depends on neither file order nor the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable

from optimizer.model.linear import Expr
from optimizer.model.plan import Plan

UNITS = {
    "throughput": "tok/s",
    "speed": "tok/s per user",
    "tco": "USD",
    "capex": "USD",
    "cost-per-token": "USD per million tokens",
}


def throughput(plan: Plan) -> Expr:
    """Milli-tokens per second of the build at saturation."""
    return plan.deployments_weighted(lambda d: d.output_milli)


def speed(plan: Plan) -> Expr:
    """Milli-tokens per second of one user at the stated concurrency."""
    return plan.deployments_weighted(lambda d: d.user_milli)


def capex(plan: Plan) -> Expr:
    """Cents paid at the start."""
    return plan.costs.capex


def tco(plan: Plan) -> Expr:
    """Cents over the horizon."""
    return plan.costs.tco


def parts(plan: Plan) -> Expr:
    """Number of parts bought."""
    return plan.purchases_weighted(lambda p: 1)


def names(plan: Plan) -> Expr:
    """The sum of name weights of everything chosen."""
    return plan.purchases_weighted(lambda p: p.name_weight) + plan.deployments_weighted(
        lambda d: d.name_weight
    )


PRIMARY: dict[str, tuple[Callable[[Plan], Expr], int]] = {
    "throughput": (throughput, -1),
    "speed": (speed, -1),
    "tco": (tco, 1),
    "capex": (capex, 1),
}
"""Objective -> (expression, sign that makes it a minimisation). Cost per token is a ratio: the
solver minimises ``tco * T - C * throughput`` for a falling ratio C/T until it is proven."""


def slowness(plan: Plan) -> Expr:
    """The negative of throughput."""
    return -throughput(plan)


def sluggishness(plan: Plan) -> Expr:
    """The negative of speed."""
    return -speed(plan)


TIE_BREAKS: tuple[Callable[[Plan], Expr], ...] = (
    tco,
    capex,
    parts,
    slowness,
    sluggishness,
    names,
)
"""Minimised in this order, each with everything before it fixed."""
