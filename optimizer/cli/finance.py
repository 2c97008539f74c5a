"""``optimize finance show``: what money figures rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.cli.output import Outcome
from optimizer.cli.solve import open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.report.assumptions import render_assumptions
from optimizer.studies.assumptions import assumptions


def show_assumptions(given: Mapping[str, Any]) -> Outcome:
    """Every assumption of the catalog, with default, range and source."""
    document = assumptions(open_catalog(given))
    if given.get("json"):
        return Outcome(json.dumps(document, indent=2) + "\n")
    return Outcome(render_assumptions(document, terminal_style()))
