"""A verified choice to the answer that people and programs read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.air import air_cfm
from optimizer.catalog.catalog import Catalog
from optimizer.finance.tco import MONTHS_PER_YEAR, cents_per_million_tokens
from optimizer.instance.admitted import SOLVED_KINDS
from optimizer.instance.choice import Choice
from optimizer.instance.items import Instance, Item, PlatformItem, Purchase
from optimizer.physics.heat import NOISE_SCALE, btu_h, noise_dba
from optimizer.schema.build import (
    BillLine,
    Build,
    CostLine,
    Costs,
    DeploymentUsed,
    LimitUse,
    MemoryUse,
    OfferUsed,
    Performance,
    PowerUse,
    ShelfLine,
)
from optimizer.schema.components import Accelerator
from optimizer.schema.explanation import RepairBuild
from optimizer.schema.offer import Offer
from optimizer.solve.launch import Launch
from optimizer.solve.plugs import cooling_plugs_of, plugs_of
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use

SCALES: dict[str, tuple[str, float]] = {
    "cents": ("USD", 100),
    "milli-tok/s": ("tok/s", 1000),
    "us": ("s", 10**6),
    "U/10": ("U", 10),
    "kg/10": ("kg", 10),
    "C/10": ("C", 10),
}
"""Unit of a check -> (unit for people, divisor)."""


def build_document(
    choice: Choice, instance: Instance, uses: Mapping[str, list[Use]], catalog: Catalog
) -> Build:
    """The answer, from a choice that passed every check (``uses``)."""
    audit = Audit(choice, instance)
    return Build(
        nodes=instance.case.nodes,
        platform=choice.platform,
        bill_of_materials=tuple(_bill(audit, catalog)),
        deployment=_deployment(audit, catalog),
        limits=tuple(limit_use(rule, use) for rule, rows in uses.items() for use in rows),
        performance=_performance(audit),
        memory=_memory(audit),
        power=PowerUse(
            peak_wall_w=audit.build_peak_w,
            average_wall_w=audit.build_average_w,
            idle_wall_w=audit.build_idle_w,
            heat_btu_h=btu_h(audit.build_peak_w),
            airflow_cfm=_airflow_cfm(audit),
            ups_loss_w=audit.ups_loss_w,
            cooling_w=sum(i.power.peak_w * n for i, n in audit.on_site("cooling")),
        ),
        plug_plan=tuple(plugs_of(audit)),
        cooling_plugs=tuple(cooling_plugs_of(audit)),
        costs=_costs(audit),
        shelf=tuple(_shelf(audit, catalog)),
    )


def _airflow_cfm(audit: Audit) -> int:
    """Air that carries the heat away at the site's rise and altitude."""
    site = audit.instance.request.site
    return air_cfm(audit.air_heat_w, site.air_rise_c, site.altitude_m)


def _bill(audit: Audit, catalog: Catalog) -> list[BillLine]:
    lines = [_line(p, n, audit.instance.items[p.component]) for p, n in audit.bought]
    lines.sort(key=lambda line: (SOLVED_KINDS.index(line.kind), -line.total_usd, line.id))
    at = next(i for i, line in enumerate(lines) if line.id == audit.platform.id)
    inside = _included(audit.platform, audit.instance.case.nodes, lines[at], catalog)
    return lines[: at + 1] + inside + lines[at + 1 :]


def _shelf(audit: Audit, catalog: Catalog) -> Iterator[ShelfLine]:
    """What becomes of the parts that are owned already."""
    used = {p.component: n for p, n in audit.bought if p.condition == "owned"}
    for part in audit.instance.request.policy.owned:
        kept = used.get(part.id, 0)
        left = part.quantity - kept
        yield ShelfLine(
            id=part.id,
            name=catalog.components[part.id].name,
            condition=part.condition,
            owned=part.quantity,
            kept=kept,
            left=left,
            resale_usd=None if part.resale_usd is None else round(part.resale_usd * left, 2),
        )


def _line(purchase: Purchase, quantity: int, item: Item) -> BillLine:
    offer = purchase.offer
    return BillLine(
        id=purchase.component,
        kind=purchase.kind,
        name=item.name,
        quantity=quantity,
        condition=purchase.condition,
        unit_price_usd=purchase.unit.price / 100,
        total_usd=purchase.unit.price * quantity / 100,
        offer=None if offer is None else _offer(offer),
    )


def _offer(offer: Offer) -> OfferUsed:
    return OfferUsed(
        vendor=offer.vendor,
        as_of=offer.date,
        source=offer.source,
        url=offer.url,
        confidence=offer.confidence,
        estimated=offer.is_estimate,
    )


def _included(
    platform: PlatformItem, nodes: int, line: BillLine, catalog: Catalog
) -> list[BillLine]:
    return [
        BillLine(
            id=component,
            kind=catalog.kinds[component],
            name=catalog.components[component].name,
            quantity=quantity * nodes,
            condition=line.condition,
            unit_price_usd=0.0,
            total_usd=0.0,
            included=True,
            offer=None,
        )
        for component, quantity in platform.included
    ]


