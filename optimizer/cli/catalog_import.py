"""``optimize catalog import``, ``optimize catalog new`` and ``optimize llm import``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.catalog.importers.cloud import import_cloud
from optimizer.catalog.importers.files import read_content
from optimizer.catalog.importers.gguf_llm import import_gguf
from optimizer.catalog.importers.hf_config import REPOSITORY, import_config
from optimizer.catalog.importers.hub import fetch_config
from optimizer.catalog.importers.offers import import_offers
from optimizer.catalog.importers.result import Imported, check_import, target_file, write_import
from optimizer.catalog.template import template
from optimizer.cli.output import Outcome
from optimizer.cli.solve import open_catalog
from optimizer.errors import InputError, shown
from optimizer.report.quantity import count
from optimizer.report.style import clean
from optimizer.scenario import forms

UNDATED = "undated"
MOST_TOLD = 20
"""Lines left out that are told one by one."""


def import_offers_file(file: str, given: Mapping[str, Any]) -> Outcome:
    """Offers of a CSV file."""
    content = read_content(Path(file))
    return _finish(import_offers(content, open_catalog(given)), given)


def import_cloud_file(file: str, given: Mapping[str, Any]) -> Outcome:
    """Cloud rates of a CSV file."""
    if not given.get("date"):
        raise InputError("no date given", "Say when the list was taken: --date 2026-09-30")
    date = forms.day(given["date"], "--date")
    content = read_content(Path(file))
    provider = forms.text(given.get("provider") or Path(file).stem, "--provider")
    if not provider.isprintable():
        raise InputError(f"--provider: {shown(provider)} is not a name")
    return _finish(import_cloud(content, open_catalog(given), date, provider), given)


def import_llm(source: str, given: Mapping[str, Any]) -> Outcome:
    """An LLM of a configuration, of a GGUF file, or of the Hugging Face Hub."""
    return _finish(read_llm(source, given), given)


def read_llm(source: str, given: Mapping[str, Any]) -> Imported:
    """The LLM entry that a file, or a name on the Hub, describes. Raises InputError."""
    date = forms.day(given["date"], "--date") if given.get("date") else UNDATED
    name = forms.text(given["name"], "--name") if given.get("name") else ""
    path = Path(source)
    if path.suffix.lower() == ".gguf":
        return import_gguf(path, name, date)
    if path.is_dir() and (path / "config.json").exists():
        path = path / "config.json"
    if path.exists() or path.suffix.lower() == ".json":
        return import_config(read_content(path), name or name_of(path), date)
    if REPOSITORY.fullmatch(source):
        return import_config(read_content(fetch_config(source)), name or source, date)
    raise InputError(
        f"{shown(source)}: no such file",
        "Name a config.json, a .gguf file, or org/name on the Hugging Face Hub",
    )


def name_of(path: Path) -> str:
    """A name for a file that states none: that of its directory, or its own."""
    stem = path.stem
    if stem.lower() not in ("config", "params"):
        return stem.removesuffix("_config")
    folder = path.absolute().parent.name
    return folder if folder.isprintable() else ""


def _finish(imported: Imported, given: Mapping[str, Any]) -> Outcome:
    """Check the import as a whole, then write it, or say what would be written."""
    directory = None if given.get("output") is None else Path(given["output"])
    dry = directory is None or bool(given.get("dry_run"))
    target = None
    if directory is not None:
        target = target_file(imported, directory, bool(given.get("force")))
    if imported.sections:
        overlays = [Path(o) for o in given.get("catalog") or ()]
        builtin = not given.get("no_builtin_catalog")
        check_import(imported, directory, overlays, builtin)
        if target is not None and not dry:
            write_import(imported, target)
    written = str(target) if target is not None and not dry and imported.sections else None
    if given.get("json"):
        return Outcome(_json(imported, written))
    text = imported.text() if dry and imported.sections else ""
    return Outcome(text, notes=_told(imported, written, given))


def _json(imported: Imported, written: str | None) -> str:
    data = {
        "file": imported.file,
        "written": written,
        "counts": imported.counts(),
        "skipped": list(imported.skipped),
        "notes": list(imported.notes),
        "sections": imported.sections,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _told(imported: Imported, written: str | None, given: Mapping[str, Any]) -> tuple[str, ...]:
    lines = [clean(line) for line in imported.skipped[:MOST_TOLD]]
    if len(imported.skipped) > MOST_TOLD:
        lines.append(f"... and {len(imported.skipped) - MOST_TOLD} more left out")
    lines += [clean(note) for note in imported.notes]
    counts = ", ".join(
        count(number, section.removesuffix("s").replace("_", " "))
        for section, number in imported.counts().items()
    )
    if not imported.sections:
        lines.append(f"nothing to import; {count(len(imported.skipped), 'line')} left out")
    elif written is not None:
        folder = clean(str(given["output"]))
        lines.append(f"{counts} are in {clean(written)}; use them with --catalog {folder}")
    else:
        lines.append(f"dry run: {counts}, nothing written")
        lines.append(f"--output DIR writes them to DIR/{imported.file}")
    return tuple(lines)


def new_entry(kind: str, given: Mapping[str, Any]) -> Outcome:
    """A commented template on stdout."""
    return Outcome(template(kind.strip().lower().replace("-", "_")))
