"""Cloud price lists in CSV to rates: columns of gpuhunt or of SkyPilot's ``vms.csv``.

gpuhunt: ``instance_name, location, price, gpu_count, gpu_name, gpu_memory, spot`` (and, in merged
lists, ``provider``). SkyPilot: ``InstanceType, AcceleratorName, AcceleratorCount, Price,
SpotPrice, Region``. Prices are US dollars per hour for the whole instance. Neither list says on
which day it was taken, so the date is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

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

GPUHUNT = ("price", "gpu_count", "gpu_name")
SKYPILOT = ("price", "acceleratorcount", "acceleratorname")
MOST_USD_PER_HOUR = 100_000
MODULES = ("-sxm", "-sxm2", "-sxm4", "-sxm5", "-sxm6", "-oam")


class Rate(NamedTuple):
    """One price found: who, what, on which terms, and where it stands."""

    provider: str
    accelerator: str
    term: str
    usd: float
    region: str
    row: Row


def import_cloud(content: Content, catalog: Catalog, date: str, provider: str) -> Imported:
    """The lowest rate of each provider, accelerator and term. Raises InputError."""
    heads = [h.strip().lower() for h in content.text().partition("\n")[0].split(",")]
    names = SKYPILOT if "acceleratorname" in heads else GPUHUNT
    rows = read_rows(content, names, ())
    known = catalog.names("accelerator")
    best: dict[tuple[str, str, str], Rate] = {}
    unknown: dict[str, int] = {}
    problems: list[InputError] = []
    for row in rows:
        try:
            for rate in _rates(row, names, known, unknown, provider):
                key = (rate.provider, rate.accelerator, rate.term)
                if key not in best or rate.usd < best[key].usd:
                    best[key] = rate
        except InputError as error:
            problems.append(error)
    if problems:
        raise all_problems(content.name, problems)
    return _imported(content, best, unknown, date, known)


def _rates(
    row: Row,
    names: tuple[str, ...],
    known: Mapping[str, str],
    unknown: dict[str, int],
    provider: str,
) -> list[Rate]:
    _, count_column, name_column = names
    name = cell_text(row, name_column)
    if not name or row.get(count_column) in ("", "0", "0.0"):
        return []
    accelerator = _accelerator(name, row.get("gpu_memory"), known)
    if accelerator is None:
        unknown[name] = unknown.get(name, 0) + 1
        return []
    count = cell_number(row, count_column, 1_000)
    region = cell_text(row, "location" if "location" in row.cells else "region")
    who = cell_text(row, "provider") or provider
    found = []
    for column, term in _terms(row, names):
        usd = cell_number(row, column, MOST_USD_PER_HOUR) / count
        found.append(Rate(who, accelerator, term, round(usd, 4), region, row))
    return found


def _terms(row: Row, names: tuple[str, ...]) -> list[tuple[str, str]]:
    if names is GPUHUNT:
        spot = row.get("spot").lower() in ("true", "1", "yes")
        return [("price", "spot" if spot else "on-demand")]
    pairs = (("price", "on-demand"), ("spotprice", "spot"))
    return [(column, term) for column, term in pairs if row.get(column)]


def _accelerator(name: str, memory: str, known: Mapping[str, str]) -> str | None:
    """The catalog's id for a cloud's name: ``A100`` with 80, ``A100-80GB``, ``RTX4090``.

    Where the name says neither PCIe nor SXM, the module comes first: what clouds mostly rent.
    """
    plain = re.sub(r"[\s_]+", "-", name.lower()).removeprefix("nvidia-").removeprefix("amd-")
    plain = re.sub(r"^rtx-?(\d)", r"rtx-\1", plain)
    if re.search(r"pcie|sxm|nvl|oam", plain):
        held = re.fullmatch(r"(\d{1,4})(?:\.\d+)?", memory)
        tries = [f"{plain}-{held[1]}gb"] if held else []
        return next((known[t] for t in [*tries, plain] if t in known), None)
    bare = re.sub(r"-?\d+gb$", "", plain)
    size = re.search(r"(\d+)gb$", plain) or re.match(r"(\d{1,4})(?:\.\d+)?\b", memory)
    tries = [f"{bare}{form}-{size[1]}gb" for form in MODULES] if size else []
    tries += [f"{bare}{form}" for form in MODULES if form] if not size else []
    if size:
        tries += [f"{bare}-{size[1]}gb", f"{bare}-pcie-{size[1]}gb"]
    tries.append(plain)
    found = next((known[t] for t in tries if t in known), None)
    return found if found is None or _holds(found, size[1] if size else "") else None


def _holds(accelerator: str, size: str) -> bool:
    """Whether an id that names its memory names this much (``a100-pcie-80gb`` is no 40 GB card)."""
    stated = re.search(r"-(\d+)gb", accelerator)
    return not size or stated is None or stated[1] == size


def _imported(
    content: Content,
    best: Mapping[tuple[str, str, str], Rate],
    unknown: Mapping[str, int],
    date: str,
    known: Mapping[str, str],
) -> Imported:
    key = f"import-{slug(content.name.rsplit('.', 1)[0])}-{date}"
    source = {
        "title": f"Cloud price list {content.name}",
        "publisher": ", ".join(sorted({rate.provider for rate in best.values()}))[:200] or "cloud",
        "url": None,
        "date": date,
        "confidence": "medium",
        "note": f"Imported from {content.name}, sha256 {content.digest}.",
    }
    skipped = [
        f"{shown(name)}: {rows} {'row' if rows == 1 else 'rows'} left out,"
        f" not in the catalog{_hint(name, known)}"
        for name, rows in sorted(unknown.items())
    ]
    rates = [_entry(best[found], key, date, content.name) for found in sorted(best)]
    return Imported(
        file=f"cloud-{slug(content.name.rsplit('.', 1)[0])}-{date}.yaml",
        comment=f"Cloud rates from {content.name} (sha256 {content.digest}), lowest by term.",
        sections={"sources": {key: source}, "cloud_rates": rates} if rates else {},
        skipped=tuple(skipped),
        notes=("Where the list does not say PCIe or SXM, the SXM form is taken.",),
    )


def _hint(name: str, known: Mapping[str, str]) -> str:
    near = nearest(name, known.values(), 2)
    return f" (nearest: {', '.join(near)})" if near else ""


def _entry(rate: Rate, source: str, date: str, file: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": f"{rate.provider}:{rate.accelerator}:{rate.term}:{date}"[:120],
        "provider": rate.provider,
        "accelerator": rate.accelerator,
        "usd_per_gpu_hour": rate.usd,
        "term": rate.term,
        "date": date,
        "source": f"{source}#{file} line {rate.row.line}"[:200],
        "confidence": "medium",
    }
    if rate.region:
        entry["notes"] = f"Lowest of all regions: {rate.region}."
    return entry
