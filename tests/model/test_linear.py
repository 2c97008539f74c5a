"""The small linear model: exact integers, refused constants, checked bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.linear import INT64, Constraint, Expr, LinearModel, total
from optimizer.model.scope import RuleScope
from optimizer.solve.engine import EngineOptions, run, to_proto

OPTIONS = EngineOptions(time_limit_s=10.0, workers=1, seed=0)
coefficients = st.integers(-(10**12), 10**12)
values = st.lists(st.integers(-100, 100), min_size=3, max_size=3)


def expr(terms: list[int], constant: int) -> Expr:
    return Expr(dict(enumerate(terms)), constant)


exprs = st.builds(expr, st.lists(coefficients, min_size=3, max_size=3), coefficients)


@given(exprs, exprs, coefficients, values)
def test_arithmetic_is_that_of_integers(a: Expr, b: Expr, k: int, at: list[int]) -> None:
    x, y = a.value(at), b.value(at)
    assert (a + b).value(at) == x + y
    assert (a - b).value(at) == x - y
    assert (a + k).value(at) == (k + a).value(at) == x + k
    assert (k - a).value(at) == k - x
    assert (a * k).value(at) == (k * a).value(at) == x * k
    assert (-a).value(at) == -x
    assert total([(k, a), (1, b)]).value(at) == k * x + y


@given(exprs, exprs, values)
def test_operands_are_not_changed(a: Expr, b: Expr, at: list[int]) -> None:
    before = a.value(at), b.value(at)
    _ = a + b, a - b, a * 2, -a, a <= b, total([(3, a), (3, b)])
    assert (a.value(at), b.value(at)) == before


def holds(constraint: Constraint, at: list[int]) -> bool:
    value = sum(c * at[v] for v, c in constraint.terms.items())
    low = constraint.low is None or value >= constraint.low
    return low and (constraint.high is None or value <= constraint.high)


@given(exprs, exprs, values)
def test_comparisons_mean_what_they_say(a: Expr, b: Expr, at: list[int]) -> None:
    x, y = a.value(at), b.value(at)
    assert holds(a <= b, at) == (x <= y)
    assert holds(a >= b, at) == (x >= y)
    assert holds(a.equals(b), at) == (x == y)


@pytest.mark.parametrize("factor", [0.5, 1.0, True, "2"])
def test_coefficients_are_integers(factor: object) -> None:
    with pytest.raises(TypeError, match="coefficients are integers"):
        Expr({0: 1}) * factor  # type: ignore[operator]


def test_constants_are_refused() -> None:
    """``sum([]) <= 3`` is True, and an empty expression is no constraint either."""
    model = LinearModel()
    x = model.boolean("x")
    with pytest.raises(TypeError, match="expected a constraint"):
        model.add(sum([]) <= 3, "empty sum")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nothing: a constraint without variables"):
        model.add(Expr() <= 3, "nothing")
    with pytest.raises(ValueError, match="without variables"):
        model.add(x * 0 <= 3, "zero")
    assert model.constraints == []


def test_sums_beyond_int64_are_refused() -> None:
    model = LinearModel()
    x = model.variable("x", 0, 2)
    model.add(x * (INT64 // 2) <= 1, "fits")
    with pytest.raises(OverflowError, match="beyond int64"):
        model.add(x * (INT64 // 2 + 1) <= 1, "too large")
    with pytest.raises(OverflowError, match="beyond int64"):
        model.minimize(x * -(INT64 // 2 + 1))


def test_bounds_by_hand() -> None:
    """3 x - 2 y + 5 with x in 1..4 and y in -1..6: from 3 - 12 + 5 to 12 + 2 + 5."""
    model = LinearModel()
    x, y = model.variable("x", 1, 4), model.variable("y", -1, 6)
    assert model.bounds(3 * x - 2 * y + 5) == (-4, 19)


def scope() -> tuple[LinearModel, RuleScope, Expr]:
    model = LinearModel()
    return model, RuleScope(model, "rule"), model.variable("x", 0, 9)


def test_scope_names_constraints_after_the_rule() -> None:
    model, rule, x = scope()
    rule.add(x <= 3)
    rule.forbid(x)
    assert [c.name for c in model.constraints] == ["rule", "rule"]
    rule.forbid(Expr())
    assert len(model.constraints) == 2


@pytest.mark.parametrize(
    ("constraint", "feasible"),
    [
        (Expr() <= 0, True),
        (Expr() <= -1, False),
        (Expr() >= 0, True),
        (Expr() >= 1, False),
        (Expr(constant=5) <= 5, True),
        (Expr(constant=5) <= 4, False),
        (Expr(constant=5).equals(5), True),
        (Expr({0: 0}) >= 1, False),
    ],
)
def test_a_limit_without_variables_holds_or_forbids(constraint: Constraint, feasible: bool) -> None:
    model, rule, x = scope()
    rule.limit(constraint)
    model.minimize(x)
    assert run(model, OPTIONS).status == ("optimal" if feasible else "infeasible")


def test_engine_by_hand() -> None:
    """Least 3 x + 2 y with x + y >= 7, x <= 4, y <= 5: x = 2, y = 5, 16; plus 100."""
    model = LinearModel()
    x, y = model.variable("x", 0, 4), model.variable("y", 0, 5)
    model.add(x + y >= 7, "demand")
    model.minimize(3 * x + 2 * y + 100)
    result = run(model, OPTIONS)
    assert (result.status, result.objective, result.bound) == ("optimal", 116, 116)
    assert result.values == [2, 5]
    model.add(x + y >= 10, "too much")
    assert run(model, OPTIONS).status == "infeasible"


def test_message_carries_integers_unchanged() -> None:
    model = LinearModel()
    x = model.variable("x", -5, 2**40)
    model.add((x * 7).equals(21), "exact")
    proto = to_proto(model, hint=[3])
    assert list(proto.variables[0].domain) == [-5, 2**40]
    linear = proto.constraints[0].linear
    assert (list(linear.coeffs), list(linear.domain)) == ([7], [21, 21])
    assert list(proto.solution_hint.values) == [3]
