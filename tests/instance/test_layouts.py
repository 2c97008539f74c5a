"""Serving layouts against brute force over all triples."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.instance.layouts import Layout, crosses_nodes, divisors, layouts


def every(per_node: int, nodes: int, max_pipeline: int) -> set[Layout]:
    """The definition, over all triples.

    Every accelerator serves, tensor parallel stays inside a node, and a replica lies within a node
    or spans whole nodes.
    """
    total = per_node * nodes
    found = set()
    for tensor, pipeline, replicas in product(range(1, total + 1), repeat=3):
        size = tensor * pipeline
        if tensor * pipeline * replicas != total or pipeline > max_pipeline:
            continue
        if per_node % tensor == 0 and (per_node % size == 0 or size % per_node == 0):
            found.add(Layout(tensor, pipeline, replicas))
    return found


@pytest.mark.parametrize("per_node", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("nodes", [1, 2, 3])
@pytest.mark.parametrize("max_pipeline", [1, 4, 16])
def test_layouts_are_exactly_those_of_the_definition(
    per_node: int, nodes: int, max_pipeline: int
) -> None:
    found = list(layouts(per_node, nodes, max_pipeline, lambda _t: True))
    assert len(found) == len(set(found))
    assert set(found) == every(per_node, nodes, max_pipeline)


def test_two_cards_by_hand() -> None:
    found = set(layouts(2, 1, 16, lambda _t: True))
    assert found == {Layout(1, 1, 2), Layout(1, 2, 1), Layout(2, 1, 1)}


def test_tensor_degrees_are_asked_for() -> None:
    """Heads that 3 divides but 2 does not: only 1 and 3 of six cards."""
    found = {x.tensor_parallel for x in layouts(6, 1, 16, lambda t: 9 % t == 0)}
    assert found == {1, 3}


@pytest.mark.parametrize(
    ("layout", "per_node", "crosses"),
    [
        (Layout(8, 1, 2), 8, False),
        (Layout(8, 2, 1), 8, True),
        (Layout(4, 2, 2), 8, False),
        (Layout(1, 1, 16), 8, False),
    ],
)
def test_crossing(layout: Layout, per_node: int, crosses: bool) -> None:
    assert crosses_nodes(layout, per_node) is crosses


@given(st.integers(1, 300))
def test_divisors(n: int) -> None:
    found = divisors(n)
    assert found == sorted(found)
    assert set(found) == {d for d in range(1, n + 1) if n % d == 0}
