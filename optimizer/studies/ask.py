"""Studies as a program asks them: requests in, one plain document out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.schema.build import Result
from optimizer.schema.request import Request
from optimizer.solve.clock import Clock
from optimizer.solve.run import SolveOptions, solve
from optimizer.studies import compare as side_by_side
from optimizer.studies.frontier import Asked, trace_frontier
from optimizer.studies.point import Point, Question, predict_point
from optimizer.studies.rent import Match, Wish, rent_study

FRONTIER_LIMIT_S = 600.0


def explain(request: Request, catalog: Catalog, time_limit_s: float = 60.0) -> Result:
    """The answer with what each of its limits costs: ``result.binding``.

    Raises InputError for a request that cannot be solved as it stands.
    """
    return solve(request, catalog, SolveOptions(time_limit_s, binding=True))


def compare(
    requests: Mapping[str, Request], catalog: Catalog, *, time_limit_s: float = 60.0
) -> dict[str, Any]:
    """Requests side by side, each by its label; the first is the baseline.

    The document has ``variants`` (a column each), ``best``, ``next`` and what differs. The limit
    holds for each request. Raises InputError when there are fewer than two.
    """
    if len(requests) < 2:
        raise InputError("a comparison needs two requests or more")
    variants = [side_by_side.Variant(label, request) for label, request in requests.items()]
    return _compared("request", variants, catalog, time_limit_s)


def compare_conditions(
    request: Request, catalog: Catalog, *, time_limit_s: float = 60.0
) -> dict[str, Any]:
    """One request with new, refurbished and used parts alone, and with all mixed."""
    variants = side_by_side.condition_variants(request, catalog)
    return _compared("condition", variants, catalog, time_limit_s)


def _compared(
    by: str, variants: list[side_by_side.Variant], catalog: Catalog, limit_s: float
) -> dict[str, Any]:
    options = SolveOptions(limit_s, explain=False)
    return side_by_side.compare(
        by, variants, catalog, lambda request, _: solve(request, catalog, options)
    )


def rent(
    result: Result,
    catalog: Catalog,
    *,
    match: Match | None = None,
    providers: tuple[str, ...] = (),
    terms: tuple[str, ...] = (),
    rent_change: float = 0.0,
) -> dict[str, Any]:
    """The build of an answer against rented capacity that serves the same workload.

    ``match`` is throughput, speed, targets or load (by the objective unless given);
    ``rent_change`` the change of rents a year, -0.1 for ten per cent less. The document has
    ``clouds``, ``plans`` (break-even, NPV, IRR), ``crossover`` and ``curves``. Raises InputError
    for an answer without a build.
    """
    if result.build is None:
        raise InputError("there is no build to compare with renting")
    return rent_study(result, catalog, Wish(match, providers, terms, rent_change))


def frontier(
    request: Request,
    catalog: Catalog,
    *,
    x: str = "capex",
    y: str = "throughput",
    points: int | None = None,
    up_to: int | None = None,
    time_limit_s: float = FRONTIER_LIMIT_S,
) -> dict[str, Any]:
    """Builds that nothing dominates: the most ``y`` for every ``x``, each proven.

    ``x`` is tco, capex or watts; ``y`` throughput, speed, users or context. ``points`` asks for a
    spread of so many instead of all, ``up_to`` ends users or context. The document has ``points``
    from the cheapest, and ``complete``. Raises InputError for axes that do not go together.
    """
    clock = Clock(time_limit_s)
    return trace_frontier(Asked(request, x, y, points, up_to), catalog, clock)


def predict(
    model: str,
    accelerator: str,
    catalog: Catalog,
    *,
    count: int | None = None,
    concurrency: int = 1,
    input_tokens: int = 1024,
    output_tokens: int = 512,
    weights: str | None = None,
    kv: str = "bf16",
    engine: str = "vllm",
    tensor_parallel: int | None = None,
    pipeline_parallel: int | None = None,
    fabric: str | None = None,
) -> Point:
    """How fast an LLM is on given accelerators, without prices: ``point.speeds`` with their bands.

    What is ``None`` is chosen from the rest: weights as published, tensor parallel over all up to
    eight. Raises InputError for names that nothing has, and layouts that are impossible.
    """
    question = Question(
        llm=catalog.resolve("llm", model),
        accelerator=catalog.resolve("accelerator", accelerator),
        engine=catalog.resolve("engine", engine),
        weights=weights or "",
        kv=kv,
        count=count,
        tensor=tensor_parallel,
        pipeline=pipeline_parallel,
        inputs=input_tokens,
        outputs=output_tokens,
        concurrency=concurrency,
        fabric=fabric,
    )
    return predict_point(catalog, question)
