"""The catalog on disk is the catalog in its files, and is left alone when it cannot be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog import compiled
from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.raw import read_raw
from optimizer.catalog.sections import NAMED_SECTIONS, OBSERVATIONS
from optimizer.catalog.trusted import builder, text
from optimizer.errors import CatalogError, InputError
from optimizer.schema.base import Record
from optimizer.schema.components import Accelerator, Psu

PART = """\
sources:
  lab: {title: Lab notes, publisher: us, date: "2026-08"}
psus:
  - id: my-supply
    name: My supply
    form: atx
    capacity_120v_w: 1000
    capacity_208v_w: 1000
    capacity_240v_w: 1000
    efficiency: gold
    connectors: {eps8: 2, pcie8: 6}
    sources: {default: lab}
offers:
  - {component: my-supply, condition: new, low: 90, typical: 100, high: 110, vendor: us,
     date: "2026-08", source: lab, confidence: high}
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "llm-build-optimizer"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "parts.yaml").write_text(PART)
    return folder


def kept(cache: Path) -> Path:
    (path,) = cache.glob("compiled-*.json")
    return path


def records(catalog: Catalog) -> Iterator[tuple[str, Record]]:
    for name in ("components", "llms", "engines", "sites", "cost_classes", "calibrations"):
        yield from getattr(catalog, name).items()
    yield from catalog.sources.items()
    yield from catalog.cloud_rates.items()
    for held in (*catalog.offers.values(), *catalog.currencies.values()):
        yield from (("observation", record) for record in held)


def validated() -> dict[str, list[Record]]:
    """Every entry of the shipped files as its type validates it, by its type's name."""
    raw = read_raw()
    found: dict[str, list[Record]] = {}
    for section, kind in NAMED_SECTIONS.items():
        entries = raw.named[section].values()
        found[kind.__name__] = [kind.model_validate(e.data) for e in entries]
    for section, kind in OBSERVATIONS.items():
        held = {json.dumps(e.data, sort_keys=True): e.data for e in raw.observed[section]}
        found[kind.__name__] = [kind.model_validate(data) for data in held.values()]
    return found


