"""The sections of the page that come from studies: own or rent, answers side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.report import quantity as q
from optimizer.report.answer import format_name
from optimizer.report.charts.frontier import frontier_chart
from optimizer.report.charts.sensitivity import MOST_BUILDS, robust_chart, sensitivity_charts
from optimizer.report.charts.studies import comparison_chart, rent_chart
from optimizer.report.charts.sweep import sweep_charts
from optimizer.report.compare import comparison_rows, signed, verdict_lines
from optimizer.report.frontier import WORDS
from optimizer.report.rent import BILLINGS, MATCHES, crossover_text
from optimizer.report.robust import other_parts, regret_lines, robust_verdict
from optimizer.report.sensitivity import chance_rows, change_text, flip_text, value_text
from optimizer.report.style import TIMES
from optimizer.report.sweep import STATUS

MOST_CLOUDS = 8
SHORT = {"tco": "TCO", "capex": "To buy", "watts": "Peak", "speed": "Per user"}
"""Names of axes where there is little room."""


def rent_section(document: Mapping[str, Any]) -> dict[str, Any]:
    """The cheapest capacity of each accelerator, break-even of the cheapest, and the curves."""
    own = document["own"]
    clouds = [
        {
            "name": f"{entry['accelerators']} {TIMES} {entry['name']}",
            "provider": entry["provider"],
            "term": entry["term"],
            "date": entry["date"],
            "stale": entry["stale"],
            "rate": f"${q.number(entry['usd_per_gpu_hour'], 2)}",
            "month": q.usd(entry["usd_per_month_always_on"]),
            "speed": f"{q.three(entry['output_tok_s'])} tok/s",
            "url": entry["source"]["url"],
        }
        for entry in document["clouds"][:MOST_CLOUDS]
    ]
    plans = [
        {
            "billing": BILLINGS[plan["billing"]],
            "month": q.usd(plan["usd_per_month"]),
            "rent": q.usd(plan["rent_usd"]),
            "own": q.usd(plan["own_usd"]),
            "simple": _months(plan["break_even_simple_months"]),
            "full": _months(plan["break_even_full_months"]),
            "npv": f"${signed(plan['npv_usd'])}",
        }
        for plan in document["plans"]
    ]
    return {
        "match": MATCHES[document["match"]],
        "running": q.usd(own["running_usd_per_month"]),
        "resale": q.usd(own["resale_usd"]),
        "years": f"{own['horizon_years']:.3g}",
        "clouds": clouds,
        "plans": plans,
        "crossover": crossover_text(document) if document["plans"] else "",
        "chart": rent_chart(document),
        "today": document["today"],
    }


def _months(value: float | None) -> str:
    return "never" if value is None else f"{q.number(value, 1)} months"


def frontier_section(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every build that nothing dominates, and what one more step costs."""
    x, y = (document[axis] for axis in ("x", "y"))
    points = document["points"]
    rows = [
        {
            "x": f"{q.amount(p['x'])} {x['unit']}",
            "y": f"{q.three(p['y'])} {y['unit']}",
            "cards": f"{p['accelerators']} {TIMES} {p['accelerator_name']}",
            "cap": q.watts(p["power_cap_w"]) if p["power_cap_w"] else "",
            "weights": format_name(p["weight_format"]),
            "capex": q.usd(p["capex_usd"]),
            "tco": q.usd(p["tco_usd"]),
        }
        for p in points
    ]
    return {
        "x": WORDS[x["name"]],
        "y": WORDS[y["name"]],
        "x_short": SHORT.get(x["name"], x["name"]),
        "y_short": SHORT.get(y["name"], y["name"]),
        "rows": rows,
        "complete": document["complete"],
        "chart": frontier_chart(document) if points else None,
    }


