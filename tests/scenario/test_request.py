"""Requests: flags and YAML say the same, and every default is filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.cli import flags
from optimizer.errors import InputError
from optimizer.scenario.expect import Expect
from optimizer.scenario.files import load_scenario
from optimizer.scenario.request import build_request, load_request

SMALL = Path(__file__).parent.parent / "cli" / "catalog"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return load_catalog([SMALL], builtin=False)


YAML = """
model: small
context: 4K
concurrency: 8
input_tokens: 600
output_tokens: 200
weights: [bf16, int4]
kv: bf16
duty: 25%
targets: {min_tok_s: 100, min_tok_s_per_user: 10, max_ttft_s: 2}
budget: $12,500
max_tco: 30k
objective: tco
horizon: 4y
price_point: high
prices_as_of: 2026-06
sales_tax: 8%
discount_rate: 5%
financing: lease
licences: [suite]
site: attic
circuits: [30A/240V:2, 16A/230V]
electricity: 0.15
heat_removal: 3.5 kW
noise_limit: office
new_circuits: allowed
ups: true
ups_minutes: 5
power_cap: 250 W
conditions: [new, used]
accelerators: [card]
exclude: [turnkey, card-80gb]
owned: {card-24gb: 2}
engines: [vllm]
max_nodes: 1
price_ground: estimated
speed_basis: roofline
memory_per_vram: lean
psu_redundancy: n+1
"""
FLAGS: dict[str, Any] = {
    "model": "small",
    "context": "4K",
    "concurrency": "8",
    "input_tokens": "600",
    "output_tokens": "200",
    "weights": ["bf16", "int4"],
    "kv": ["bf16"],
    "duty": "0.25",
    "min_tok_s": "100",
    "min_tok_s_per_user": "10",
    "max_ttft": "2",
    "budget": "12.5k",
    "max_tco": "30000",
    "objective": "tco",
    "horizon": "48 months",
    "price_point": "high",
    "prices_as_of": "2026-06",
    "sales_tax": "0.08",
    "discount_rate": "0.05",
    "financing": "lease",
    "licence": ["The Suite"],
    "site": "Attic",
    "circuit": ["30A/240V:2,16A/230V"],
    "electricity": "$0.15",
    "heat_removal": "3500",
    "noise_limit": "45",
    "new_circuits": "2",
    "ups": True,
    "ups_minutes": "5",
    "power_cap": "250",
    "condition": ["new,used"],
    "accelerator": ["Card 24 GB"],
    "exclude": ["turnkey", "card-80gb"],
    "owned": ["card:2"],
    "engine": ["vLLM"],
    "max_nodes": "1",
    "price_ground": "estimated",
    "speed_basis": "roofline",
    "memory_per_vram": "0.5",
    "psu_redundancy": "n+1",
}


def test_every_flag_of_the_request_is_in_this_comparison() -> None:
    assert {flag.key for flag in flags.REQUEST} == set(FLAGS)


def test_flags_and_yaml_make_the_same_request(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(YAML)
    by_flags = build_request(flags.plain_request(FLAGS), catalog)
    assert load_request(file, catalog) == by_flags
    assert by_flags.policy.memory_per_vram == 0.5
    assert by_flags.finance.horizon_years == 4
    assert [c.continuous_share for c in by_flags.site.circuits] == [0.8, 1.0]  # NEC, IEC


def test_defaults(catalog: Catalog) -> None:
    request = build_request({"model": "small"}, catalog)
    (load,) = request.workloads
    assert (load.llm, load.context, load.concurrency) == ("small-8b", 8192, 1)
    assert (load.input_tokens, load.output_tokens) == (1024, 512)
    assert load.weights == ("bf16", "fp8", "int8", "gguf-q8_0")
    assert request.site == catalog.sites["server-room"]
    assert request.finance.horizon_years == 3
    assert set(request.policy.conditions) == {"new", "refurbished", "used"}
    assert request.objective == "tco"
    assert build_request({"model": "small", "budget": 1}, catalog).objective == "throughput"


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ({"context": 900}, (600, 300)),
        ({"context": 1536}, (1024, 512)),
        ({"context": 2}, (1, 1)),
        ({"input_tokens": 8000}, (8000, 192)),
        ({"output_tokens": 8000}, (192, 8000)),
        ({"context": "4K", "input_tokens": 4000, "output_tokens": 96}, (4000, 96)),
    ],
)
def test_mean_lengths_fit_the_context(
    catalog: Catalog, lengths: dict[str, Any], expected: tuple[int, int]
) -> None:
    (load,) = build_request({"model": "small", **lengths}, catalog).workloads
    assert (load.input_tokens, load.output_tokens) == expected


@pytest.mark.parametrize(
    "lengths",
    [{"context": 1}, {"input_tokens": 8192}, {"input_tokens": 8000, "output_tokens": 193}],
)
def test_mean_lengths_beyond_the_context_are_refused(
    catalog: Catalog, lengths: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="the context holds"):
        build_request({"model": "small", **lengths}, catalog)


def test_the_context_is_at_most_the_models(catalog: Catalog) -> None:
    (load,) = build_request({"model": "small", "context": "16K"}, catalog).workloads
    assert load.context == 16_384
    with pytest.raises(InputError, match="maximum is 16K"):
        build_request({"model": "small", "context": 16_385}, catalog)


def test_a_site_changed_in_places_keeps_the_rest(catalog: Catalog) -> None:
    plain = {"base": "attic", "noise_limit_dba": None, "rack": {"units": 24}, "electricity": 0.3}
    site = build_request({"model": "small", "site": plain}, catalog).site
    base = catalog.sites["attic"]
    assert site.noise_limit_dba is None
    assert (site.rack.units, site.rack.load_kg) == (24, base.rack.load_kg)
    assert site.electricity_usd_per_kwh == 0.3
    assert site.circuits == base.circuits
    assert site.sources["rack"] == "request"


def test_what_the_request_sets_is_no_estimate_of_the_catalog(catalog: Catalog) -> None:
    site = build_request({"model": "small", "electricity": 0.3}, catalog).site
    assert site.estimated == ("pue",)


def test_a_site_written_out_needs_no_base(catalog: Catalog) -> None:
    plain = {
        "circuits": ["16A/230V"],
        "heat_removal_w": 4000,
        "noise_limit_dba": 45,
        "rack": {"units": 12, "depth_mm": 800, "load_kg": 200},
        "electricity": 0.32,
        "pue": 1.0,
    }
    site = build_request({"model": "small", "site": plain}, catalog).site
    assert site.id == "custom"
    assert site.circuits[0].continuous_share == 1.0


def test_circuits_follow_the_sites_own_practice(catalog: Catalog) -> None:
    site = build_request({"model": "small", "circuits": "20A/240V"}, catalog).site
    assert (site.circuits[0].amps, site.circuits[0].continuous_share) == (20, 0.8)


def test_several_workloads(catalog: Catalog) -> None:
    loads = [{"model": "small", "context": "4K"}, {"model": "small", "targets": {"min_tok_s": 9}}]
    request = build_request({"workloads": loads}, catalog)
    assert [w.context for w in request.workloads] == [4096, 8192]
    assert request.workloads[1].targets.min_tok_s == 9


def test_building_a_request_leaves_its_input_alone(catalog: Catalog) -> None:
    plain = {"model": "small", "site": {"base": "attic", "rack": {"units": 24}}, "owned": {}}
    before = repr(plain)
    build_request(plain, catalog)
    assert repr(plain) == before


def test_a_scenario_file_has_a_name_and_expectations(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("name: My plan\nmodel: small\nexpect: {status: optimal, nodes: 1}\n")
    scenario = load_scenario(file, catalog)
    assert scenario.name == "My plan"
    assert scenario.expect == Expect(status="optimal", nodes=1)
    file.write_text("model: small\n")
    assert load_scenario(file, catalog).expect == Expect()
