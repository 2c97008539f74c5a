"""``optimize site list | show | check``: rooms, and builds against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.cli.output import INFEASIBLE, OK, Outcome
from optimizer.cli.solve import FlagNames, open_catalog
from optimizer.cli.terminal import terminal_style
from optimizer.errors import InputError
from optimizer.report.site import render_check, render_site, render_sites
from optimizer.schema.site import Site
from optimizer.studies.site_check import check_site, read_answer
from optimizer.studies.site_facts import site_facts


def list_sites(given: Mapping[str, Any]) -> Outcome:
    """Every site of the catalog."""
    catalog = open_catalog(given)
    documents = [site_facts(catalog.sites[i], catalog) for i in sorted(catalog.sites)]
    if given.get("json"):
        return Outcome(json.dumps(documents, indent=2) + "\n")
    return Outcome(render_sites(documents, terminal_style()))


def show_site(name: str, given: Mapping[str, Any]) -> Outcome:
    """One site with everything that follows from it."""
    catalog = open_catalog(given)
    site = catalog.sites[catalog.resolve("site", name)]
    document = site_facts(site, catalog)
    if given.get("json"):
        return Outcome(json.dumps(document, indent=2) + "\n")
    return Outcome(render_site(document, site, terminal_style()))


def check_answer(given: Mapping[str, Any]) -> Outcome:
    """A build against a site; exit code 3 when it does not fit."""
    if given.get("build") is None:
        raise InputError("no build given", "Name an answer: --build answer.json")
    answer = read_answer(Path(given["build"]))
    catalog = open_catalog(given)
    check = check_site(answer, _site(given, catalog, answer.request.site), catalog)
    code = OK if check.fits else INFEASIBLE
    if given.get("json"):
        return Outcome(json.dumps(check.model_dump(mode="json"), indent=2) + "\n", code)
    return Outcome(render_check(check, terminal_style()), code)


def _site(given: Mapping[str, Any], catalog: Catalog, own: Site) -> Site:
    """The site asked for, with what the flags change; the answer's own when none is named."""
    from optimizer.cli import flags  # noqa: PLC0415
    from optimizer.scenario.keys import read_plain  # noqa: PLC0415
    from optimizer.scenario.room import build_site  # noqa: PLC0415

    plain = flags.plain_request(given)
    if not plain:
        return own
    names = FlagNames()
    return build_site(read_plain(plain, names), catalog, names)
