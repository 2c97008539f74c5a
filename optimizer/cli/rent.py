"""``optimize rent``: the build against rented capacity that serves the same workload."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.cli import flags
from optimizer.cli import solve as main_job
from optimizer.cli.extras import write_extras
from optimizer.cli.output import Outcome
from optimizer.cli.progress import Progress, progress_wanted
from optimizer.cli.terminal import plain_style, terminal_style
from optimizer.errors import InputError, nearest, shown
from optimizer.report.rent import render_rent
from optimizer.scenario import forms
from optimizer.scenario.keys import read_plain
from optimizer.scenario.request import build_request
from optimizer.studies.rent import Match, Wish, rent_study


def show_rent(given: Mapping[str, Any]) -> Outcome:
    """Solve the request, then price renting; without a build, the answer of the main job."""
    names, plain = main_job.FlagNames(), flags.plain_request(given)
    read_plain(plain, names)  # complaints about forms need no catalog
    settings = main_job.solver_settings(given)
    match, change = _match(given), _change(given)
    catalog = main_job.open_catalog(given)
    wish = Wish(
        match,
        _known("provider", given, {r.provider for r in catalog.cloud_rates.values()}),
        _known("term", given, {r.term for r in catalog.cloud_rates.values()}),
        change,
        _egress(given),
        _money(given, "api_price"),
        _money(given, "api_input_price") or 0.0,
    )
    if wish.api_input_usd and wish.api_output_usd is None:
        raise InputError("--api-input-price stands alone", "Add --api-price")
    result = main_job.solve_request(build_request(plain, catalog, names), catalog, given, settings)
    if result.build is None:
        return main_job.outcome_of(result, catalog, given, "optimize rent")
    progress = Progress(progress_wanted(bool(given.get("progress")), bool(given.get("quiet"))))
    try:
        document = rent_study(result, catalog, wish, progress)
    finally:
        progress.clear()
    extras = write_extras(given, result, catalog, "optimize rent", rent=document)
    return _outcome(document, catalog, given, extras)


def _outcome(
    document: dict[str, Any],
    catalog: Catalog,
    given: Mapping[str, Any],
    extras: tuple[str, ...],
) -> Outcome:
    file = given.get("output")
    if given.get("json"):
        text = json.dumps(document, indent=2) + "\n"
    else:
        style = terminal_style() if file is None else plain_style()
        text = render_rent(document, style, {e.id: e.name for e in catalog.llms.values()})
    notes = () if file is None or given.get("quiet") else (f"the comparison is in {file}",)
    return Outcome(text, 0, (*notes, *extras), file)


def _match(given: Mapping[str, Any]) -> Match | None:
    """How rented capacity is matched with the build. Raises InputError."""
    text = given.get("match")
    if text is None:
        return None
    for word in get_args(Match):
        if text == word:
            match: Match = word
            return match
    raise InputError(
        f"--match '{shown(text)}' is not known", f"One of: {', '.join(get_args(Match))}"
    )


def _change(given: Mapping[str, Any]) -> float:
    text = given.get("rent_change")
    return 0.0 if text is None else float(forms.portion(-0.5)(text, "--rent-change"))


def _money(given: Mapping[str, Any], key: str) -> float | None:
    text = given.get(key)
    name = f"--{key.replace('_', '-')}"
    return None if text is None else float(forms.real(0, 1e6, "dollars")(text.lstrip("$"), name))


def _egress(given: Mapping[str, Any]) -> float:
    """Dollars a month of traffic out of the cloud."""
    text, price = given.get("egress"), _money(given, "egress_price")
    if (text is None) != (price is None):
        given_one, other = ("--egress", "--egress-price")[:: 1 if price is None else -1]
        raise InputError(f"{given_one} stands alone", f"Add {other}")
    if text is None or price is None:
        return 0.0
    return float(forms.real(0, 1e9, "GB")(text, "--egress")) * price


def _known(key: str, given: Mapping[str, Any], known: Iterable[str]) -> tuple[str, ...]:
    """Names among those that the catalog's rates have, in any case. Raises InputError."""
    by_word = {name.lower(): name for name in known}
    found = []
    for text in given.get(key) or ():
        for word in text.split(","):
            name = by_word.get(word.strip().lower())
            if name is None:
                near = nearest(word.strip(), by_word.values())
                hint = f"Did you mean {', '.join(near)}?" if near else ""
                hint = hint or f"Known: {', '.join(sorted(by_word.values()))}"
                raise InputError(f"--{key}: no rate of '{shown(word.strip())}'", hint)
            found.append(name)
    return tuple(found)