@pytest.mark.parametrize("whole", [True, False])
def test_what_comes_back_is_what_was_validated(
    cache: Path, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Types, defaults and what was stated: all of the shipped catalog, read whole or in part."""
    if not whole:
        monkeypatch.setattr(compiled, "WHOLE", 0)
        monkeypatch.setattr(compiled, "WINDOW", 1_000)
    first, second = load_catalog(), load_catalog()
    assert kept(cache).exists()
    assert (first.sha256, first.date) == (second.sha256, second.date)
    assert list(first.kinds.items()) == list(second.kinds.items()) == sorted(first.kinds.items())
    before, after = list(records(first)), list(records(second))
    assert [key for key, _ in before] == [key for key, _ in after]
    assert len(before) > 1000
    expected = validated()
    for catalog in (before, after):
        by_type: dict[str, list[Record]] = {}
        for _, record in {id(record): (key, record) for key, record in catalog}.values():
            by_type.setdefault(type(record).__name__, []).append(record)
        for kind in by_type.keys() - {"Source"}:
            found, wanted = (sorted(held, key=repr) for held in (by_type[kind], expected[kind]))
            assert list(map(repr, found)) == list(map(repr, wanted))
            assert found == wanted
            stated = [record.model_fields_set for record in wanted]
            assert [record.model_fields_set for record in found] == stated
    assert first.place("a100-pcie-80gb") == second.place("a100-pcie-80gb")


def test_a_file_in_windows_stays_what_it_was_when_opened(
    cache: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "WHOLE", 0)
    load_catalog([mine], builtin=False)
    catalog = load_catalog([mine], builtin=False)
    other = cache / "other"
    other.write_bytes(b"nothing of it" * 1_000)
    other.replace(kept(cache))
    assert catalog.offers["my-supply"][0].typical == 100.0
    assert catalog.components["my-supply"].name == "My supply"


def test_a_record_comes_back_frozen() -> None:
    held = json.loads(text(next(iter(load_catalog().components.values()))))
    record = builder(Accelerator if "vram_mib" in held else Psu)(held)
    with pytest.raises(Exception, match="frozen"):
        record.name = "another"


def test_any_change_of_a_file_counts(cache: Path, mine: Path) -> None:
    first = load_catalog([mine], builtin=False)
    (mine / "parts.yaml").write_text(PART.replace("typical: 100", "typical: 101"))
    second = load_catalog([mine], builtin=False)
    assert first.sha256 != second.sha256
    assert second.offers["my-supply"][0].typical == 101.0
    (mine / "parts.yaml").write_text("# nothing else\n" + PART)
    third = load_catalog([mine], builtin=False)
    assert third.sha256 == first.sha256
    assert third.place("my-supply").startswith("mine/parts.yaml:5:")


def test_what_does_not_hold_is_told_after_what_held(cache: Path, mine: Path) -> None:
    load_catalog([mine], builtin=False)
    (mine / "parts.yaml").write_text(PART.replace("gold", "gild"))
    for _ in range(2):
        with pytest.raises(CatalogError, match="efficiency is 'gild'"):
            load_catalog([mine], builtin=False)


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "cut":
        path.write_bytes(content[:-20])
    elif how == "flipped":
        path.write_bytes(content.replace(b'"typical":100.0', b'"typical":900.0'))
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "no JSON":
        path.write_bytes(b"\x80\x04\x95" + content)
    elif how == "other's":
        path.chmod(0o666)
    elif how == "other's folder":
        path.parent.chmod(0o777)
    elif how == "nested":
        path.write_bytes(b"[" * 200_000 + b"\n")


@pytest.mark.parametrize(
    "how", ["cut", "flipped", "empty", "no JSON", "other's", "other's folder", "nested"]
)
def test_what_cannot_be_trusted_is_not_used(cache: Path, mine: Path, how: str) -> None:
    load_catalog([mine], builtin=False)
    path = kept(cache)
    spoil(path, how)
    assert compiled.load(path, {}) is None
    assert load_catalog([mine], builtin=False).offers["my-supply"][0].typical == 100.0


def test_a_cache_that_cannot_be_written_costs_no_answer(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "my-supply" in load_catalog([mine], builtin=False).components


def test_names_are_told_before_anything_else(cache: Path, mine: Path) -> None:
    def check(resolve: Any) -> None:
        resolve("llm", "lama")

    for _ in range(2):
        with pytest.raises(InputError, match="lama"):
            load_catalog([mine], check=check)
        load_catalog([mine])


def test_several_at_once(cache: Path, mine: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: load_catalog([mine], builtin=False).sha256, range(12)))
    assert len(set(found)) == 1
    assert len(list(cache.iterdir())) == 2  # the files as read, and the catalog


def test_old_ones_go(cache: Path, mine: Path) -> None:
    for price in range(compiled.KEPT + 3):
        (mine / "parts.yaml").write_text(PART.replace("typical: 100", f"typical: {100 + price}"))
        load_catalog([mine], builtin=False)
    assert len(list(cache.glob("compiled-*.json"))) == compiled.KEPT


def test_the_program_is_part_of_the_key(
    cache: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_catalog([mine], builtin=False)
    monkeypatch.setattr(compiled, "program", lambda: b"another state of the types")
    load_catalog([mine], builtin=False)
    assert len(list(cache.glob("compiled-*.json"))) == 2


def test_many_entries_are_held_only_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "HELD", 2)
    texts = [f'"{n}"'.encode() for n in range(5)]
    ends = [len(b"".join(texts[: n + 1])) for n in range(5)]
    lazy = compiled.Lazy(b"".join(texts), list("abcde"), ends, str)
    assert [lazy[key] for key in "abcdeabcde"] == list("0123401234")
    assert len(lazy) == 5
    with pytest.raises(KeyError):
        lazy["f"]
