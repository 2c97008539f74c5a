"""The sections of the page that say what the answer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.report import quantity as q
from optimizer.report.answer import (
    command_lines,
    goal_text,
    headline,
    layout_parts,
    speed_rows,
)
from optimizer.report.bill import ordered
from optimizer.report.charts.answer import cost_chart, memory_chart, spending_chart
from optimizer.report.charts.room import plug_chart, rack_chart
from optimizer.report.limits import TIGHT, rows_of
from optimizer.report.plugs import place_of
from optimizer.report.room import racked
from optimizer.report.style import clean
from optimizer.report.tables import cost_lines, memory_parts
from optimizer.schema.build import BillLine, Build, Plug, PluggedSupply, Result

STATUS = {
    "optimal": ("good", "proven optimal"),
    "feasible": ("warn", "not proven"),
    "infeasible": ("bad", "proven infeasible"),
    "unknown": ("warn", "no answer yet"),
}


def verdict(result: Result) -> dict[str, str]:
    """The answer in a sentence, its status in words and as a colour."""
    tone, status = STATUS[result.status]
    if result.build is not None:
        sentence, status = headline(result)
        return {"tone": tone, "status": status, "text": sentence, "goal": goal_text(result)}
    if result.status == "infeasible":
        text = "No build satisfies this request"
        return {"tone": tone, "status": status, "text": text, "goal": ""}
    text = "Interrupted before a build was found; nothing is proven either way"
    if not result.interrupted:
        limit = f"{result.timings.time_limit_s:g} s"
        text = f"No build was found within {limit}, and none is proven impossible"
    return {"tone": tone, "status": status, "text": text, "goal": ""}


def build_section(result: Result, catalog: Catalog, names: Mapping[str, str]) -> dict[str, Any]:
    """Everything about the build."""
    build, request = result.build, result.request
    assert build is not None
    finance = request.finance
    rows = rows_of(build)
    return {
        "tiles": _tiles(build),
        "bill": [_bill_line(line, catalog) for line in ordered(build.bill_of_materials)],
        "bill_total": q.usd(sum(line.total_usd for line in build.bill_of_materials)),
        "guessed": _guessed(build),
        "limits": [{"row": row, "tight": row.share >= TIGHT} for row in rows],
        "speed": speed_rows(build, request.workloads),
        "basis": build.performance.basis,
        "band": q.number(build.performance.error_band_pct),
        "memory": memory_parts(build),
        "memory_used": sum(mib for _, mib in memory_parts(build)),
        "memory_usable": build.memory.usable_mib,
        "gib": q.gib,
        "shelf": _shelf(build),
        "power": _power(build),
        "plugs": _plugs(build),
        "years": f"{finance.horizon_years:.3g} year{'s' * (finance.horizon_years != 1)}",
        "costs": [(item, q.usd(usd)) for item, usd in cost_lines(build)],
        "tco": q.usd(build.costs.tco_usd),
        "discounted": q.usd(build.costs.tco_discounted_usd),
        "discount_rate": q.percent(finance.discount_rate),
        "per_million": _per_million(result),
        "per_month": q.usd(build.costs.tco_usd_per_month),
        "per_user": q.usd(build.costs.tco_usd_per_user_month),
        "charts": {
            "memory": memory_chart(build),
            "plugs": plug_chart(build),
            "rack": rack_chart(racked(build, catalog), request.site.rack.units),
            "cost": cost_chart(build, finance.horizon_years),
            "spending": spending_chart(build, finance),
        },
        "software": _software(build, names),
        "layout": layout_parts(build),
        "launch": command_lines(clean(build.deployment.launch_command), 76),
    }


def _tiles(build: Build) -> list[tuple[str, str, str]]:
    """(figure, unit, what) of the figures that decide."""
    made, costs = build.performance, build.costs
    users = q.count(build.deployment.concurrency, "user")
    tiles = [
        (q.three(made.output_tok_s), "tok/s", "throughput of the whole build"),
        (
            q.three(made.tok_s_per_user),
            "tok/s",
            f"for each of {users}" if users != "1 user" else "for one user",
        ),
        (q.usd(costs.capex_usd), "", "to buy"),
        (q.usd(costs.tco_usd), "", "total cost of ownership"),
        (q.watts(build.power.peak_wall_w), "", "peak at the wall"),
    ]
    if costs.usd_per_million_output_tokens is not None:
        each = q.usd(costs.usd_per_million_output_tokens)
        tiles.insert(4, (each, "", "per million output tokens"))
    return tiles


def _bill_line(line: BillLine, catalog: Catalog) -> dict[str, Any]:
    """One part: price, who asks it, when it was seen, and the page that says so."""
    offer = line.offer
    told: dict[str, Any] = {
        "name": line.name,
        "kind": line.kind,
        "quantity": f"{line.quantity:,}",
        "included": line.included,
        "condition": line.condition,
        "unit": q.usd(line.unit_price_usd) if line.unit_price_usd < 10 else _cents(line),
        "total": q.usd(line.total_usd),
        "vendor": "",
        "url": None,
        "date": "",
        "estimated": False,
        "source": "",
    }
    if offer is not None:
        source = catalog.sources.get(offer.source.split("#")[0])
        told |= {
            "vendor": offer.vendor,
            "url": offer.url or (source.url if source is not None else None),
            "date": offer.as_of[:10],
            "estimated": offer.estimated,
            "source": source.title if source is not None else offer.source,
        }
    return told


def _cents(line: BillLine) -> str:
    """With cents where the total would not follow without them."""
    price = line.unit_price_usd
    odd = line.quantity > 1 and price < 1000 and abs(price - round(price)) >= 0.005
    return f"${q.number(price, 2)}" if odd else q.usd(price)


def _guessed(build: Build) -> str:
    """How much of the purchase is priced by judgement; empty where nothing is."""
    lines = [b for b in build.bill_of_materials if b.offer is not None and b.offer.estimated]
    return q.usd(sum(b.total_usd for b in lines)) if lines else ""


def _shelf(build: Build) -> list[tuple[str, str, str, str]]:
    """(part, kept, left, what the rest would fetch) of what was on the shelf."""
    return [
        (
            line.name,
            f"{line.kept:,} of {line.owned:,}",
            f"{line.left:,}",
            "" if line.resale_usd is None or not line.left else q.usd(line.resale_usd),
        )
        for line in build.shelf
    ]


def _plugs(build: Build) -> dict[str, Any]:
    """Circuit by circuit: what plugs into it, what it carries, and in the worst state."""
    used = [p for p in build.plug_plan if p.supplies or p.load_w]
    several = any(s.node > 1 for p in used for s in p.plugged)
    rows = [
        {
            "circuit": p.circuit,
            "feed": (p.feed or "").upper(),
            "outlet": ", ".join(text for text in (place_of(p, build), _receptacle(p)) if text),
            "supplies": ", ".join(_supply(s, several) for s in p.plugged) or f"{p.supplies:,}",
            "load": f"{q.watts(p.load_w)} of {q.watts(p.continuous_w)}",
            "worst": "" if p.worst_w is None else f"{q.watts(p.worst_w)} ({p.worst})",
        }
        for p in used
    ]
    names = {line.id: line.name for line in build.bill_of_materials}
    for unit in build.cooling_plugs:
        own = {"circuit": unit.circuit, "feed": "", "outlet": "", "worst": ""}
        alone = names.get(unit.component, unit.component)
        rows.append({**own, "supplies": f"{alone}, alone", "load": q.watts(unit.load_w)})
    return {"rows": rows, "has": {key for row in rows for key, text in row.items() if text}}


def _receptacle(plug: Plug) -> str:
    """What the circuit ends in, marked where the site does not say."""
    return f"{plug.outlet or ''}{' (usual)' if plug.outlet_assumed else ''}"


def _supply(plugged: PluggedSupply, several: bool) -> str:
    """``PSU 1``, ``server 2 PSU 1``, with the lines of a three-phase circuit."""
    lead = f"server {plugged.node} " if several else ""
    lines = f" ({plugged.lines})" if plugged.lines else ""
    return f"{lead}PSU {plugged.supply}{lines}"


def _power(build: Build) -> list[tuple[str, str, str]]:
    p = build.power
    rows = [
        ("Peak at the wall", q.watts(p.peak_wall_w), "what circuits and supplies must carry"),
        ("Average", q.watts(p.average_wall_w), "what the energy bill counts"),
        ("Idle", q.watts(p.idle_wall_w), "switched on, serving nobody"),
        ("Heat at peak", f"{q.number(p.heat_btu_h)} BTU/h", "what cooling must remove"),
        ("Air", f"{q.number(p.airflow_cfm)} CFM", "what carries that heat away"),
        ("Cooling", q.watts(p.cooling_w), "what bought cooling draws at full load"),
        ("Lost in UPS", q.watts(p.ups_loss_w), "part of the average too"),
    ]
    return [row for row in rows if row[1][:2] not in ("0 ", "0")]


def _per_million(result: Result) -> str:
    assert result.build is not None
    each = result.build.costs.usd_per_million_output_tokens
    if each is None:
        return ""
    duty = q.percent(result.request.workloads[0].duty)
    return f"{q.usd(each)} per million output tokens, busy {duty} of the time"


def _software(build: Build, names: Mapping[str, str]) -> list[tuple[str, str]]:
    used = build.deployment
    return [
        ("Engine", f"{names.get(used.engine, used.engine)} {used.engine_version}"),
        ("CUDA", f"{used.min_cuda} or newer" if used.min_cuda[:1].isdigit() else used.min_cuda),
        (
            "Driver",
            f"{used.min_driver} or newer" if used.min_driver != "not known" else "not known",
        ),
        ("Container image", used.container),
    ]
