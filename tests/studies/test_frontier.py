"""Frontiers as documents: steps by bisection against every value solved, pictures, tables."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.instance.compile import Compiler
from optimizer.report.charts.frontier import frontier_picture
from optimizer.report.frontier import frontier_csv, render_frontier
from optimizer.report.style import Style
from optimizer.solve.clock import Clock
from optimizer.solve.frontier import every_layout
from optimizer.studies.frontier import Asked, Steps, trace_frontier
from optimizer.verify.audit import Audit
from optimizer.verify.enumerate import solutions
from tests.studies.small import answer, ask, small_catalog


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return small_catalog(tmp_path_factory.mktemp("catalog") / "small")


def traced(catalog: Catalog, x: str, y: str, **changes: Any) -> dict[str, Any]:
    points, up_to = changes.pop("points", None), changes.pop("up_to", None)
    asked = Asked(ask(catalog, **changes), x, y, points, up_to)
    return trace_frontier(asked, catalog, Clock(60.0, 1, 0))


@pytest.mark.parametrize("cap", ["off", "auto"])
def test_points_are_the_best_of_their_kind(catalog: Catalog, cap: str) -> None:
    """The first is the cheapest build there is, the last the fastest."""
    document = traced(catalog, "tco", "throughput", power_cap=cap)
    cheapest = answer(ask(catalog, objective="tco", power_cap=cap), catalog)
    fastest = answer(ask(catalog, objective="throughput", power_cap=cap), catalog)
    first, last = document["points"][0], document["points"][-1]
    assert first["x"] == cheapest.objective.value
    assert last["y"] == fastest.objective.value
    assert last["x"] == fastest.build.costs.tco_usd  # type: ignore[union-attr]
    assert document["complete"]
    for before, after in zip(document["points"], document["points"][1:], strict=False):
        assert before["x"] < after["x"]
        assert before["y"] < after["y"]


@pytest.mark.parametrize("x", ["tco", "capex", "watts"])
def test_power_limits_belong_to_the_frontier(catalog: Catalog, x: str) -> None:
    """All builds of the small catalog under all limits, enumerated by the checks alone."""
    request = ask(catalog, budget="8k", max_nodes=1)
    compiler = Compiler(request, catalog)
    pairs = set()
    for case in compiler.cases():
        instance = every_layout(compiler, case)
        for found in solutions(instance):
            costs = {"tco": found.tco, "capex": found.capex}
            costs["watts"] = Audit(found.choice, instance).build_peak_w
            pairs.add((costs[x], found.output_milli))
    better = [
        (a, b)
        for a, b in pairs
        if not any(c <= a and d >= b and (c, d) != (a, b) for c, d in pairs)
    ]
    scale = 1 if x == "watts" else 100
    points = traced(catalog, x, "throughput", budget="8k", max_nodes=1)["points"]
    assert [(round(p["x"] * scale), round(p["y"] * 1000)) for p in points] == sorted(better)
    caps = [p["power_cap_w"] for p in points]
    assert any(caps) == (x != "capex"), "a limit spares watts and energy, not the purchase"


def test_a_build_that_fits_under_a_limit_alone_is_not_missed(catalog: Catalog) -> None:
    """A circuit that carries the card at full power no more: its fastest build is the answer's."""
    room = {"circuits": "6A/120V"}
    wanted = answer(ask(catalog, objective="throughput", **room), catalog)
    assert wanted.build is not None
    assert wanted.build.deployment.speed_kept < 1
    document = traced(catalog, "watts", "throughput", **room)
    assert document["points"][-1]["y"] == wanted.objective.value
    text = render_frontier(document, Style())
    assert "cap, W" in text
    assert str(wanted.build.deployment.power_cap_w) in text


@pytest.mark.parametrize("y", [pytest.param("users", marks=pytest.mark.slow), "context"])
def test_bisection_finds_every_step(catalog: Catalog, y: str) -> None:
    """Against the cost of every single value, solved one by one."""
    up_to = 40 if y == "users" else 16_384
    values = range(1, 41) if y == "users" else range(2048, 16_385, 1024)
    key = "concurrency" if y == "users" else "context"
    costs: dict[int, float] = {}
    lengths = {"input_tokens": 1024, "output_tokens": 512}
    for value in values:
        build = answer(ask(catalog, objective="capex", **{key: value}, **lengths), catalog).build
        if build is not None:
            costs[value] = build.costs.capex_usd
    expected = [
        (usd, value) for value, usd in costs.items() if costs.get(value + values.step) != usd
    ]
    document = traced(catalog, "capex", y, up_to=up_to)
    assert [(p["x"], p["y"]) for p in document["points"]] == expected


def test_steps_by_hand() -> None:
    """5, 5, 7, 7, 7, nothing: the steps end at the second and at the fifth value."""
    costs = {1: 5.0, 2: 5.0, 3: 7.0, 4: 7.0, 5: 7.0}
    asked: list[int] = []

    def solved(value: int) -> Any:
        asked.append(value)
        return costs.get(value)

    assert Steps(range(1, 7), solved, lambda build: build).ends() == [1, 4]  # type: ignore[arg-type,return-value]
    assert len(asked) == len(set(asked))


def test_nothing_fits(catalog: Catalog) -> None:
    document = traced(catalog, "tco", "throughput", budget="100")
    assert (document["points"], document["complete"]) == ([], True)
    assert "Nothing fits." in render_frontier(document, Style())


def test_no_time_is_no_proof(catalog: Catalog) -> None:
    asked = Asked(ask(catalog), "tco", "users")
    for y in ("users", "throughput"):
        asked = Asked(ask(catalog), "tco", y)
        document = trace_frontier(asked, catalog, Clock(1e-9, 1, 0))
        assert not document["complete"]
        assert "there may be more" in render_frontier(document, Style())


def test_axes_that_do_not_go_together(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="goes against tco or capex"):
        traced(catalog, "watts", "users")
    with pytest.raises(InputError, match="more than there can be"):
        traced(catalog, "tco", "context", up_to=20_000)


def test_table_and_picture(catalog: Catalog) -> None:
    document = traced(catalog, "tco", "throughput")
    rows = list(csv.reader(io.StringIO(frontier_csv(document))))
    assert rows[0][:2] == ["tco [USD]", "throughput [tok/s]"]
    assert len(rows) == 1 + len(document["points"])
    drawn = frontier_picture(document, "svg")
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert drawn == frontier_picture(document, "svg"), "the same picture each time"
    assert frontier_picture(document, "png")[:4] == b"\x89PNG"
    text = render_frontier(document, Style())
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "that nothing dominates" in text


def test_few_points(catalog: Catalog, tmp_path: Path) -> None:
    whole = traced(catalog, "capex", "users", up_to=40)["points"]
    some = traced(catalog, "capex", "users", up_to=40, points=3)["points"]
    assert len(some) <= 3
    assert {p["x"] for p in some} <= {p["x"] for p in whole}
