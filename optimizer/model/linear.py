"""A small integer linear model: what rules write and what the solver is handed.

Expressions are sums of integer coefficients times variables. Everything is an exact Python int;
the bound of every sum is checked against int64 when it is added, because CP-SAT would otherwise
overflow or refuse late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

INT64 = 2**62
"""Half of the int64 range: the solver's own slack needs room too."""

Operand = Union["Expr", int]


class Expr:
    """An integer linear expression: coefficients by variable index, and a constant."""

    __slots__ = ("constant", "terms")

    def __init__(self, terms: dict[int, int] | None = None, constant: int = 0) -> None:
        self.terms = terms if terms is not None else {}
        self.constant = constant

    def __add__(self, other: Operand) -> Expr:
        result = Expr(dict(self.terms), self.constant)
        return result.__iadd__(other)

    __radd__ = __add__

    def __iadd__(self, other: Operand) -> Expr:
        if isinstance(other, int):
            self.constant += other
            return self
        for var, coefficient in other.terms.items():
            self.terms[var] = self.terms.get(var, 0) + coefficient
        self.constant += other.constant
        return self

    def __mul__(self, factor: int) -> Expr:
        if isinstance(factor, bool) or not isinstance(factor, int):
            raise TypeError(f"coefficients are integers, not {type(factor).__name__}")
        return Expr({v: c * factor for v, c in self.terms.items()}, self.constant * factor)

    __rmul__ = __mul__

    def __neg__(self) -> Expr:
        return self * -1

    def __sub__(self, other: Operand) -> Expr:
        return self + (-other)

    def __rsub__(self, other: Operand) -> Expr:
        return -self + other

    def __le__(self, other: Operand) -> Constraint:
        difference = self - other
        return Constraint(difference.terms, None, -difference.constant)

    def __ge__(self, other: Operand) -> Constraint:
        difference = self - other
        return Constraint(difference.terms, -difference.constant, None)

    def equals(self, other: Operand) -> Constraint:
        """The constraint ``self = other`` (``==`` stays identity, so that exprs hash)."""
        difference = self - other
        return Constraint(difference.terms, -difference.constant, -difference.constant)

    def value(self, values: list[int]) -> int:
        """The expression at a solution."""
        return self.constant + sum(c * values[v] for v, c in self.terms.items())


def total(parts: list[tuple[int, Expr]]) -> Expr:
    """The sum of coefficient times expression, in one pass."""
    result = Expr()
    for factor, expr in parts:
        if factor:
            for var, coefficient in expr.terms.items():
                result.terms[var] = result.terms.get(var, 0) + factor * coefficient
            result.constant += factor * expr.constant
    return result


@dataclass(slots=True)
class Constraint:
    """``low <= sum of terms <= high``; ``None`` means unbounded. The sum is never ``hole``."""

    terms: dict[int, int]
    low: int | None
    high: int | None
    name: str = ""
    hole: int | None = None


@dataclass
class LinearModel:
    """Variables with bounds, constraints, and one objective to minimise."""

    names: list[str] = field(default_factory=list)
    lows: list[int] = field(default_factory=list)
    highs: list[int] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    objective: Expr = field(default_factory=Expr)

    def variable(self, name: str, low: int, high: int) -> Expr:
        """A new integer variable within ``low..high``."""
        self.names.append(name)
        self.lows.append(low)
        self.highs.append(high)
        return Expr({len(self.names) - 1: 1})

    def boolean(self, name: str) -> Expr:
        """A new 0-1 variable."""
        return self.variable(name, 0, 1)

    def bounds(self, expr: Expr) -> tuple[int, int]:
        """The least and the greatest value that the variables' bounds allow."""
        low = high = expr.constant
        for var, coefficient in expr.terms.items():
            ends = (coefficient * self.lows[var], coefficient * self.highs[var])
            low += min(ends)
            high += max(ends)
        return low, high

    def add(self, constraint: Constraint, name: str) -> None:
        """Add a constraint under a name.

        Raises TypeError for anything else (``sum([]) <= 3`` is a bool), ValueError when it has no
        variable, OverflowError when its sum could leave int64.
        """
        if not isinstance(constraint, Constraint):
            raise TypeError(f"{name}: expected a constraint, got {constraint!r}")
        terms = {v: c for v, c in constraint.terms.items() if c}
        if not terms:
            raise ValueError(f"{name}: a constraint without variables")
        low, high = self.bounds(Expr(terms))
        if low < -INT64 or high > INT64:
            raise OverflowError(f"{name}: the sum may reach {max(-low, high)}, beyond int64")
        constraint.terms, constraint.name = terms, name
        self.constraints.append(constraint)

    def minimize(self, objective: Expr) -> None:
        """Set the objective; raises OverflowError beyond int64."""
        low, high = self.bounds(objective)
        if low < -INT64 or high > INT64:
            raise OverflowError(f"the objective may reach {max(-low, high)}, beyond int64")
        self.objective = objective
