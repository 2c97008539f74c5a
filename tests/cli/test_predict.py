"""``optimize predict`` and ``optimize calibrate`` as a person types them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
HEAD = "model,gpu,n_gpu,tp,weight_prec,isl,osl,concurrency,conc_kind,metric,value,unit,engine"
ROWS = [
    "llama3.1-70b,H100-SXM,4,4,fp8,1000,500,16,max concurrency (closed loop),tpot_mean,13,ms,vllm",
    "nothing-known,H100-SXM,4,4,fp8,1000,500,16,static batch,tpot,13,ms,vllm",
]
POINT = ("predict", "--model", "llama-70b", "--accelerator", "h100-sxm", "--count", "4")


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "runs.csv"
    path.write_text("\n".join([HEAD, *ROWS]) + "\n")
    return path


def test_one_point(inline: Command) -> None:
    run = inline(*POINT, "--concurrency", "32", small=False)
    assert run.code == 0
    assert "tensor 4, pipeline 1, 1 copy, nvswitch" in run.out
    for figure in ("first token, alone", "output, all users", "one user alone", "calibrated"):
        assert figure in run.out
    assert all(len(one) <= 80 for one in run.out.splitlines())


def test_the_document(inline: Command) -> None:
    """70.6 billion parameters in 16 bits over 4 accelerators: 33.7 GiB at most, and they fit."""
    data = json.loads(inline(*POINT, "--json", small=False).out)
    assert data["fits"] is True
    assert data["memory"]["weights_mib"] == pytest.approx(70.6e9 * 2 / 4 / 2**20, rel=0.02)
    speeds = {s["name"]: s for s in data["predictions"]}
    alone = speeds["one user alone"]
    assert alone["low"] < alone["value"] < alone["high"]
    assert alone["value"] <= 4 * 3350e9 / (70.6e9 - 1.05e9) / 2, "bandwidth over bytes"
    assert speeds["per user"]["value"] == pytest.approx(alone["value"])
    assert speeds["time per output token"]["value"] == pytest.approx(1 / alone["value"])


def test_what_does_not_fit(inline: Command) -> None:
    run = inline("predict", "--model", "llama-405b", "--accelerator", "a100", small=False)
    assert run.code == 3
    assert "does not fit" in run.out
    assert "calibrated" not in run.out


def test_more_users_than_there_is_room_for(inline: Command) -> None:
    point = ("predict", "--model", "qwen3-32b", "--accelerator", "h100-sxm")
    run = inline(*point, "--concurrency", "64", small=False)
    assert run.code == 0
    assert "the others" in " ".join(run.out.split())


def test_copies_and_engines_that_split_layers(inline: Command) -> None:
    point = ("predict", "--model", "llama-8b", "--accelerator", "rtx-3090", "--json")
    copies = json.loads(inline(*point, "--count", "4", "--tensor-parallel", "2", small=False).out)
    assert (copies["replicas"], copies["tensor_parallel"]) == (2, 2)
    layers = json.loads(inline(*point, "--count", "2", "--engine", "llama.cpp", small=False).out)
    assert (layers["tensor_parallel"], layers["pipeline_parallel"]) == (1, 2)
    bridge = json.loads(inline(*point, "--count", "2", "--fabric", "bridge", small=False).out)
    assert bridge["fabric"] == "bridge"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict",), "no --model given"),
        (("predict", "--model", "llama-70b"), "no --accelerator given"),
        ((*POINT[:3], "--accelerator", "h10o"), "unknown accelerator 'h10o'"),
        (("predict", "--model", "lama-70", "--accelerator", "a100"), "unknown model 'lama-70'"),
        ((*POINT, "--weights", "purple"), "--weights: purple is no weight format"),
        ((*POINT, "--kv", "purple"), "--kv: purple is no KV cache format"),
        ((*POINT, "--tensor-parallel", "3"), "4 accelerators do not divide into copies of 3 x 1"),
        ((*POINT[:5], "--tensor-parallel", "3"), "does not divide 64 attention heads"),
        ((*POINT, "--concurrency", "-4"), "--concurrency"),
        ((*POINT, "--fabric", "string"), "--fabric: string"),
        ((*POINT, "--output", "x.csv"), "--output goes with --csv"),
        (("predict", "--csv", "missing.csv"), "missing.csv: no such file"),
    ],
)
def test_bad_input_is_one_message(
    inline: Command, arguments: tuple[str, ...], message: str
) -> None:
    run = inline(*arguments, small=False)
    assert run.code == 2
    assert message in run.err
    assert "Traceback" not in run.err
    assert run.out == ""


def test_a_file(inline: Command, measured: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    run = inline("predict", "--csv", str(measured), "--output", str(out), small=False)
    assert run.code == 0
    assert "1 row predicted, 1 refused" in run.err
    first, second = csv.DictReader(io.StringIO(out.read_text()))
    assert list(first)[:13] == HEAD.split(",")
    assert float(first["low"]) < float(first["predicted"]) < float(first["high"])
    assert float(first["predicted"]) == pytest.approx(13, rel=0.3)
    assert second["reason"] == "LLM not in the catalog: nothing-known"
    assert second["predicted"] == ""


def test_a_malformed_file_names_line_and_column(inline: Command, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(f"{HEAD}\n{ROWS[0].replace(',4,4,', ',4,four,')}\n")
    run = inline("predict", "--csv", str(path), small=False)
    assert run.code == 2
    assert "runs.csv:2: tp: four is not a usable number" in run.err
    path.write_text("model,metric\nx,y\n")
    assert "the column 'gpu' is missing" in inline("predict", "--csv", str(path)).err


def test_flags_of_a_point_do_not_go_with_a_file(inline: Command, measured: Path) -> None:
    run = inline("predict", "--csv", str(measured), "--model", "llama-70b", small=False)
    assert run.code == 2
    assert "--model does not go with --csv" in run.err


def test_calibrate_writes_a_catalog_that_is_used(inline: Command, tmp_path: Path) -> None:
    lines = [
        f"qwen3-32b,H100-SXM,2,2,fp8,{isl},256,{n},closed loop,tpot_mean,40,ms,vllm"
        for n in (1, 2, 4, 8)
        for isl in (500, 1000, 2000)
    ]
    path, mine = tmp_path / "runs.csv", tmp_path / "mine"
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    dry = inline("calibrate", str(path), small=False)
    assert dry.code == 0
    assert "as shipped" in dry.out
    assert "held out" in dry.out
    assert "nothing written" in dry.err
    assert not mine.exists()
    data = json.loads(
        inline("calibrate", str(path), "--output", str(mine), "--json", small=False).out
    )
    assert data["after"]["mean"] < data["before"]["mean"]
    assert Path(data["written"]).parent == mine
    again = inline("calibrate", str(path), "--output", str(mine), small=False)
    assert again.code == 2
    assert "exists already" in again.err
    point = (
        "predict",
        "--model",
        "qwen3-32b",
        "--accelerator",
        "h100-sxm",
        "--count",
        "2",
        "--json",
    )
    shipped, corrected = (
        json.loads(inline(*point, *more, small=False).out)["predictions"][2]["value"]
        for more in ((), ("--catalog", str(mine)))
    )
    assert corrected > 1.2 * shipped
