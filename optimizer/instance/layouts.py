"""Serving layouts: tensor parallel x pipeline parallel x replicas over identical nodes.

Tensor parallel stays inside a node. A replica lies within one node, or spans whole nodes by
pipeline stages; every accelerator serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Layout:
    """How ``accelerators = tensor_parallel x pipeline_parallel x replicas`` are used."""

    tensor_parallel: int
    pipeline_parallel: int
    replicas: int


def divisors(n: int) -> list[int]:
    """Divisors of n, ascending."""
    return [d for d in range(1, n + 1) if n % d == 0]


def layouts(
    per_node: int, nodes: int, max_pipeline: int, allowed_tensor: Callable[[int], bool]
) -> Iterator[Layout]:
    """All layouts of ``nodes`` nodes with ``per_node`` accelerators each."""
    for tensor in divisors(per_node):
        if not allowed_tensor(tensor):
            continue
        stages = per_node * nodes // tensor
        for pipeline in divisors(stages):
            if pipeline > max_pipeline:
                continue
            size = tensor * pipeline
            if per_node % size == 0 or size % per_node == 0:
                yield Layout(tensor, pipeline, stages // pipeline)


def crosses_nodes(layout: Layout, per_node: int) -> bool:
    """True when one replica spans several nodes."""
    return layout.tensor_parallel * layout.pipeline_parallel > per_node
