"""The order in which cases and their ways come up, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.instance.bounds import Needs
from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Case
from optimizer.instance.ranking import Ranking
from optimizer.solve.hunt import NOTHING, Hunt
from optimizer.solve.standing import Family, Kind, Scope
from tests.make import make_case

ALONE = make_case(volts=240)
MORE = replace(ALONE, new_circuits=(("nema-30a-240v", 1),))
FAST = replace(ALONE, nodes=2, switch="fast", network_gbps=400)
SLOW = replace(ALONE, nodes=2, switch="slow", network_gbps=100)
CASES = [ALONE, FAST, SLOW, MORE]
KIND = Kind(240, 1, None)
FAMILY = Family(240, 2)


def way(number: int) -> Open:
    host = HostKey("gpu", number, "pcie4", 32.0, 16, False)
    return Open(host, Needs("gpu", number, 0, 0, 0, 0, 0), 0, 0, {1: 0}, 0, 0)


def ranked(case: Case) -> Ranking:
    """Eighty ways, the more accelerators the worse; two nodes are ten worse."""
    return Ranking((10 * (case.nodes - 1) + n, way(n)) for n in range(1, 81))


def hunt(
    relaxed: Callable[[Scope], int | None] = lambda _scope: None,
    level: Callable[[], int | None] = lambda: None,
    *,
    in_order: bool = False,
) -> Hunt:
    return Hunt(
        CASES,
        ranked,
        lambda _case: lambda _way: True,
        lambda _case: lambda _way, _level: True,
        relaxed,
        level,
        in_order,
        {},
    )


def test_every_way_of_every_case_comes_up_once() -> None:
    for in_order in (True, False):
        found = [
            (id(case), host)
            for case, ways in hunt(in_order=in_order).instalments()
            for host in ways
        ]
        assert len(found) == len(set(found)) == 4 * 80


def test_what_a_scope_cannot_give_is_left_out_together() -> None:
    asked: list[Scope] = []

    def none(scope: Scope) -> int:
        asked.append(scope)
        return NOTHING

    found = {id(case) for case, _ in hunt(none).instalments()}
    assert found == {id(ALONE)}
    assert sorted(map(str, asked)) == sorted(map(str, (KIND, FAMILY)))


def test_a_floor_over_the_level_leaves_cases_out() -> None:
    found = {id(c) for c, _ in hunt(lambda _scope: 50, lambda: 40).instalments()}
    assert found == {id(ALONE)}
    kept = {id(c) for c, _ in hunt(lambda _scope: 40, lambda: 40).instalments()}
    assert kept == {id(case) for case in CASES}


def test_nothing_beyond_the_level_comes_up() -> None:
    found = [
        (case.nodes, host.count)
        for case, ways in hunt(level=lambda: 12).instalments()
        for host in ways
    ]
    assert max(count for nodes, count in found if nodes == 1) == 12
    assert max(count for nodes, count in found if nodes == 2) == 2


def test_the_best_bound_comes_first() -> None:
    firsts = [(case.nodes, ways[0].count) for case, ways in hunt().instalments()]
    bounds = [10 * (nodes - 1) + count for nodes, count in firsts]
    assert bounds == sorted(bounds)
