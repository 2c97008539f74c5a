"""Bad input: exit code 2, one message that says what is allowed, nothing on stdout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
ASK = ("--model", "small", "--budget", "10k")


def refused(run: Any, *parts: str) -> None:
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith("error: ")
    assert run.err.count("error:") == 1
    assert "Traceback" not in run.err
    for part in parts:
        assert part in run.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--budget", "-5"), ("--budget '-5'", "not negative")),
        (("--budget", "nan"), ("--budget 'nan'", "150k")),
        (("--budget", "inf"), ("--budget 'inf'",)),
        (("--budget", "1e6"), ("--budget '1e6'",)),
        (("--budget", "5000000000"), ("over $1,000,000,000",)),
        (("--context", "0"), ("--context '0'", "8K")),
        (("--context", "8.5K"), ("--context",)),
        (("--concurrency", "0"), ("--concurrency", "from 1 to 100,000")),
        (("--concurrency", "1.5"), ("--concurrency", "whole number")),
        (("--horizon", "-3"), ("--horizon", "at most 15")),
        (("--horizon", "99"), ("--horizon", "at most 15")),
        (("--psu-redundancy", "2n"), ("--psu-redundancy: 2n needs", "30A/240V@a,30A/240V@b")),
        (("--psu-redundancy", "3n"), ("--psu-redundancy", "2n")),
        (("--power-cap", "29"), ("--power-cap: 29", "auto, off, or watts")),
        (("--power-cap", "full"), ("--power-cap: full", "auto, off")),
        (("--circuit", "30A/240V@c"), ("30A/240V@a",)),
        (("--electricity", "-0.1"), ("--electricity", "per kWh")),
        (("--electricity", "12"), ("--electricity", "from 0 to 10")),
        (("--duty", "150%"), ("--duty", "8%")),
        (("--min-tok-s", "0"), ("--min-tok-s", "above 0")),
        (("--max-ttft", "nan"), ("--max-ttft", "seconds")),
        (("--weights", "fp9"), ("--weights", "fp8")),
        (("--kv", "int4"), ("--kv", "int8")),
        (("--condition", "usde"), ("--condition", "Did you mean used?")),
        (("--objective", "througput"), ("--objective", "Did you mean throughput?")),
        (("--price-point", "mid"), ("--price-point", "low, typical, high")),
        (("--prices-as-of", "2026-13"), ("--prices-as-of", "2026-09")),
        (("--circuit", "30A"), ("30A/240V:2",)),
        (("--memory-per-vram", "huge"), ("--memory-per-vram", "guide (3.2)")),
        (("--owned", "card-24gb:0"), ("--owned", "from 1 to 10,000")),
        (("--max-nodes", "65"), ("--max-nodes", "from 1 to 64")),
        (("--time-limit", "0"), ("--time-limit", "above 0")),
        (("--workers", "-1"), ("--workers", "from 1 to 256")),
        (("--seed", "x"), ("--seed",)),
    ],
)
def test_values_out_of_form_or_range(
    inline: Command, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    refused(inline(*ASK[:2], *arguments), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--model", "smal"), ("unknown model 'smal'", "Did you mean small")),
        ((*ASK, "--site", "atic"), ("--site: unknown site 'atic'", "attic")),
        ((*ASK, "--accelerator", "card-80"), ("--accelerator: unknown", "card-80gb")),
        ((*ASK, "--exclude", "turnky"), ("--exclude: unknown", "turnkey")),
        ((*ASK, "--engine", "vlm"), ("--engine: unknown engine 'vlm'", "vllm")),
        ((*ASK, "--owned", "car-24gb:2"), ("--owned: unknown", "card-24gb")),
        ((*ASK, "--context", "128K"), ("Its maximum is 16K (16,384 tokens)",)),
        ((*ASK, "--input-tokens", "9000"), ("--input-tokens", "the context holds 8,192")),
        ((*ASK, "--circuit", "5000A/240V"), ("--circuit amps", "2000")),
        (("--budget", "10k"), ("no model given", "--model")),
    ],
)
def test_names_and_what_belongs_together(
    inline: Command, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    refused(inline(*arguments), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--bugdet", "5"), ("unknown flag '--bugdet'", "Did you mean --budget?")),
        (("--users", "5"), ("unknown flag '--users'", "Did you mean --concurrency?")),
        (("--gpu", "h100"), ("unknown flag '--gpu'", "Did you mean --accelerator?")),
        (("catlog",), ("unknown command 'catlog'", "Did you mean catalog?")),
        (("catalog", "lst"), ("unknown command 'lst'", "list")),
        (("--budget",), ("--budget", "optimize --help")),
        (("--json", "catalog", "list"), ("--json stands before", "Put flags after")),
        (("run", "no-such-file.yaml"), ("no-such-file.yaml",)),
        (("run", "."), ("not a plain file",)),
        (("--catalog", "no-such-directory", *ASK), ("no such catalog directory",)),
        ((*ASK, "--output", "/no/such/place/answer"), ("--output", "no directory")),
        (("--model", "x\x1b[31m\n"), ("unknown model 'x?[31m'",)),
    ],
)
def test_the_command_line_itself(
    command: Command, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    refused(command(*arguments, small=arguments[0] in ("run", "--model", "--catalog")), *parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("model: small\nbuget: 5\n", ("plan.yaml:2:", "unknown key 'buget'", "budget")),
        ("model: small\nbudget: -5\n", ("plan.yaml:2:9: ", "budget '-5'")),
        ("model: smal\n", ("plan.yaml:1:8: ", "small")),
        ("model: small\nmodel: small\n", ("plan.yaml:2:1: ", "stands twice")),
        ("targets: {min_tok: 5}\n", ("plan.yaml:1:20: ", "min_tok_s")),
        ("model: small\nsite: {base: atic}\n", ("plan.yaml:2:14: ", "attic")),
        ("model: small\nsite: {base: attic, pue: 0.5}\n", ("plan.yaml:2:26: ", "pue")),
        ("model: small\nsite: {base: attic, puee: 1}\n", ("plan.yaml:2:", "pue")),
        ("model: small\nsite: {name: Mine}\n", ("plan.yaml:2:", "missing", "base:")),
        ("model: small\ncircuits: [{volts: 240}]\n", ("plan.yaml:2:", "amps", "missing")),
        ("model: small\nups: 1\n", ("plan.yaml:2:6: ", "true or false")),
        ("model: small\nconditions: []\n", ("plan.yaml:2:13: ", "empty")),
        ("workloads: []\n", ("plan.yaml:1:", "1 to 8")),
        ("workloads: [{model: small}]\nmodel: small\n", ("plan.yaml:2:8: ", "beside")),
        ("model: small\nexpect: {min_tok: 5}\n", ("plan.yaml:2:", "min_tok_s")),
        ("- model\n", ("plan.yaml:1:1: ", "keys and values")),
        ("", ("plan.yaml: an empty file",)),
        ("a: &x 1\nb: *x\n", ("plan.yaml:1:", "anchors")),
    ],
)
def test_scenario_files_are_told_by_line_and_column(
    inline: Command, tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(text)
    refused(inline("run", str(file)), *parts)
