"""Quotes and cloud price lists in CSV to catalog entries."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.importers.cloud import import_cloud
from optimizer.catalog.importers.files import Content
from optimizer.catalog.importers.offers import import_offers, is_date
from optimizer.catalog.importers.result import Imported, check_import, slug
from optimizer.catalog.importers.yaml_text import document
from optimizer.catalog.reader import read_yaml_text
from optimizer.errors import InputError


@cache
def shipped() -> Catalog:
    return load_catalog()


def offers(text: str) -> Imported:
    return import_offers(Content("quotes.csv", text.encode()), shipped())


HEAD = "component,condition,price,currency,vendor,url,date,source,notes\n"
QUOTES = (
    HEAD
    + 'A100 80GB PCIe,used,"$6,200.50",usd,"Shop, Inc.",https://shop.example/,2026-10-02,Q 17,two\n'
    + "rtx-3090,Used,1050,EUR,Markt,,2026-10,,\n"
    + "\n"
    + "rtx-3090,used,1050.00,EUR,Markt,,2026-10,,\n"
)


def test_offers_are_read_by_their_columns() -> None:
    first, second = offers(QUOTES).sections["offers"]
    assert first == {
        "component": "a100-pcie-80gb",
        "condition": "used",
        "low": 6200.5,
        "typical": 6200.5,
        "high": 6200.5,
        "vendor": "Shop, Inc.",
        "url": "https://shop.example/",
        "date": "2026-10-02",
        "source": "import-quotes-q-17#quotes.csv line 2",
        "confidence": "medium",
        "notes": "two",
    }
    assert (second["currency"], second["typical"]) == ("EUR", 1050.0)


def test_equal_rows_are_reported_and_left_out() -> None:
    assert offers(QUOTES).skipped == ("quotes.csv:5: the same as line 3, left out",)


def test_what_the_catalog_has_is_left_out() -> None:
    offer = shipped().offers["rtx-3090"][0]
    row = f"rtx-3090,{offer.condition},{offer.low},{offer.typical},{offer.high},"
    found = offers(
        f"component,condition,low,typical,high,vendor,date\n{row}{offer.vendor},{offer.date}\n"
    )
    assert found.sections == {}
    assert "an offer of the catalog" in found.skipped[0]


def test_sources_carry_who_when_and_which_file() -> None:
    source = offers(QUOTES).sections["sources"]["import-quotes-q-17"]
    assert (source["title"], source["publisher"]) == ("Q 17", "Shop, Inc.")
    assert source["date"] == "2026-10-02"
    assert "sha256" in source["note"]


def test_all_problems_are_told_at_once() -> None:
    head = "component,condition,price,vendor,date\n"
    text = head + "rtx-309,used,5,X,2026-01\nrtx-3090,usd,5,X,2026-01\n"
    with pytest.raises(InputError) as error:
        offers(text)
    message = str(error.value)
    assert "quotes.csv has 2 problems" in message
    assert (
        "quotes.csv:2: component: no component is called 'rtx-309'. Did you mean rtx-3090"
        in message
    )
    assert "quotes.csv:3: condition: 'usd' is not known. Did you mean used?" in message


def test_the_result_loads_as_an_overlay(tmp_path: Path) -> None:
    found = offers(QUOTES)
    catalog = check_import(found, None)
    assert len(catalog.offers["rtx-3090"]) == len(shipped().offers["rtx-3090"]) + 1
    assert catalog.offers["a100-pcie-80gb"][-1].vendor == "Shop, Inc."
    (tmp_path / found.file).write_text(found.text())
    again = load_catalog([tmp_path])
    assert again.offers["a100-pcie-80gb"] == catalog.offers["a100-pcie-80gb"]


def cloud(text: str, provider: str = "lambda") -> list[dict[str, Any]]:
    found = import_cloud(Content("list.csv", text.encode()), shipped(), "2026-10-01", provider)
    rates: list[dict[str, Any]] = found.sections.get("cloud_rates", [])
    return rates


GPUHUNT = (
    "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size\n"
    "gpu_8x_a100,us-east,10.32,124,1800,8,A100,40,False,\n"
    "gpu_8x_a100,us-west,9.52,124,1800,8,A100,40,False,\n"
    "gpu_8x_a100_80,us-east,14.32,240,1800,8,A100,80,False,\n"
    "gpu_1x_h100_pcie,us-east,2.49,26,200,1,H100 PCIe,80,True,\n"
    "cpu,us-east,0.5,4,16,0,,,False,\n"
    "t4,us-east,0.5,4,16,1,T4,16,False,\n"
)


def test_gpuhunt_lists_give_the_lowest_rate_per_accelerator() -> None:
    """9.52 for eight is 1.19 each; 14.32 for eight is 1.79."""
    rates = {(r["accelerator"], r["term"]): r["usd_per_gpu_hour"] for r in cloud(GPUHUNT)}
    assert rates == {
        ("a100-sxm4-40gb", "on-demand"): 1.19,
        ("a100-sxm4-80gb", "on-demand"): 1.79,
        ("h100-pcie-80gb", "spot"): 2.49,
    }


def test_skypilot_lists_have_two_prices() -> None:
    text = (
        "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Price,"
        "SpotPrice,Region\n"
        "a2-ultragpu-2g,24,340,A100-80GB,2.0,\"{'Gpus': []}\",10.14,3.14,us-central1\n"
        "p5.48xlarge,192,2048,H100,8.0,,98.32,,us-east-1\n"
        "g6,4,16,L4,1.0,,0.7,0.2,us-east1\n"
        "c5,4,8,,,,0.1,,us-east1\n"
    )
    rates = {(r["accelerator"], r["term"]): r["usd_per_gpu_hour"] for r in cloud(text, "GCP")}
    assert rates == {
        ("a100-sxm4-80gb", "on-demand"): 5.07,
        ("a100-sxm4-80gb", "spot"): 1.57,
        ("h100-sxm-80gb", "on-demand"): 12.29,
        ("l4", "on-demand"): 0.7,
        ("l4", "spot"): 0.2,
    }


def test_accelerators_that_the_catalog_lacks_are_reported() -> None:
    found = import_cloud(Content("list.csv", GPUHUNT.encode()), shipped(), "2026-10-01", "x")
    assert [line for line in found.skipped if "T4: 1 row left out" in line]


def test_a_40_gb_list_price_is_never_taken_for_80_gb() -> None:
    text = "price,gpu_count,gpu_name,gpu_memory,spot,location\n1,1,H100,40,False,x\n"
    assert cloud(text) == []


@pytest.mark.parametrize("price", ["nan", "-1", "inf", "", "1e9"])
def test_hostile_rates_are_refused(price: str) -> None:
    with pytest.raises(InputError, match=r"list\.csv:2: price"):
        cloud(f"price,gpu_count,gpu_name,gpu_memory,spot,location\n{price},1,L4,24,False,x\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-29", True),
        ("2026-02-30", False),
        ("2026-13", False),
        ("2026-00", False),
        ("26-01", False),
        ("2026-1", False),
        ("２０２６-01", False),  # noqa: RUF001
        ("2026-01-01-01", False),
    ],
)
def test_dates(text: str, expected: bool) -> None:
    assert is_date(text) is expected


def test_yaml_text_reads_back_as_it_was() -> None:
    """Text that YAML readers take for something else is quoted; numbers keep their value."""
    values = [
        "no",
        "1e6",
        "10:30",
        "012",
        "2026-01",
        "a: b",
        "#x",
        "",
        " x ",
        "x\\y",
        '"',
        "ß",
        "-",
        "null",
    ]
    entry = {
        "texts": values,
        "n": 1e-7,
        "f": 2.5,
        "i": 10**12,
        "w": 3.0,
        "b": True,
        "z": None,
        "e": {},
    }
    entry["long"] = ["word " * 5] * 9
    entry["deep"] = {"list": [{"a": [1, 2], "b": {"c": "d"}}, {"a": []}]}
    read = read_yaml_text(
        document({"things": [entry, {"id": "x"}]}, "A comment\nof two lines"), "t"
    )
    assert read.data == {"things": [entry, {"id": "x"}]}


def test_slugs() -> None:
    assert slug("Quote #17 (Shop)") == "quote-17-shop"
    assert slug("///") == "unnamed"
    assert len(slug("x" * 500)) == 60
