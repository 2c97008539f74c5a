"""Vendors' quotes in a CSV file to offers.

Columns (any order, first line): ``component`` (id, name or alias), ``condition`` (new, refurbished
or used), ``price`` or ``low``/``typical``/``high``, ``vendor``, ``date`` (2026-09-30 or 2026-09);
and, when known, ``currency`` (USD), ``url``, ``source`` (a title; default: the vendor's quote),
``confidence`` (medium), ``available``, ``notes``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.importers.files import (
    Content,
    Row,
    all_problems,
    cell_number,
    cell_text,
    read_rows,
)
from optimizer.catalog.importers.result import Imported, slug
from optimizer.errors import InputError, nearest, shown
from optimizer.schema.base import Confidence
from optimizer.schema.offer import Currency

REQUIRED = ("component", "condition", "vendor", "date")
PRICES = ("price", "low", "typical", "high")
COLUMNS = (*REQUIRED, *PRICES, "currency", "url", "source", "confidence", "available", "notes")
CONDITIONS = ("new", "refurbished", "used")
MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def import_offers(content: Content, catalog: Catalog) -> Imported:
    """Offers and their sources. Raises InputError that lists what is wrong, by line."""
    rows = read_rows(content, REQUIRED, COLUMNS)
    if not rows:
        raise InputError(f"{content.name}: no rows below the header")
    names = catalog.names("component")
    known = {_key(entry.data) for entry in catalog.raw.observed["offers"]}
    sources: dict[str, dict[str, Any]] = {}
    offers: list[dict[str, Any]] = []
    lines: dict[str, int] = {}
    skipped: list[str] = []
    problems: list[InputError] = []
    for row in rows:
        try:
            offer = _offer(row, catalog, names)
        except InputError as error:
            problems.append(error)
            continue
        key = _key(offer)
        if key in known or key in lines:
            first = f"line {lines[key]}" if key in lines else "an offer of the catalog"
            skipped.append(f"{row.place()}: the same as {first}, left out")
            continue
        lines[key] = row.line
        _add_source(sources, offer, row, content)
        offers.append(offer)
    if problems:
        raise all_problems(content.name, problems)
    return Imported(
        file=f"offers-{slug(content.name.rsplit('.', 1)[0])}.yaml",
        comment=f"Offers from {content.name} (sha256 {content.digest}), {len(rows)} rows.",
        sections={"sources": sources, "offers": offers} if offers else {},
        skipped=tuple(skipped),
    )


def _offer(row: Row, catalog: Catalog, names: Mapping[str, str]) -> dict[str, Any]:
    low, typical, high = _prices(row)
    offer: dict[str, Any] = {
        "component": _component(row, names),
        "condition": _word(row, "condition", CONDITIONS),
        "low": low,
        "typical": typical,
        "high": high,
    }
    currency = row.get("currency").upper() or "USD"
    if currency not in get_args(Currency):
        problem = f"{row.place('currency')}: '{shown(currency)}' is not known"
        raise InputError(problem, f"Allowed: {', '.join(get_args(Currency))}")
    if currency != "USD" and currency not in catalog.currencies:
        problem = f"{row.place('currency')}: the catalog has no rate for {currency}"
        raise InputError(problem, "Add it under currency_rates")
    if currency != "USD":
        offer["currency"] = currency
    offer["vendor"] = cell_text(row, "vendor")
    if not offer["vendor"]:
        raise InputError(f"{row.place('vendor')}: no vendor", "Say who asks this price")
    if row.get("url"):
        offer["url"] = _url(row)
    offer["date"] = read_date(row, "date")
    offer["source"] = cell_text(row, "source", 150)
    given = row.get("confidence")
    offer["confidence"] = (
        _word(row, "confidence", get_args(Confidence)) if given else get_args(Confidence)[1]
    )
    if row.get("available"):
        offer["available"] = _whole(row, "available")
    if row.get("notes"):
        offer["notes"] = cell_text(row, "notes", 1_000)
    return offer


def _component(row: Row, names: Mapping[str, str]) -> str:
    name = cell_text(row, "component")
    if name.lower() in names:
        return names[name.lower()]
    pool = [*names.values(), *(n for n in names if " " not in n)]
    near = nearest(name, pool)
    hint = f"Did you mean {', '.join(near)}?" if near else "See optimize catalog list"
    raise InputError(f"{row.place('component')}: no component is called '{shown(name)}'", hint)


def _prices(row: Row) -> tuple[float, float, float]:
    given = [column for column in PRICES if row.get(column)]
    if given in (["price"], ["typical"]):
        price = cell_number(row, given[0])
        return price, price, price
    if given != ["low", "typical", "high"]:
        problem = f"{row.place()}: no price" if not given else f"{row.place()}: {', '.join(given)}"
        raise InputError(problem, "Give either price, or all of low, typical and high")
    low, typical, high = (cell_number(row, column) for column in given)
    if not low <= typical <= high:
        raise InputError(f"{row.place()}: prices must be ordered low <= typical <= high")
    return low, typical, high


def _word(row: Row, column: str, allowed: tuple[str, ...]) -> str:
    word = row.get(column).lower()
    if word not in allowed:
        near = nearest(word, allowed, 1) if word else []
        hint = f"Did you mean {near[0]}? " if near else ""
        problem = f"{row.place(column)}: '{shown(row.get(column))}' is not known"
        raise InputError(problem, f"{hint}Allowed: {', '.join(allowed)}")
    return word


def _url(row: Row) -> str:
    url = cell_text(row, "url", 2_000)
    if not url.startswith(("https://", "http://")):
        raise InputError(f"{row.place('url')}: {shown(url)} is not a web address")
    return url


def _whole(row: Row, column: str) -> int:
    value = cell_number(row, column, 100_000)
    if value != int(value):
        raise InputError(f"{row.place(column)}: {shown(row.get(column))} is not a whole number")
    return int(value)


def read_date(row: Row, column: str) -> str:
    """A day or a month that exists. Raises InputError."""
    text = row.get(column)
    if not is_date(text):
        raise InputError(
            f"{row.place(column)}: '{shown(text)}' is not a date", "Write 2026-09-30 or 2026-09"
        )
    return text


def is_date(text: str) -> bool:
    """Whether a text is a possible ``YYYY-MM-DD`` or ``YYYY-MM``."""
    parts = text.split("-")
    if not text.isascii() or [len(p) for p in parts] not in ([4, 2], [4, 2, 2]):
        return False
    if not all(p.isdigit() for p in parts) or not 1 <= int(parts[1]) <= 12:
        return False
    return len(parts) == 2 or 1 <= int(parts[2]) <= MONTH_DAYS[int(parts[1]) - 1]


def _key(offer: Mapping[str, Any]) -> str:
    """What makes two offers the same observation."""
    fields = ("component", "condition", "low", "typical", "high", "vendor", "date")
    numbers = [float(v) if isinstance(v, int) else v for v in (offer.get(f) for f in fields)]
    return json.dumps([*numbers, offer.get("currency", "USD")], default=str)


def _add_source(
    sources: dict[str, dict[str, Any]], offer: dict[str, Any], row: Row, content: Content
) -> None:
    """The offer's source under a key of its own; its date is that of its newest offer."""
    title = offer["source"] or f"Quote of {offer['vendor']}"
    key = f"import-{slug(content.name.rsplit('.', 1)[0])}-{slug(title)}"
    source = sources.setdefault(
        key,
        {
            "title": title,
            "publisher": offer["vendor"],
            "url": offer.get("url"),
            "date": offer["date"],
            "confidence": offer["confidence"],
            "note": f"Imported from {content.name}, sha256 {content.digest}.",
        },
    )
    source["date"] = max(source["date"], offer["date"])
    offer["source"] = f"{key}#{content.name} line {row.line}"[:200]
