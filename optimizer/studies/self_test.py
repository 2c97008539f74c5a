"""Whether the program works here: known answers, in about a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.errors import OptimizerError
from optimizer.scenario.request import build_request
from optimizer.schema.build import Result
from optimizer.solve.run import SolveOptions, solve

QUESTION = {"objective": "capex", "max_nodes": 1, "concurrency": 1, "context": "4K"}
PREFERRED = "llama-8b"
TIME_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Checked:
    """One check: what was looked at, whether it is well, and what was found."""

    what: str
    well: bool
    found: str


def self_test(catalog: Catalog) -> Iterator[Checked]:
    """A small question: proven, adding up, and the same whatever the seed."""
    try:
        request = build_request({"model": _llm(catalog), **QUESTION}, catalog)
        first, second = (
            solve(request, catalog, SolveOptions(TIME_LIMIT_S, seed=seed, explain=False))
            for seed in (0, 1)
        )
    except OptimizerError as error:
        yield Checked("small question", False, str(error))
        return
    yield _proven(first)
    if first.build is None:
        return
    tests: tuple[tuple[str, Callable[[Result, Result], str]], ...] = (
        ("costs add up", _costs),
        ("seed changes nothing", _same),
    )
    for what, test in tests:
        wrong = test(first, second)
        yield Checked(what, not wrong, wrong or "yes")


def _llm(catalog: Catalog) -> str:
    """A small LLM that the catalog has."""
    names = catalog.names("llm")
    return names.get(PREFERRED) or min(catalog.llms, key=lambda i: catalog.llms[i].hidden_size)


def _proven(result: Result) -> Checked:
    """Solved with a proof; every build was checked by code that does not know the solver."""
    well = result.status in ("optimal", "infeasible")
    seconds = f"{result.timings.total_s:.2f} s"
    if result.build is None:
        return Checked("small question", well, f"{result.status} after {seconds}")
    cards = result.build.deployment.accelerator
    text = f"{result.status} in {seconds}: {cards}, ${result.build.costs.capex_usd:,.0f} to buy"
    return Checked("small question", well, text)


def _costs(first: Result, _: Result) -> str:
    assert first.build is not None
    costs = first.build.costs
    total = round(sum(line.usd for line in costs.lines), 2)
    bill = round(sum(line.total_usd for line in first.build.bill_of_materials), 2)
    if abs(total - costs.tco_usd) > 0.005:
        return f"the lines make {total}, the TCO is {costs.tco_usd}"
    if bill > costs.capex_usd + 0.005:
        return f"the parts cost {bill}, the purchase {costs.capex_usd}"
    return ""


def _same(first: Result, second: Result) -> str:
    return "" if first.build == second.build else "another seed gives another build"
