"""Owning a build against renting capacity that serves the same workload.

The document made here is what ``--json`` prints and what the page is drawn from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from optimizer.catalog.catalog import Catalog
from optimizer.finance import cash, cloud
from optimizer.schema.build import Build, Result
from optimizer.schema.components import Accelerator
from optimizer.schema.offer import CloudRate
from optimizer.schema.request import Request
from optimizer.studies.capacity import Capacity, Need, capacity_scorer, least_capacity
from optimizer.studies.ledger import Billing, Ledger
from optimizer.units import months_between

Match = Literal["throughput", "speed", "targets", "load"]
OLD_MONTHS = 6
"""A rate older than this is flagged, and used only where there is no newer one."""
NOT_HELD = ("spot", "average", "median", "band", "dev")
"""Terms left out unless asked for: capacity that may be taken back, statistics, no production."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to rent: how it is matched with the build, from whom, on which terms."""

    match: Match | None = None
    providers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    rent_change: float = 0.0
    """Change of rents per year; 0 keeps today's. A commitment keeps its price until it ends."""
    egress_usd_per_month: float = 0.0
    """Traffic out of the cloud, beside every rent."""
    api_output_usd: float | None = None
    """Dollars per million output tokens of an API; ``None`` leaves that option out."""
    api_input_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Rented:
    """Capacity with its rate."""

    capacity: Capacity
    rate: CloudRate
    stale: bool

    @property
    def monthly(self) -> float:
        """Dollars a month, always on."""
        return cloud.monthly_bill(self.rate.usd_per_gpu_hour, self.capacity.accelerators)

    @property
    def committed(self) -> bool:
        """Paid whether it runs or not."""
        return "commit" in self.rate.term.lower()

    @property
    def committed_months(self) -> int:
        """Length of a commitment, such as that of a ``1-year commit``; 0 without one."""
        found = re.match(r"(\d+)-(year|month)", self.rate.term.lower())
        if not self.committed or found is None:
            return 0
        return int(found[1]) * (cash.MONTHS_PER_YEAR if found[2] == "year" else 1)


def default_match(request: Request) -> Match:
    """The build's own throughput or speed where that was maximised, else what was asked for."""
    if request.objective in ("tco", "capex"):
        return "targets"
    return "speed" if request.objective == "speed" else "throughput"


def need_of(match: Match, request: Request, build: Build) -> Need:
    """What rented capacity must reach. ``load``: the mean over all hours, busy and idle."""
    workload, made = request.workloads[0], build.performance
    targets = workload.targets
    output = ceil(round((targets.min_tok_s or 0.0) * 1000, 3))
    user = ceil(round(targets.min_tok_s_per_user * 1000, 3))
    ttft = None if targets.max_ttft_s is None else int(targets.max_ttft_s * 1_000_000)
    if match == "throughput":
        output = round(made.output_tok_s * 1000)
    elif match == "load":
        output = ceil(round(made.output_tok_s * 1000 * workload.duty, 6))
    elif match == "speed":
        user = round(made.tok_s_per_user * 1000)
    return Need(output, user, ttft)


def today_of(request: Request, catalog: Catalog) -> str:
    """The day on which rates are looked at: that of the request, or of the newest observation."""
    newest = max((rate.date for rate in catalog.cloud_rates.values()), default="")
    return request.finance.prices_as_of or max(catalog.date, newest)


def best_rates(request: Request, catalog: Catalog, wish: Wish) -> dict[str, tuple[CloudRate, bool]]:
    """Accelerator -> its lowest rate that one can hold, and whether that is old.

    Of each provider and term only the newest day counts; rates older than the request accepts are
    left out.
    """
    today = today_of(request, catalog)
    newest: dict[tuple[str, str, str], str] = {}
    held = [rate for rate in catalog.cloud_rates.values() if _admits(rate, request, wish, today)]
    for rate in held:
        key = (rate.accelerator, rate.provider, rate.term)
        newest[key] = max(newest.get(key, ""), rate.date)
    best: dict[str, tuple[CloudRate, bool]] = {}
    for rate in sorted(held, key=lambda r: (r.usd_per_gpu_hour, r.id)):
        if rate.date < newest[rate.accelerator, rate.provider, rate.term]:
            continue
        stale = months_between(rate.date, today) > OLD_MONTHS
        found = best.get(rate.accelerator)
        if found is None or (found[1] and not stale):
            best[rate.accelerator] = (rate, stale)
    return best


