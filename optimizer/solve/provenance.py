"""What an answer rests on: estimates, the oldest price, versions; and what to be wary of."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from optimizer.catalog.catalog import Catalog
from optimizer.instance.caps import MEASURED
from optimizer.schema.base import Sourced
from optimizer.schema.build import Build, Estimate, OverlayChange, Provenance
from optimizer.schema.components import Accelerator, Platform, PlatformPower, Psu
from optimizer.schema.request import FINANCE_KEYS, Request
from optimizer.solve.handling import handling_warnings
from optimizer.solve.lexicographic import Outcome
from optimizer.units import months_between

OLD_MONTHS = 6
PACKAGES = ("llm-build-optimizer", "ortools", "pydantic")


def provenance_of(request: Request, catalog: Catalog, build: Build | None) -> Provenance:
    """Catalog, versions, every estimate in the chain, and the date of the oldest price used."""
    used = [] if build is None else _records(request, catalog, build)
    estimates = {(r.id, field) for r in used for field in r.estimated}
    estimates |= set() if build is None else _estimated_offers(catalog, build)
    estimates |= set() if build is None else _assumed(request, catalog)
    estimates |= set() if build is None else _under_a_cap(build)
    estimates |= set() if build is None else _plugged_in(request, catalog, build)
    estimates |= set() if build is None else _surging(catalog, build)
    if request.site.id not in catalog.sites or request.site.estimated:
        estimates |= {(request.site.id, field) for field in request.site.estimated}
    return Provenance(
        catalog_sha256=catalog.sha256,
        catalog_date=catalog.date,
        versions=dict(_installed()),
        estimates=tuple(Estimate(component=c, field=f) for c, f in sorted(estimates)),
        oldest_offer=_oldest(build),
        overlays=tuple(
            OverlayChange(
                overlay=c.overlay, action=c.action, section=c.section, entry=c.entry, keys=c.keys
            )
            for c in catalog.changes
        ),
    )


def _records(request: Request, catalog: Catalog, build: Build) -> list[Sourced]:
    """Every catalog entry that the build's numbers come from."""
    lines = [catalog.components[line.id] for line in build.bill_of_materials]
    kinds = {line.kind for line in build.bill_of_materials}
    classes = {catalog.cost_classes[k].id: catalog.cost_classes[k] for k in kinds}
    served = [
        catalog.llms[build.deployment.llm],
        catalog.engines[build.deployment.engine],
        catalog.components[build.deployment.accelerator],
        catalog.calibration(),
    ]
    return [*lines, *classes.values(), *served]


def _estimated_offers(catalog: Catalog, build: Build) -> set[tuple[str, str]]:
    """(component, price) for each line whose price nobody published."""
    found = set()
    for line in build.bill_of_materials:
        if line.offer is None:
            continue
        for offer in catalog.offers.get(line.id, ()):
            same = (offer.condition, offer.date, offer.vendor, offer.source) == (
                line.condition,
                line.offer.as_of,
                line.offer.vendor,
                line.offer.source,
            )
            if same and offer.estimated:
                found.add((line.id, "price"))
    return found


FINANCED = {"loan_rate": "loan", "loan_share": "loan", "lease_per_month": "lease"}
"""Assumptions that say something only with one way to pay."""


def _assumed(request: Request, catalog: Catalog) -> set[tuple[str, str]]:
    """Estimated assumptions that the answer rests on: as the catalog has them, and not nothing."""
    finance, found = request.finance, set()
    for key, record in catalog.assumptions.items():
        if "default" not in record.estimated or key == "price_correlation":
            continue
        value = request.workloads[0].duty if key == "duty" else getattr(finance, FINANCE_KEYS[key])
        idle = FINANCED.get(key, finance.financing) != finance.financing
        if value == record.default and value not in (0, "cash") and not idle:
            found.add(("assumptions", key))
    return found


def _under_a_cap(build: Build) -> set[tuple[str, str]]:
    """(accelerator, field) where its speed under a power limit is that of its class."""
    used = build.deployment
    if used.speed_kept >= 1 or used.accelerator.startswith(MEASURED):
        return set()
    return {(used.accelerator, "speed_kept")}


def _surging(catalog: Catalog, build: Build) -> set[tuple[str, str]]:
    """What is drawn and borne for milliseconds by class, not by measurement or data sheet."""
    records = [catalog.components[line.id] for line in build.bill_of_materials]
    found = {(r.id, "design") for r in records if isinstance(r, Psu) and r.design is None}
    found |= {(r.id, "power.design") for r in records if isinstance(r, Platform) and r.power}
    card = catalog.components[build.deployment.accelerator]
    if isinstance(card, Accelerator) and card.peak_over_tdp is None:
        found.add((card.id, "peak_over_tdp"))
    return found


def _plugged_in(request: Request, catalog: Catalog, build: Build) -> set[tuple[str, str]]:
    """Receptacles that the site does not name, and inlets by class where outlets are counted."""
    used = [p for p in build.plug_plan if p.plugged]
    found = {(request.site.id, "circuits.outlet")} if any(p.outlet_assumed for p in used) else set()
    for line in build.bill_of_materials if any(p.cords for p in used) else ():
        record = catalog.components[line.id]
        supply = record.power if isinstance(record, Platform) else record
        if isinstance(supply, Psu | PlatformPower) and supply.inlet is None:
            found.add((line.id, "inlet"))
    return found


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    """Releases of what computes; read once, for reading them takes longer than a check."""
    found = {"python": ".".join(str(n) for n in sys.version_info[:3])}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return tuple(found.items())


def _oldest(build: Build | None) -> str | None:
    if build is None:
        return None
    return min((ln.offer.as_of for ln in build.bill_of_materials if ln.offer), default=None)


def warnings_of(
    request: Request, catalog: Catalog, build: Build | None, outcome: Outcome
) -> list[str]:
    """What a careful reader should know before spending money."""
    found = []
    if build is not None:
        today = request.finance.prices_as_of or catalog.date
        old = [
            line.name
            for line in build.bill_of_materials
            if line.offer is not None and months_between(line.offer.as_of, today) > OLD_MONTHS
        ]
        if old:
            names = ", ".join(old[:3]) + (f" and {len(old) - 3} more" if len(old) > 3 else "")
            count = "1 price is" if len(old) == 1 else f"{len(old)} prices are"
            found.append(f"{count} older than {OLD_MONTHS} months on {today}: {names}")
        if build.performance.basis != "measured":
            found.append(
                f"speeds are {build.performance.basis}, not measured on this build: "
                f"within ±{build.performance.error_band_pct:g} % in 8 of 10 comparisons"
            )
    if build is not None:
        found += handling_warnings(request.site, catalog, build)
        bare = sorted({p.outlet or p.circuit for p in build.plug_plan if p.plugged and p.unplanned})
        if bare:
            found.append(
                f"no rack strip for {' and '.join(bare)} can be had: how the supplies plug in "
                "there is not planned"
            )
    if outcome.status == "optimal" and not outcome.ties_broken:
        found.append("time ran out while breaking ties: an equally good build may exist")
    return found
