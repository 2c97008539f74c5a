"""Find the provably best hardware build to serve a large language model.

    from optimizer import build_request, load_catalog, optimize

    catalog = load_catalog()
    request = build_request({"model": "llama-405b", "budget": "150k"}, catalog)
    result = optimize(request, catalog)
    print(result.status, result.build.costs.capex_usd)

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
    from optimizer.scenario.request import build_request as build_request
    from optimizer.scenario.request import load_request as load_request
    from optimizer.schema.build import Build as Build
    from optimizer.schema.build import Result as Result
    from optimizer.schema.request import Request as Request
    from optimizer.solve.run import SolveOptions as SolveOptions
    from optimizer.solve.run import solve as optimize

PUBLIC = {
    "Build": ("optimizer.schema.build", "Build"),
    "Catalog": ("optimizer.catalog.catalog", "Catalog"),
    "CatalogError": ("optimizer.errors", "CatalogError"),
    "InputError": ("optimizer.errors", "InputError"),
    "OptimizerError": ("optimizer.errors", "OptimizerError"),
    "Request": ("optimizer.schema.request", "Request"),
    "Result": ("optimizer.schema.build", "Result"),
    "SolveOptions": ("optimizer.solve.run", "SolveOptions"),
    "build_request": ("optimizer.scenario.request", "build_request"),
    "load_catalog": ("optimizer.catalog.catalog", "load_catalog"),
    "load_request": ("optimizer.scenario.request", "load_request"),
    "optimize": ("optimizer.solve.run", "solve"),
}
"""Public name -> (module, name there)."""

__all__ = [
    "Build",
    "Catalog",
    "CatalogError",
    "InputError",
    "OptimizerError",
    "Request",
    "Result",
    "SolveOptions",
    "build_request",
    "load_catalog",
    "load_request",
    "optimize",
]


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'optimizer' has no attribute '{name}'")
    module, attribute = PUBLIC[name]
    return getattr(import_module(module), attribute)
