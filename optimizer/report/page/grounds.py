"""The sections of the page that say what the answer rests on, and how to get it again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.report import quantity as q
from optimizer.report.notes import NAMED, bound_text, overlay_texts
from optimizer.report.scenario import change_text
from optimizer.schema.base import Source, Sourced
from optimizer.schema.build import Build, Result
from optimizer.schema.request import Finance, Request
from optimizer.schema.site import Site
from optimizer.units import format_tokens


def notes(result: Result) -> list[tuple[str, str]]:
    """(tone, sentence): warnings first, then what is worth knowing."""
    told = [("warn", text) for text in result.warnings]
    if result.scenario is not None and result.scenario.changes:
        used = result.scenario
        name = used.file if used.scenario is None else f"{used.file}, scenario {used.scenario}"
        changes = "; ".join(change_text(c) for c in used.changes)
        told.append(("note", f"{name} changes: {changes}"))
    told += [("note", text) for text in result.notes]
    return told + [("note", text) for text in overlay_texts(result)]


def grounds(result: Result, catalog: Catalog) -> dict[str, Any]:
    """Assumptions, estimates, sources, and what was left out."""
    estimates: dict[str, list[str]] = defaultdict(list)
    for estimate in result.provenance.estimates:
        estimates[_name(estimate.component, catalog)].append(estimate.field)
    reasons: dict[str, list[str]] = defaultdict(list)
    for item in result.excluded:
        reasons[item.reason].append(item.component)
    return {
        "assumptions": _assumptions(result.request),
        "estimates": sorted(estimates.items()),
        "estimate_count": len(result.provenance.estimates),
        "sources": _sources(result, catalog),
        "excluded": [(why, ids[:NAMED], len(ids)) for why, ids in sorted(reasons.items())],
        "overlays": result.provenance.overlays,
        "date": result.provenance.catalog_date,
    }


def _name(component: str, catalog: Catalog) -> str:
    """The name people know, of whatever has this id."""
    pools = (catalog.components, catalog.llms, catalog.engines, catalog.sites)
    return next((pool[component].name for pool in pools if component in pool), component)


def _assumptions(request: Request) -> list[tuple[str, str]]:
    """What was assumed about use, money and room: asked for, or by default."""
    finance, site, policy = request.finance, request.site, request.policy
    told: list[tuple[str, str]] = []
    for load in request.workloads:
        told += [
            (
                "Context",
                f"{format_tokens(load.context)} tokens for each of"
                f" {q.count(load.concurrency, 'user')}",
            ),
            ("Mean lengths", f"{load.input_tokens:,} tokens in, {load.output_tokens:,} out"),
            ("Busy", f"{q.percent(load.duty)} of the time"),
        ]
    told += [
        ("Years of use", f"{finance.horizon_years:.3g}"),
        (
            "Prices",
            f"{finance.price_point}, newest"
            + (f" on {finance.prices_as_of}" if finance.prices_as_of else ""),
        ),
        ("Discount rate", f"{q.percent(finance.discount_rate)} a year"),
        ("Sales tax, shipping", f"{q.percent(finance.sales_tax)}, {q.percent(finance.shipping)}"),
        ("Installation", q.usd(finance.installation_usd)),
        ("Paid by", finance.financing),
        ("Failures grow", f"{q.percent(finance.failure_growth)} a year with age"),
        *_more_money(finance, site),
        ("Conditions accepted", ", ".join(policy.conditions)),
        ("Site", site.name),
        (
            "Electricity",
            f"${site.electricity_usd_per_kwh:.4g} per kWh, rising"
            f" {q.percent(finance.electricity_escalation)} a year",
        ),
        ("PUE", f"{site.pue:g} (energy of the room over energy of the build)"),
        ("Heat the room's air takes away", q.watts(site.heat_removal_w)),
    ]
    if site.noise_limit_dba is not None:
        told.append(("Noise, at most", f"{site.noise_limit_dba:g} dB(A) at 1 m"))
    if policy.owned:
        owned = ", ".join(f"{part.quantity} of {part.id}" for part in policy.owned)
        told.append(("On the shelf", owned))
    return told


def _more_money(finance: Finance, site: Site) -> list[tuple[str, str]]:
    """What else costs money, where it does."""
    told = [
        ("Prices of services", f"rising {q.percent(finance.service_escalation)} a year"),
        ("Spares", f"{q.percent(finance.spares)} of every part"),
        ("Staff", f"{q.usd(finance.staff_usd_per_node_year)} a node and year"),
        ("Decommissioning", f"{q.usd(finance.decommissioning_usd_per_node)} a node"),
        ("Licences", ", ".join(finance.licences)),
        ("Demand charge", f"${site.demand_usd_per_kw_month:g} per kW-month"),
        ("Colocation", f"${site.colocation_usd_per_kw_month:g} per kW-month"),
        ("Space", f"${site.space_usd_per_unit_month:g} per rack unit and month"),
    ]
    given = (
        finance.service_escalation,
        finance.spares,
        finance.staff_usd_per_node_year,
        finance.decommissioning_usd_per_node,
        finance.licences,
        site.demand_usd_per_kw_month,
        site.colocation_usd_per_kw_month,
        site.space_usd_per_unit_month,
    )
    return [line for line, said in zip(told, given, strict=True) if said]


def _sources(result: Result, catalog: Catalog) -> list[dict[str, Any]]:
    """Every source that the answer's figures come from, with what it says."""
    used: dict[str, set[str]] = defaultdict(set)
    for record in _records(result, catalog):
        for reference in record.sources.values():
            used[reference.split("#")[0]].add(record.name)
    for line in () if result.build is None else result.build.bill_of_materials:
        if line.offer is not None:
            used[line.offer.source.split("#")[0]].add(f"price of {line.name}")
    known = ((catalog.sources[key], names) for key, names in used.items() if key in catalog.sources)
    return [
        _source(source, names)
        for source, names in sorted(known, key=lambda pair: (pair[0].publisher, pair[0].title))
    ]