def _deployment(audit: Audit, catalog: Catalog) -> DeploymentUsed:
    d, instance = audit.deployment, audit.instance
    workload = instance.request.workloads[0]
    llm, engine = catalog.llms[workload.llm], catalog.engines[d.engine]
    card = catalog.components[audit.host.accelerator]
    assert isinstance(card, Accelerator)
    return DeploymentUsed(
        llm=llm.id,
        engine=engine.id,
        engine_version=engine.version,
        weight_format=d.weight_format,
        kv_format=d.kv_format,
        accelerator=card.id,
        fabric=audit.host.fabric,
        tensor_parallel=d.tensor_parallel,
        pipeline_parallel=d.pipeline_parallel,
        replicas=d.replicas,
        accelerators_per_node=audit.host.count,
        nodes=instance.case.nodes,
        context=workload.context,
        concurrency=workload.concurrency,
        sequences_at_saturation=d.sequences,
        power_cap_w=d.cap_w,
        full_power_w=card.tdp_w or 0,
        speed_kept=d.kept_permille / 1000,
        launch_command=Launch(d, llm, engine, workload, instance.case.nodes).command,
        min_cuda=_newest(engine.min_cuda, card.min_cuda),
        min_driver=_newest(engine.min_driver, card.min_driver),
        container=engine.container,
    )


def _newest(*versions: str | None) -> str:
    """The highest of dotted versions such as 11.8 or R570; words count as lowest."""

    def parts(text: str) -> tuple[int, ...]:
        numbers = text.lstrip("Rr").split(" ")[0].split(".")
        return tuple(int(n) for n in numbers if n.isdigit())

    return max((v for v in versions if v), key=parts, default="not known")


def limit_use(rule: str, use: Use) -> LimitUse:
    """A row of a check in the units people read."""
    if use.unit == "10^-3 of 0 dBA":
        used, available = (noise_dba(e / NOISE_SCALE) for e in (use.used, use.available))
        return LimitUse(rule=rule, scope="noise at 1 m", used=used, available=available, unit="dBA")
    unit, divisor = SCALES.get(use.unit, (use.unit, 1))
    return LimitUse(
        rule=rule,
        scope=use.scope,
        used=use.used / divisor,
        available=use.available / divisor,
        unit=unit,
    )


def _performance(audit: Audit) -> Performance:
    d = audit.deployment
    output = d.output_milli / 1000
    low, high = (permille / 1000 for permille in d.band_permille)
    return Performance(
        output_tok_s=output,
        tok_s_per_user=d.user_milli / 1000,
        tok_s_per_user_at_saturation=d.saturated_user_milli / 1000,
        decode_tok_s_batch1=d.batch1_milli / 1000,
        ttft_s=d.ttft_us / 10**6,
        tpot_ms=d.tpot_us / 1000,
        basis=d.basis,
        error_band_pct=round(100 * max(low, high), 1),
        output_tok_s_low=round(output * (1 - low), 3),
        output_tok_s_high=round(output * (1 + high), 3),
    )


def _memory(audit: Audit) -> MemoryUse:
    weights, kv, activations, runtime = audit.deployment.memory_parts_mib
    return MemoryUse(
        weights_mib=weights,
        kv_cache_mib=kv,
        activations_mib=activations,
        runtime_mib=runtime,
        usable_mib=audit.deployment.vram_usable_mib,
    )


def _costs(audit: Audit) -> Costs:
    summary, finance = audit.costs, audit.instance.request.finance
    workload = audit.instance.request.workloads[0]
    duty, monthly = workload.duty, summary.tco / 100 / (finance.horizon_years * MONTHS_PER_YEAR)
    per_million = None
    if duty > 0 and audit.deployment.output_milli > 0:
        cents = cents_per_million_tokens(
            summary.tco, audit.deployment.output_milli, duty, finance.horizon_years
        )
        per_million = round(cents / 100, 6)
    return Costs(
        capex_usd=summary.capex / 100,
        opex_usd=summary.opex / 100,
        tco_usd=summary.tco / 100,
        tco_discounted_usd=summary.discounted / 100,
        tco_usd_per_month=round(monthly, 6),
        tco_usd_per_user_month=round(monthly / workload.concurrency, 6),
        usd_per_million_output_tokens=per_million,
        lines=tuple(CostLine(item=k, usd=v / 100) for k, v in summary.lines.items()),
    )


def brief(build: Build) -> RepairBuild:
    """A build in a few figures."""
    used = build.deployment
    names = {line.id: line.name for line in build.bill_of_materials}
    return RepairBuild(
        accelerator=used.accelerator,
        accelerator_name=names.get(used.accelerator, used.accelerator),
        accelerators=used.accelerators_per_node * build.nodes,
        nodes=build.nodes,
        platform=build.platform,
        weight_format=used.weight_format,
        capex_usd=build.costs.capex_usd,
        tco_usd=build.costs.tco_usd,
        output_tok_s=build.performance.output_tok_s,
        tok_s_per_user=build.performance.tok_s_per_user,
    )
