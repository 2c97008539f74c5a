"""Charts of an answer and of studies, drawn by matplotlib as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.report.charts.answer import cost_chart, limits_chart, memory_chart, spending_chart
from optimizer.report.charts.canvas import Chart
from optimizer.report.charts.frontier import frontier_chart
from optimizer.report.charts.room import plug_chart, rack_chart
from optimizer.report.charts.sensitivity import robust_chart, sensitivity_charts
from optimizer.report.charts.studies import comparison_chart, rent_chart
from optimizer.report.room import racked
from optimizer.schema.build import Result

__all__ = ["Chart", "charts_of"]


def charts_of(
    result: Result,
    catalog: Catalog,
    *,
    rent: Mapping[str, Any] | None = None,
    comparison: Mapping[str, Any] | None = None,
    frontier: Mapping[str, Any] | None = None,
    alternatives: Mapping[str, Any] | None = None,
    sensitivity: Mapping[str, Any] | None = None,
    robust: Mapping[str, Any] | None = None,
) -> list[Chart]:
    """Every chart that the answer, and the documents of studies about it, have figures for."""
    del alternatives  # builds in a table: nothing to draw
    charts: list[Chart | None] = []
    build, request = result.build, result.request
    if build is not None:
        charts += [
            memory_chart(build),
            limits_chart(build),
            plug_chart(build),
            rack_chart(racked(build, catalog), request.site.rack.units),
            cost_chart(build, request.finance.horizon_years),
            spending_chart(build, request.finance),
        ]
    if rent is not None:
        charts.append(rent_chart(rent))
    if comparison is not None:
        charts.append(comparison_chart(comparison))
    if frontier is not None and frontier["points"]:
        charts.append(frontier_chart(frontier))
    if sensitivity is not None:
        charts += sensitivity_charts(sensitivity)
    if robust is not None and robust["builds"]:
        charts.append(robust_chart(robust))
    return [chart for chart in charts if chart is not None]