def _records(result: Result, catalog: Catalog) -> Iterator[Sourced]:
    """Catalog entries behind the answer."""
    yield result.request.site
    for load in result.request.workloads:
        if load.llm in catalog.llms:
            yield catalog.llms[load.llm]
    if result.build is not None:
        yield from _built(result.build, catalog)


def _built(build: Build, catalog: Catalog) -> Iterator[Sourced]:
    ids = dict.fromkeys([line.id for line in build.bill_of_materials])
    yield from (catalog.components[i] for i in ids if i in catalog.components)
    if build.deployment.engine in catalog.engines:
        yield catalog.engines[build.deployment.engine]
    kinds = {line.kind for line in build.bill_of_materials}
    yield from (entry for kind, entry in catalog.cost_classes.items() if kind in kinds)
    yield from catalog.calibrations.values()


def _source(source: Source, names: set[str]) -> dict[str, Any]:
    told = sorted(names)
    more = len(told) - 4
    return {
        "title": source.title,
        "publisher": source.publisher,
        "url": source.url,
        "date": source.date,
        "confidence": "own estimate" if source.own_estimate else source.confidence,
        "used": told[:4],
        "more": max(0, more),
    }


def again(result: Result, command: str) -> dict[str, Any]:
    """How to get the same answer: what to type, with which program and catalog."""
    timings, provenance = result.timings, result.provenance
    proof = {
        "optimal": "Optimal, proven",
        "feasible": f"Feasible: {bound_text(result.objective)}",
        "infeasible": "Infeasible, proven",
        "unknown": "No answer",
    }[result.status]
    rows = [
        ("Proof", f"{proof} in {q.seconds(timings.total_s)}"),
        (
            "Searched",
            f"{q.count(timings.deployments, 'deployment')}"
            f" ({q.number(timings.scored)} scored, bounds decided about the others),"
            f" {q.count(timings.candidates, 'candidate part')}",
        ),
        ("Catalog", f"{provenance.catalog_date}, sha256 {provenance.catalog_sha256}"),
        ("Oldest price", provenance.oldest_offer or "no price used"),
        ("Program", ", ".join(f"{name} {number}" for name, number in provenance.versions.items())),
        ("Seed, time limit", f"{timings.seed}, {timings.time_limit_s:g} s"),
    ]
    request = json.dumps(result.request.model_dump(mode="json", by_alias=True), indent=2)
    return {"command": command, "rows": rows, "request": request.splitlines()}
