"""Dominance on plain tuples, against the definition checked pair by pair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.instance.dominance import undominated

Row = tuple[str, int, int, int]
rows = st.lists(
    st.tuples(st.sampled_from("ab"), *(st.integers(0, 4) for _ in range(3))), max_size=14
)


def front(candidates: list[Row]) -> list[Row]:
    """Signature, two columns, and an order of (second column, last figure)."""
    return undominated(candidates, lambda r: r[0], lambda r: (r[1], r[2]), lambda r: (r[2], r[3]))


def dominates(other: Row, row: Row) -> bool:
    """No worse in any column, and no later in the order."""
    return (
        other[0] == row[0]
        and other[1] <= row[1]
        and other[2] <= row[2]
        and (other[2], other[3]) <= (row[2], row[3])
    )


def test_by_hand() -> None:
    """``b`` is beaten by ``a`` in both columns; ``c`` is better in one; ``d`` stands alone."""
    a, b, c, d = ("x", 1, 5, 0), ("x", 2, 6, 1), ("x", 3, 4, 2), ("y", 9, 9, 3)
    assert front([b, a, c, d]) == [a, c, d]


def test_equal_candidates_leave_the_first_in_order() -> None:
    late, early = ("x", 1, 1, 7), ("x", 1, 1, 3)
    assert front([late, early]) == [early]


def test_a_better_candidate_later_in_the_order_dominates_nothing() -> None:
    """``late`` costs no more in either column, but a tie would be broken against it."""
    late, early = ("x", 0, 1, 9), ("x", 1, 1, 0)
    assert front([late, early]) == [late, early]


@given(rows)
def test_dropped_means_dominated_by_one_that_is_kept(candidates: list[Row]) -> None:
    kept = front(candidates)
    for row in candidates:
        if row not in kept:
            assert any(dominates(other, row) for other in kept)


@given(rows)
def test_no_two_that_are_kept_dominate_each_other(candidates: list[Row]) -> None:
    kept = front(candidates)
    for index, row in enumerate(kept):
        assert not any(dominates(o, row) for i, o in enumerate(kept) if i != index)


@given(rows)
def test_order_of_the_survivors_is_the_order_given(candidates: list[Row]) -> None:
    kept = front(candidates)
    positions = [candidates.index(row) for row in kept]
    assert positions == sorted(positions)


def test_nothing_to_compare() -> None:
    assert front([]) == []
    assert front([("x", 1, 1, 1)]) == [("x", 1, 1, 1)]