def alternatives_section(document: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Builds that are nearly as good, the best first, and what each trades against it."""
    rows = []
    for one in document["builds"]:
        build = one["build"]
        used = build["deployment"]
        card = catalog.components.get(used["accelerator"])
        name = used["accelerator"] if card is None else card.name
        rows.append(
            {
                "cards": f"{used['accelerators_per_node'] * build['nodes']} {TIMES} {name}",
                "condition": " and ".join(one["features"]["condition"]) or "owned",
                "speed": f"{q.three(build['performance']['output_tok_s'])} tok/s",
                "capex": q.usd(build["costs"]["capex_usd"]),
                "tco": q.usd(build["costs"]["tco_usd"]),
                "peak": q.watts(build["power"]["peak_wall_w"]),
                "differs": ", ".join(one["differs"]) or "the best",
            }
        )
    return {
        "rows": rows,
        "within": q.percent(document["within"]),
        "complete": document["complete"],
    }


def comparison_section(document: Mapping[str, Any]) -> dict[str, Any]:
    """The table of all answers, which is best and by how much."""
    columns = document["variants"]
    return {
        "by": document["by"],
        "labels": [column["label"] for column in columns],
        "rows": comparison_rows(columns),
        "verdict": verdict_lines(document),
        "chart": comparison_chart(document),
    }


def sensitivity_section(document: Mapping[str, Any]) -> dict[str, Any]:
    """The tornado, break points and chances that were asked for, each with its figures."""
    charts = {chart.name: chart for chart in sensitivity_charts(document)}
    tornado, chance = document.get("tornado"), document.get("chance")
    bars = [
        {
            "name": bar["name"],
            "now": value_text(bar["now"]),
            "low": value_text(bar["low"]["at"]),
            "high": value_text(bar["high"]["at"]),
            "at_low": change_text(bar["low"]),
            "at_high": change_text(bar["high"]),
        }
        for bar in ([] if tornado is None else tornado["bars"])
    ]
    breaks = [
        {
            "name": found["name"],
            "span": f"{value_text(found['low'])} to {value_text(found['high'])}",
            "now": value_text(found["now"]),
            "flips": [
                (value_text(flip["below"]), value_text(flip["above"]), flip_text(flip))
                for flip in found["flips"]
            ],
            "chart": charts.get(f"breaks-{number}"),
        }
        for number, found in enumerate(document.get("break_points") or (), 1)
    ]
    told = chance is not None and chance["samples"]
    return {
        "bars": bars,
        "goal": None if tornado is None else tornado["objective"],
        "tornado": charts.get("tornado"),
        "breaks": breaks,
        "chance": charts.get("chance"),
        "chances": chance_rows(chance) if chance is not None and told else [],
        "samples": 0 if chance is None else chance["samples"],
        "build": chance["build"] if chance is not None and told else "",
    }


def robust_section(document: Mapping[str, Any]) -> dict[str, Any]:
    """The build that stays cheap, and what each build looked at costs when prices move."""

    def money(value: float | None) -> str:
        return "over a limit" if value is None else q.usd(value)

    rows = [
        {
            "number": number,
            "cards": f"{build['accelerators']} {TIMES} {build['accelerator']}",
            "host": build["host"],
            "other": other_parts(document["builds"], number - 1),
            "today": money(build["typical_usd"]),
            "mean": money(build["mean_usd"]),
            "p90": money(build["p90_usd"]),
            "worst": money(build["worst_usd"]),
            "best": f"{build['optimal_in']} of {document['samples']}",
        }
        for number, build in enumerate(document["builds"][:MOST_BUILDS], 1)
    ]
    return {
        "verdict": [] if document["chosen"] is None else robust_verdict(document),
        "regret": [] if document["chosen"] is None else regret_lines(document),
        "rows": rows,
        "more": max(0, len(document["builds"]) - MOST_BUILDS),
        "samples": document["samples"],
        "interrupted": document["interrupted"],
        "chart": robust_chart(document) if rows else None,
    }


def sweep_section(document: Mapping[str, Any]) -> dict[str, Any]:
    """Counts, a slice as a drawing, and what each value of each axis has come to."""
    axes: dict[str, list[dict[str, Any]]] = {}
    for entry in document["by_value"]:
        speed, usd = entry["output_tok_s_median"], entry["tco_usd_median"]
        often = "" if entry["accelerator"] is None else f"{entry['accelerator']}"
        axes.setdefault(entry["axis"], []).append(
            {
                "value": value_text(entry["value"]),
                "built": f"{entry['built']:,} of {entry['requests']:,}",
                "tco": "" if usd is None else q.usd(usd),
                "speed": "" if speed is None else f"{q.three(speed)} tok/s",
                "often": often,
                "in": f"{entry['accelerator_in']:,}" if often else "",
            }
        )
    cut = document["slice"]
    fixed = [] if cut is None else [f"{k} {value_text(v)}" for k, v in cut["fixed"].items()]
    return {
        "status": [(STATUS.get(s, s), f"{n:,}") for s, n in document["status"].items()],
        "charts": sweep_charts(document),
        "fixed": ", ".join(fixed),
        "axes": axes,
        "file": document["file"],
    }