def _admits(rate: CloudRate, request: Request, wish: Wish, today: str) -> bool:
    if rate.date > today + "~" or rate.accelerator in request.policy.exclude:
        return False
    if months_between(rate.date, today) > request.policy.max_price_age_months:
        return False
    if wish.providers and rate.provider not in wish.providers:
        return False
    if wish.terms:
        return rate.term in wish.terms
    term = rate.term.lower()
    return "commit" not in term and not any(term.startswith(word) for word in NOT_HELD)


def rent_study(
    result: Result,
    catalog: Catalog,
    wish: Wish,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Price the capacity that serves the same workload, and compare it with the build.

    ``result`` must hold a build.
    """
    request, build = result.request, result.build
    assert build is not None
    match = wish.match or default_match(request)
    need = need_of(match, request, build)
    rented, none = _capacities(request, catalog, wish, need, progress)
    rented.sort(key=lambda r: (r.monthly, r.rate.id))
    cheapest = rented[0] if rented else None
    ledger = Ledger.of(request, build, wish.rent_change)
    billings = list(_billings(cheapest, ledger, match, wish))
    return {
        "schema_version": "1",
        "match": match,
        "need": {
            "output_tok_s": need.output_milli / 1000,
            "tok_s_per_user": need.user_milli / 1000,
            "max_ttft_s": None if need.ttft_us is None else need.ttft_us / 1_000_000,
        },
        "today": today_of(request, catalog),
        "rent_change": wish.rent_change,
        "own": _own(build, catalog, ledger),
        "clouds": [_cloud(r, catalog, ledger, match) for r in rented],
        "not_rented": none,
        "egress_usd_per_month": wish.egress_usd_per_month,
        "api": _api(ledger, wish),
        "plans": [_plan(billing, ledger) for billing in billings],
        "crossover": _crossover(billings, build, ledger),
        "curves": _curves(billings, ledger) if billings else None,
        "result": result.model_dump(mode="json"),
    }


def _capacities(
    request: Request,
    catalog: Catalog,
    wish: Wish,
    need: Need,
    progress: Callable[[str], None] | None,
) -> tuple[list[Rented], list[dict[str, str]]]:
    """Capacity of every accelerator with a rate, and why others have none."""
    rates = best_rates(request, catalog, wish)
    cards = {i: catalog.components[i] for i in sorted(rates)}
    known = {i: card for i, card in cards.items() if isinstance(card, Accelerator)}
    scorer = capacity_scorer(request, catalog, known)
    found, none = [], []
    for index, card in known.items():
        if progress is not None:
            progress(f"how many {card.name} would serve this?")
        capacity = least_capacity(scorer, card, need)
        if capacity is None:
            reason = "no layout inside instances of 1, 2, 4 or 8 serves this, or no speed is known"
            none.append({"accelerator": index, "name": card.name, "reason": reason})
            continue
        found.append(Rented(capacity, *rates[index]))
    return found, none


def _own(build: Build, catalog: Catalog, ledger: Ledger) -> dict[str, Any]:
    used = build.deployment
    return {
        "accelerators": used.tensor_parallel * used.pipeline_parallel * used.replicas,
        "accelerator": catalog.components[used.accelerator].name,
        "output_tok_s": build.performance.output_tok_s,
        "tok_s_per_user": build.performance.tok_s_per_user,
        "capex_usd": ledger.capex,
        "running_usd_per_month": round(ledger.monthly_running, 2),
        "resale_usd": ledger.resale,
        "tco_usd": build.costs.tco_usd,
        "duty": ledger.duty,
        "horizon_years": ledger.years,
        "discount_rate": ledger.discount_rate,
    }


def _cloud(rented: Rented, catalog: Catalog, ledger: Ledger, match: Match) -> dict[str, Any]:
    rate, capacity = rented.rate, rented.capacity
    made = capacity.deployment
    simple = cloud.break_even_months(ledger.capex, rented.monthly)
    source = catalog.source_of(rate.source)
    return {
        "accelerator": rate.accelerator,
        "name": catalog.components[rate.accelerator].name,
        "accelerators": capacity.accelerators,
        "per_instance": capacity.per_instance,
        "instances": capacity.instances,
        "weight_format": made.weight_format,
        "layout": [made.tensor_parallel, made.pipeline_parallel, made.replicas],
        "output_tok_s": made.output_milli / 1000,
        "tok_s_per_user": made.user_milli / 1000,
        "provider": rate.provider,
        "term": rate.term,
        "date": rate.date,
        "stale": rented.stale,
        "usd_per_gpu_hour": rate.usd_per_gpu_hour,
        "notes": rate.notes,
        "source": {"title": source.title, "publisher": source.publisher, "url": source.url},
        "usd_per_month_always_on": round(rented.monthly, 2),
        "usd_per_month_busy_hours": (
            round(rented.monthly * ledger.duty, 2) if _by_hour(rented, match) else None
        ),
        "break_even_months": None if simple is None else round(simple, 2),
    }


def _by_hour(rented: Rented, match: Match) -> bool:
    """Whether paying for busy hours alone makes sense: not where idle hours are paid, or used."""
    return match != "load" and not rented.committed


def _billings(rented: Rented | None, ledger: Ledger, match: Match, wish: Wish) -> Iterator[Billing]:
    """Each way to pay for the cheapest capacity, and for an API where its price is given."""
    egress = wish.egress_usd_per_month
    if rented is not None:
        yield Billing("always_on", rented.monthly + egress, rented.committed_months)
        if _by_hour(rented, match):
            yield Billing("busy_hours", rented.monthly * ledger.duty + egress)
            share = cloud.serving_share(
                ledger.duty, ledger.output_tok_s, rented.capacity.deployment.output_milli / 1000
            )
            if share is not None:
                yield Billing("by_request", rented.monthly * share + egress)
    api = _api(ledger, wish)
    if api is not None:
        yield Billing("api", api["usd_per_month"])


def _api(ledger: Ledger, wish: Wish) -> dict[str, Any] | None:
    """Tokens of the build's duty cycle at the prices of an API.

    ``break_even_factor``: at so many times its prices the API costs what owning does.
    """
    if wish.api_output_usd is None:
        return None
    outputs = ledger.million_tokens_per_month
    inputs = outputs * ledger.tokens_in_per_out
    owned = ledger.upfront + sum(ledger.running) - ledger.resale
    monthly = outputs * wish.api_output_usd + inputs * wish.api_input_usd
    return {
        "output_usd_per_million": wish.api_output_usd,
        "input_usd_per_million": wish.api_input_usd,
        "million_output_tokens_per_month": round(outputs, 4),
        "million_input_tokens_per_month": round(inputs, 4),
        "usd_per_month": round(monthly, 2),
        "break_even_factor": round(owned / ledger.months / monthly, 6) if monthly else None,
    }


def _plan(billing: Billing, ledger: Ledger) -> dict[str, Any]:
    """Owning against one way to pay."""
    owned = cash.cumulative(ledger.upfront, ledger.running)
    rents = ledger.rents(billing)
    flows = cash.avoided(ledger.upfront, ledger.running, rents, ledger.resale)
    simple = cloud.break_even_months(ledger.capex, billing.monthly)
    full = cloud.break_even_months(ledger.capex, billing.monthly, ledger.monthly_running)
    yearly = cash.yearly_return(flows)
    return {
        "billing": billing.name,
        "usd_per_month": round(billing.monthly, 2),
        "committed_months": billing.committed_months,
        "rent_usd": round(sum(rents), 2),
        "own_usd": round(owned[-1] - ledger.resale, 2),
        "break_even_simple_months": None if simple is None else round(simple, 2),
        "break_even_full_months": None if full is None else round(full, 2),
        "payback_month": cash.payback_month(owned, cash.cumulative(0.0, rents)),
        "npv_usd": round(cash.net_present_value(flows, ledger.discount_rate), 2),
        "irr": None if yearly is None else round(yearly, 6),
    }


def _crossover(
    billings: Sequence[Billing], build: Build, ledger: Ledger
) -> dict[str, float | None] | None:
    """Share of busy hours above which owning is cheaper, against each bill that follows use.

    ``busy_share`` against renting busy hours, ``api_share`` against the API.
    """
    bills = {b.name: b for b in billings}
    keys = {"busy_hours": "busy_share", "by_request": "request_share", "api": "api_share"}
    power, energy = build.power, ledger.lines["energy"]
    idle, busy = cloud.energy_at_shares(
        energy, power.average_wall_w, power.idle_wall_w, ledger.duty
    )
    fixed = build.costs.tco_usd - energy
    found: dict[str, float | None] = {}
    for name, key in keys.items():
        if name in bills:
            full = sum(ledger.rents(bills[name])) / ledger.duty
            share = cloud.crossover_share(fixed, idle, busy, full)
            found[key] = None if share is None else round(share, 4)
    return found or None


def _curves(billings: Sequence[Billing], ledger: Ledger) -> dict[str, Sequence[float]]:
    """Dollars paid by the end of each month, month 0 first; resale is not in them."""

    def rounded(values: Sequence[float]) -> list[float]:
        return [round(v, 2) for v in values]

    curves: dict[str, Sequence[float]] = {
        "month": list(range(len(ledger.running) + 1)),
        "own": rounded(cash.cumulative(ledger.upfront, ledger.running)),
    }
    for billing in billings:
        curves[billing.name] = rounded(cash.cumulative(0.0, ledger.rents(billing)))
    return curves
