"""What commands print, where, and with which exit code."""

# ruff: noqa: RUF001 (the signs are what people see)

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
SMALL = str(Path(__file__).parent / "catalog")
ASK = ("--model", "small", "--budget", "10k")


def test_help_names_every_panel_and_flag_at_80_columns(command: Command) -> None:
    run = command("--help", small=False)
    assert run.code == 0
    assert max(map(len, run.out.splitlines())) <= 80
    for panel in ("What to serve", "What you can spend", "Where it stands", "Parts", "Solver"):
        assert f"\n{panel}\n" in run.out
    for flag in ("--model", "--budget", "--circuit", "--owned", "--time-limit", "--json"):
        assert f"  {flag} " in run.out or f"  {flag}\n" in run.out


def test_no_arguments_shows_short_help(command: Command) -> None:
    run = command(small=False)
    assert run.code == 0
    assert "optimize --model llama-405b --budget 150000" in run.out
    assert "--concurrency N" not in run.out


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("--budget", "-1")])
def test_help_and_bad_input_load_neither_solver_nor_rich(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; from optimizer.cli.main import run; run(sys.argv[1:]);"
        "heavy = {'ortools', 'numpy', 'pandas', 'rich', 'yaml'} & set(sys.modules);"
        "sys.exit(f'loaded: {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_loads_no_solver() -> None:
    code = (
        "import sys; from optimizer.cli.main import run; code = run(sys.argv[1:]);"
        "heavy = {'ortools', 'numpy', 'pandas', 'rich'} & set(sys.modules);"
        "sys.exit(f'loaded: {sorted(heavy)}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-builtin-catalog", "--catalog", SMALL, "--model", "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr


def test_an_answer_is_on_stdout_at_80_columns_without_escapes(command: Command) -> None:
    run = command(*ASK)
    assert run.code == 0
    assert run.err == ""
    assert "\x1b" not in run.out
    assert max(map(len, run.out.splitlines())) <= 80
    # two cards at 750 in a tower at 3,000 serve most within 10,000
    assert "2 × Card 24 GB in one server" in run.out
    assert "$4,500 to buy" in run.out
    assert "proven optimal" in run.out


def test_json_is_the_result_document(inline: Command) -> None:
    run = inline(*ASK, "--json")
    data = json.loads(run.out)
    assert run.code == 0
    assert data["status"] == "optimal"
    assert data["request"]["policy"]["budget_usd"] == 10_000
    assert data["build"]["costs"]["capex_usd"] == 4_500


@pytest.mark.slow
def test_the_same_request_gives_the_same_document(command: Command) -> None:
    first, second = (json.loads(command(*ASK, "--json").out) for _ in range(2))
    del first["timings"], second["timings"]
    assert first == second


def test_infeasible_is_3_in_text_and_json(inline: Command) -> None:
    text = inline("--model", "small", "--budget", "100")
    assert text.code == 3
    assert "proven infeasible" in text.out
    assert "budget" in text.out
    data = inline("--model", "small", "--budget", "100", "--json")
    assert data.code == 3
    assert json.loads(data.out)["status"] == "infeasible"


def test_output_goes_to_a_file_whole(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    run = inline(*ASK, "--json", "--output", str(file))
    assert run.out == ""
    assert str(file) in run.err
    assert json.loads(file.read_text())["status"] == "optimal"
    assert list(tmp_path.iterdir()) == [file]
    assert inline(*ASK, "--output", str(file), "--quiet").err == ""
    assert "Bill of materials" in file.read_text()


def test_flags_and_file_give_the_same_answer(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("model: small\nbudget: $10,000\nsite: attic\n")
    by_file = json.loads(inline("run", str(file), "--json").out)
    by_flags = json.loads(inline(*ASK, "--site", "attic", "--json").out)
    assert by_file["request"] == by_flags["request"]
    assert by_file["build"] == by_flags["build"]


def test_expectations_decide_the_exit_code(inline: Command, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("model: small\nbudget: 10k\nexpect: {status: optimal, accelerator: card-24gb}")
    assert inline("run", str(file)).code == 0
    file.write_text("model: small\nbudget: 10k\nexpect: {max_capex_usd: 10, nodes: 2}")
    run = inline("run", str(file))
    assert run.code == 1
    assert "nodes is 1, expected 2" in run.err
    assert "capex_usd is 4,500, expected at most 10" in run.err


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    arguments = ["catalog", "list", "--no-builtin-catalog", "--catalog", SMALL]
    done = subprocess.run(
        [sys.executable, "-m", "optimizer.cli.main", *arguments],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == ""


def test_no_time_is_4(command: Command) -> None:
    run = command(*ASK, "--time-limit", "0.000001")
    assert run.code in (0, 4)  # an empty search may still prove something in no time
    assert "Traceback" not in run.err


def test_ascii_terminals_are_served(command: Command) -> None:
    run = command(*ASK, PYTHONIOENCODING="ascii")
    assert run.code == 0
    assert run.out.isascii()
    assert "2 x Card 24 GB" in run.out


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("catalog", "list"), ("card-80gb", "$15,000", "6 components")),
        (("catalog", "list", "--kind", "accelerator"), ("24,576", "2 accelerators")),
        (("catalog", "list", "--kind", "site"), ("attic", "2 sites")),
        (("llm", "list"), ("small-8b", "16,384")),
        (("catalog", "show", "CARD"), ("card-24gb", "estimate", "page 2", "example.org", "$750")),
        (("catalog", "show", "attic"), ("120", "noise_limit_dba", "50")),
        (("catalog",), ("list", "show", "check")),
        (("llm",), ("list", "show")),
    ],
)
def test_looking_into_the_catalog(
    inline: Command, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    run = inline(*arguments, small=len(arguments) > 1)
    assert run.code == 0, run.err
    assert max(map(len, run.out.splitlines())) <= 80
    for part in parts:
        assert part in run.out


def test_checking_a_catalog_of_ones_own(inline: Command, tmp_path: Path) -> None:
    run = inline("catalog", "check", SMALL, "--no-builtin-catalog", small=False)
    assert run.code == 0, run.err
    assert "valid" in run.out
    assert "dimm-32gb: no price" in run.out
    broken = tmp_path / "mine"
    broken.mkdir()
    text = (Path(SMALL) / "small.yaml").read_text().replace("tdp_w: 350", "tdp_w: -350")
    (broken / "cards.yaml").write_text(text)
    wrong = inline("catalog", "check", str(broken), "--no-builtin-catalog", small=False)
    assert wrong.code == 2
    assert "mine/cards.yaml:" in wrong.err
    assert "tdp_w" in wrong.err


def test_filter_and_sort(inline: Command) -> None:
    base = ("catalog", "list", "--kind", "accelerator", "--json")
    found = json.loads(inline(*base, "--filter", "vram_mib>=81920").out)
    assert [entry["id"] for entry in found] == ["card-80gb"]
    found = json.loads(inline(*base, "--filter", "memory_type~gddr").out)
    assert [entry["id"] for entry in found] == ["card-24gb"]
    found = json.loads(inline(*base, "--sort", "-price").out)
    assert [entry["id"] for entry in found] == ["card-80gb", "card-24gb"]
    wrong = inline(*base, "--filter", "vram>=1")
    assert wrong.code == 2
    assert "vram_mib" in wrong.err
    assert inline(*base, "--filter", "vram_mib>").code == 2


def test_show_llm_counts_what_hand_arithmetic_counts(inline: Command) -> None:
    """Llama-3-8B's shape: 8,030,261,248 parameters, 131,072 bytes of KV cache per token."""
    data = json.loads(inline("llm", "show", "small", "--context", "8K", "--json").out)
    assert data["parameters_total"] == 8_030_261_248
    assert data["kv_bytes_per_token"]["bf16"] == 131_072
    assert data["weights_bytes"]["bf16"] == 2 * 8_030_261_248
    rows = {(r["accelerator"], r["tensor_parallel"]): r for r in data["memory"]["accelerators"]}
    assert rows["card-80gb", 1]["kv_cache_mib"] == 1024  # 8,192 tokens of 131,072 bytes
    assert rows["card-24gb", 1]["fits"]
    text = inline("llm", "show", "small", "--tensor-parallel", "2")
    assert "card-24gb     2" in text.out
    assert "card-24gb     4" not in text.out
