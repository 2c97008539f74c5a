"""Robust least squares in logarithms: the constants that leave the smallest errors.

Levenberg-Marquardt on log(predicted / measured) with a soft-L1 loss, so that a few odd rows do not
lead; every constant is bounded, and pulled towards its prior by a weight of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
SCALE = 0.3
"""Log errors much larger than this count linearly rather than squared."""
PRIOR_SCALE = 0.03
"""The same for the distance of a constant from its prior, times its pull."""
NUDGE = 1e-4
"""Relative change for a derivative."""
TOLERANCE = 1e-5
"""Relative gain at which the fit is at rest."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Constants ``x`` (logarithms) with bounds and priors, and the rows that they shall explain.

    ``errors`` gives log(predicted / measured) of all rows at constants; ``changed`` those of the
    rows that one constant touches, as (row numbers, errors), when it alone is moved.
    """

    prior: Vector
    low: Vector
    high: Vector
    pull: Vector
    weight: Vector
    errors: Callable[[Vector], Vector]
    changed: Callable[[Vector, int], tuple[NDArray[np.int64], Vector]]


def _loss(errors: Vector, weight: Vector, x: Vector, p: Problem) -> float:
    rows = weight**2 * _soft(errors, SCALE)
    return float(rows.sum() + _soft(p.pull * (x - p.prior), PRIOR_SCALE).sum())


def _soft(values: Vector, scale: float) -> Vector:
    """Squares near zero, absolute values far from it."""
    made: Vector = 2 * scale**2 * (np.sqrt(1 + (values / scale) ** 2) - 1)
    return made


def solve(p: Problem, start: Vector, rounds: int = 40) -> Vector:
    """The constants that minimise the loss, from ``start``."""
    x = np.clip(start, p.low, p.high)
    errors = p.errors(x)
    best, damping = _loss(errors, p.weight, x, p), 1e-3
    for _ in range(rounds):
        gradient, curvature = _normal(p, x, errors)
        gain = 0.0
        for _ in range(12):
            trial = _step(p, x, gradient, curvature, damping)
            made = p.errors(trial)
            loss = _loss(made, p.weight, trial, p)
            if loss < best:
                gain, best, x, errors = best - loss, loss, trial, made
                damping = max(damping / 4, 1e-9)
                break
            damping *= 5
        if gain <= TOLERANCE * best:
            break
    return x


def _normal(p: Problem, x: Vector, errors: Vector) -> tuple[Vector, NDArray[np.float64]]:
    """Gradient and curvature of the loss; rows far off weigh less (soft L1)."""
    jacobian = np.zeros((len(errors), len(x)))
    for index in range(len(x)):
        moved = x.copy()
        step = NUDGE if x[index] + NUDGE <= p.high[index] else -NUDGE
        moved[index] += step
        rows, values = p.changed(moved, index)
        jacobian[rows, index] = (values - errors[rows]) / step
    trust = p.weight**2 / np.sqrt(1 + (errors / SCALE) ** 2)
    pull = p.pull**2 / np.sqrt(1 + (p.pull * (x - p.prior) / PRIOR_SCALE) ** 2)
    gradient = jacobian.T @ (trust * errors) + pull * (x - p.prior)
    curvature = (jacobian * trust[:, None]).T @ jacobian + np.diag(pull)
    return gradient, curvature


def _step(
    p: Problem, x: Vector, gradient: Vector, curvature: NDArray[np.float64], damping: float
) -> Vector:
    """A damped step inside the bounds; constants that push against a bound stay there."""
    free = ~(((x <= p.low) & (gradient > 0)) | ((x >= p.high) & (gradient < 0)))
    moved = x.copy()
    if free.any():
        matrix = curvature[np.ix_(free, free)]
        matrix = matrix + damping * np.diag(np.diag(matrix) + 1e-12)
        moved[free] -= np.linalg.solve(matrix, gradient[free])
    return np.clip(moved, p.low, p.high)


def folds(groups: Sequence[str], count: int, seed: int = 0) -> list[set[str]]:
    """Groups dealt into ``count`` folds, always in the same way."""
    names = np.array(sorted(set(groups)), dtype=object)
    np.random.RandomState(seed).shuffle(names)
    return [set(names[i::count]) for i in range(min(count, len(names)))]
