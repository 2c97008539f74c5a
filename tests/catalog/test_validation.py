"""Plain data to records: every problem in the file's own terms."""

from __future__ import annotations

import pytest

from optimizer.catalog.reader import read_yaml_text
from optimizer.catalog.validation import validate
from optimizer.errors import CatalogError
from optimizer.schema.components import Cpu
from optimizer.schema.offer import Offer
from optimizer.schema.request import Targets, Workload
from optimizer.schema.site import Circuit

CPU = """\
id: epyc
name: EPYC
vendor: amd
socket: sp3
cores: 64
tdp_w: 280
idle_w: 90
pcie_generation: 4
pcie_lanes: 128
memory_channels: 8
memory_type: ddr4-rdimm
max_sockets: 2
"""


def problems(kind: type, text: str) -> str:
    located = read_yaml_text(text, "cpus.yaml")
    with pytest.raises(CatalogError) as error:
        validate(kind, located.data, located)
    return error.value.message


def test_valid_data_is_a_frozen_record() -> None:
    located = read_yaml_text(CPU, "cpus.yaml")
    cpu = validate(Cpu, located.data, located)
    assert (cpu.id, cpu.cores, cpu.idle_w) == ("epyc", 64, 90)
    with pytest.raises(ValueError, match="frozen"):
        cpu.cores = 1  # type: ignore[misc]


def test_replace_validates_again() -> None:
    located = read_yaml_text(CPU, "cpus.yaml")
    cpu = validate(Cpu, located.data, located)
    assert cpu.replace(cores=32).cores == 32
    with pytest.raises(ValueError, match="greater than or equal"):
        cpu.replace(cores=0)


def test_unknown_key_has_its_place_and_the_nearest_name() -> None:
    text = CPU.replace("tdp_w", "tpd_w")
    message = problems(Cpu, text)
    assert "cpus.yaml:6:8: unknown key 'tpd_w'; did you mean tdp_w" in message
    assert "cpus.yaml:1:1: the key 'tdp_w' is missing" in message


def test_unknown_key_without_a_near_name_lists_what_is_allowed() -> None:
    message = problems(Circuit, "volts: 240\namps: 30\nzzzz: 1\n")
    allowed = (
        "amps, continuous_share, count, feed, outlet, outlets_c13, outlets_c19, phases, "
        "reserved_w, sockets, volts"
    )
    assert message == f"cpus.yaml:3:7: unknown key 'zzzz'; allowed: {allowed}"


def test_unknown_key_is_sought_among_those_of_its_own_record() -> None:
    message = problems(Workload, "llm: llama\ntargets:\n  min_tok: 2\n")
    near = "min_tok_s, min_tok_s_per_user"
    assert message == f"cpus.yaml:3:12: unknown key 'targets.min_tok'; did you mean {near}?"


def test_literal_lists_what_is_allowed() -> None:
    message = problems(Cpu, CPU.replace("vendor: amd", "vendor: adm"))
    assert message.startswith("cpus.yaml:3:9: vendor is 'adm'; allowed: amd, intel, ampere")
    assert message.endswith("did you mean amd?")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("cores: 64", "cores: 64.0", "cpus.yaml:5:8: cores: input should be a valid integer"),
        ("cores: 64", "cores: '64'", "cpus.yaml:5:8: cores: input should be a valid integer"),
        ("cores: 64", "cores: true", "cpus.yaml:5:8: cores: input should be a valid integer"),
        ("cores: 64", "cores: 0", "cpus.yaml:5:8: cores: input should be greater than"),
        ("cores: 64", "cores: 100000", "cpus.yaml:5:8: cores: input should be less than"),
        ("tdp_w: 280", "tdp_w: -1", "cpus.yaml:6:8: tdp_w: input should be greater than"),
        ("name: EPYC", "name: 7763", "cpus.yaml:2:7: name: input should be a valid string"),
        ("id: epyc", "id: EPYC 7763", "cpus.yaml:1:5: id: string should match pattern"),
    ],
)
def test_strict_types_and_bounds(before: str, after: str, expected: str) -> None:
    message = problems(Cpu, CPU.replace(before, after))
    assert message.startswith(expected)
    assert "(given: " in message


def test_at_most_five_problems_are_told() -> None:
    message = problems(Cpu, "id: x\nname: X\n")
    lines = message.splitlines()
    # Ten keys are missing: five are told, five more are counted.
    assert len(lines) == 6
    assert lines[-1] == "... and 5 more"


def test_prices_out_of_order() -> None:
    text = "\n".join(
        [
            "component: epyc",
            "condition: new",
            "low: 10",
            "typical: 9",
            "high: 12",
            "vendor: shop",
            'date: "2026-07-12"',
            "source: shop",
            "confidence: high",
        ]
    )
    assert "prices must be ordered low <= typical <= high" in problems(Offer, text)


@pytest.mark.parametrize("text", ["12", "[1, 2]", "text", "~"])
def test_other_shapes_than_a_mapping(text: str) -> None:
    assert problems(Targets, text).startswith("cpus.yaml:1:1: Targets: input should be")


def test_control_characters_are_not_echoed() -> None:
    message = problems(Cpu, CPU.replace("id: epyc", 'id: "a\\eb"'))
    assert "\x1b" not in message
