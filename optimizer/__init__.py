"""Find the provably best hardware build to serve a large language model.

    from optimizer import build_request, load_catalog, optimize

    catalog = load_catalog()
    request = build_request({"model": "llama-405b", "budget": "150k"}, catalog)
    result = optimize(request, catalog)
    print(result.status, result.build.costs.capex_usd)

``optimize`` explains what does not fit (``result.explanation``); ``SolveOptions`` asks for more:
``binding=True`` what each limit costs, ``why=("h100-sxm",)`` why a part is in the answer or is not.
``alternatives(request, catalog, within=0.05)`` gives near-optimal builds that differ.

Names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.catalog.catalog import Catalog as Catalog
    from optimizer.catalog.catalog import load_catalog as load_catalog
    from optimizer.errors import CatalogError as CatalogError
    from optimizer.errors import InputError as InputError
    from optimizer.errors import OptimizerError as OptimizerError
    from optimizer.report.charts import charts_of as charts
    from optimizer.report.frames import bill_table as bill_table
    from optimizer.report.frames import binding_table as binding_table
    from optimizer.report.frames import catalog_table as catalog_table
    from optimizer.report.frames import comparison_table as comparison_table
    from optimizer.report.frames import cost_table as cost_table
    from optimizer.report.frames import curve_table as curve_table
    from optimizer.report.frames import error_table as error_table
    from optimizer.report.frames import frontier_table as frontier_table
    from optimizer.report.frames import limit_table as limit_table
    from optimizer.report.frames import price_table as price_table
    from optimizer.report.frames import rent_table as rent_table
    from optimizer.report.frames import speed_table as speed_table
    from optimizer.report.page.render import render_page as html_page
    from optimizer.report.terminal import render_result as text_page
    from optimizer.scenario.request import build_request as build_request
    from optimizer.scenario.request import load_request as load_request
    from optimizer.schema.alternatives import Alternatives as Alternatives
    from optimizer.schema.build import Build as Build
    from optimizer.schema.build import Result as Result
    from optimizer.schema.explanation import Explanation as Explanation
    from optimizer.schema.request import Request as Request
    from optimizer.solve.alternatives import alternatives as alternatives
    from optimizer.solve.run import SolveOptions as SolveOptions
    from optimizer.solve.run import solve as optimize
    from optimizer.studies.ask import compare as compare
    from optimizer.studies.ask import compare_conditions as compare_conditions
    from optimizer.studies.ask import explain as explain
    from optimizer.studies.ask import frontier as frontier
    from optimizer.studies.ask import predict as predict
    from optimizer.studies.ask import rent as rent

ASK, TABLES = "optimizer.studies.ask", "optimizer.report.frames"
PUBLIC = {
    "Alternatives": ("optimizer.schema.alternatives", "Alternatives"),
    "Build": ("optimizer.schema.build", "Build"),
    "Catalog": ("optimizer.catalog.catalog", "Catalog"),
    "CatalogError": ("optimizer.errors", "CatalogError"),
    "Explanation": ("optimizer.schema.explanation", "Explanation"),
    "InputError": ("optimizer.errors", "InputError"),
    "OptimizerError": ("optimizer.errors", "OptimizerError"),
    "Request": ("optimizer.schema.request", "Request"),
    "Result": ("optimizer.schema.build", "Result"),
    "SolveOptions": ("optimizer.solve.run", "SolveOptions"),
    "alternatives": ("optimizer.solve.alternatives", "alternatives"),
    "bill_table": (TABLES, "bill_table"),
    "binding_table": (TABLES, "binding_table"),
    "build_request": ("optimizer.scenario.request", "build_request"),
    "catalog_table": (TABLES, "catalog_table"),
    "charts": ("optimizer.report.charts", "charts_of"),
    "compare": (ASK, "compare"),
    "compare_conditions": (ASK, "compare_conditions"),
    "comparison_table": (TABLES, "comparison_table"),
    "cost_table": (TABLES, "cost_table"),
    "curve_table": (TABLES, "curve_table"),
    "error_table": (TABLES, "error_table"),
    "explain": (ASK, "explain"),
    "frontier": (ASK, "frontier"),
    "frontier_table": (TABLES, "frontier_table"),
    "html_page": ("optimizer.report.page.render", "render_page"),
    "limit_table": (TABLES, "limit_table"),
    "load_catalog": ("optimizer.catalog.catalog", "load_catalog"),
    "load_request": ("optimizer.scenario.request", "load_request"),
    "optimize": ("optimizer.solve.run", "solve"),
    "predict": (ASK, "predict"),
    "price_table": (TABLES, "price_table"),
    "rent": (ASK, "rent"),
    "rent_table": (TABLES, "rent_table"),
    "speed_table": (TABLES, "speed_table"),
    "text_page": ("optimizer.report.terminal", "render_result"),
}
"""Public name -> (module, name there)."""

__all__ = [
    "Alternatives",
    "Build",
    "Catalog",
    "CatalogError",
    "Explanation",
    "InputError",
    "OptimizerError",
    "Request",
    "Result",
    "SolveOptions",
    "alternatives",
    "bill_table",
    "binding_table",
    "build_request",
    "catalog_table",
    "charts",
    "compare",
    "compare_conditions",
    "comparison_table",
    "cost_table",
    "curve_table",
    "error_table",
    "explain",
    "frontier",
    "frontier_table",
    "html_page",
    "limit_table",
    "load_catalog",
    "load_request",
    "optimize",
    "predict",
    "price_table",
    "rent",
    "rent_table",
    "speed_table",
    "text_page",
]


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'optimizer' has no attribute '{name}'")
    module, attribute = PUBLIC[name]
    return getattr(import_module(module), attribute)
