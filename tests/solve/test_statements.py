"""The sentences of a conflict say what holds, in the numbers that clash."""

# ruff: noqa: RUF001 (the signs are what people see)

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.scenario.request import build_request
from optimizer.schema.build import LimitUse
from optimizer.schema.explanation import Conflict
from optimizer.solve.run import SolveOptions, solve
from optimizer.solve.statements import (
    Told,
    Words,
    bare_words,
    psu_words,
    sentence,
    stock_words,
    use_words,
)
from tests.make_request import make_request


def conflicts(catalog: Catalog, **asked: object) -> tuple[Conflict, ...]:
    request = build_request({"model": "small", **asked}, catalog)
    result = solve(request, catalog, SolveOptions(workers=1))
    assert result.explanation is not None
    return result.explanation.conflicts


def use(rule: str, scope: str, used: float, available: float, unit: str) -> LimitUse:
    return LimitUse(rule=rule, scope=scope, used=used, available=available, unit=unit)


def test_a_figure_that_rests_on_all_else_says_so_in_the_document_too(small: Catalog) -> None:
    (conflict,) = conflicts(small, budget=1000, targets={"min_tok_s_per_user": 60})
    (item,) = conflict.items
    assert item.others_hold
    assert "; with all else that is asked, no build costs less than" in item.statement


def test_a_figure_that_holds_alone_says_so(small: Catalog) -> None:
    """Two limits, each out of reach: neither figure rests on the other."""
    found = conflicts(small, budget=1000, targets={"max_ttft_s": 0.001})
    statements = [item.statement for conflict in found for item in conflict.items]
    assert len(statements) == 2
    assert all("; whatever else is asked, no build" in text for text in statements)


def test_accelerators_that_were_named_are_part_of_what_a_figure_rests_on(small: Catalog) -> None:
    """No conflict gives up the choice of accelerators, so it is not *whatever else is asked*."""
    limits = {"budget": 1000, "targets": {"max_ttft_s": 0.001}}
    found = conflicts(small, accelerators=["card-24gb"], **limits)
    assert len(found) == 2
    for conflict in found:
        assert "the accelerator named, no build" in conflict.sentence
        assert "; with the accelerator named, no build" in conflict.items[0].statement


def test_the_name_of_an_llm_is_written_as_it_is() -> None:
    needs = Words("gpt-oss 120B with MXFP4 weights needs 263 GiB", "the nearest has 215 GiB", "")
    assert sentence([Told("vram", needs, True)], make_request()).startswith("gpt-oss 120B with")
    asked = Words("the budget is $1", "no build costs less than $2", "")
    assert sentence([Told("budget", asked, True)], make_request()).startswith("The budget")


def test_a_shelf_is_told_by_the_name_of_the_part() -> None:
    told = stock_words(use("stock", "rtx-3090:owned", 4, 2, "units"), "RTX 3090")
    assert told.asked == "the shelf holds 2 × RTX 3090"
    assert told.best == "the cheapest build without this limit uses 4"
    assert told.given == "the 2 × RTX 3090 on the shelf"
    offered = stock_words(use("stock", "rtx-3090:used", 4, 2, "units"), "RTX 3090")
    assert offered.given == "the 2 × RTX 3090 on offer"


def test_supplies_are_told_with_the_voltage() -> None:
    """Servers' supplies for 208 V and more give nothing in a room with 120 V."""
    request = make_request()
    nothing = psu_words(request, use("psu", "supply load per node", 5728, 0, "W"), 120)
    assert nothing.best.endswith(
        "without this limit deliver nothing at 120 V, "
        "and want circuits of a higher voltage (--circuit or --new-circuits)"
    )
    redundant = request.replace(policy=request.policy.replace(psu_redundancy="n+1"))
    little = use("psu", "supply load for milliseconds", 1500, 1000, "W")
    assert psu_words(redundant, little, 240).best.endswith(
        "deliver 1.00 kW at 240 V with any one of them lost, "
        "and a node asks 1.50 kW for milliseconds"
    )


def test_what_a_build_lacks_is_told_as_what_it_needs_and_has() -> None:
    told = use_words("memory", use("memory", "system memory", 765, 256, "GiB"))
    assert told.best.endswith("without this limit needs 765 GiB and has 256 GiB (system memory)")


def test_what_was_not_worked_out_says_what_is_asked(small: Catalog) -> None:
    request = build_request({"model": "small", "targets": {"min_tok_s": 211}}, small)
    asked = bare_words(request, "targets", "workloads.0.targets.min_tok_s")
    assert sentence([Told("targets", asked, False)], request) == (
        "211 tok/s are asked for; with at most 2 nodes, no build keeps to it."
    )
    assert bare_words(request, "lanes", None).best == "no build keeps to it"


@pytest.mark.slow
def test_weights_that_are_held_more_than_once_say_so(shipped: Catalog) -> None:
    """Two boxes serve two halves of the users: 122 GiB of weights, of an LLM that has 61."""
    plain = {
        "model": "gpt-oss-120b",
        "site": "office-closet",
        "budget": "12k",
        "concurrency": 60,
        "context": "64K",
        "noise_limit": 40,
    }
    result = solve(build_request(plain, shipped), shipped, SolveOptions(workers=1))
    assert result.explanation is not None
    told = result.explanation.conflicts[0].sentence
    assert told.startswith("gpt-oss 120B with MXFP4 weights")
    assert "GiB of accelerator memory in 2 replicas, 122 GiB of it for the weights" in told
