"""``optimize site``: rooms shown, and builds judged against them without the solver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def answer(inline: Command, tmp_path: Path) -> Path:
    """A build of A100 cards for the default room, in a rack case of 700 mm."""
    file = tmp_path / "answer.json"
    ask = ("--model", "llama-70b", "--budget", "40k", "--accelerator", "a100-pcie-80gb")
    run = inline(*ask, "--json", "--output", str(file), "--quiet", small=False)
    assert run.code == 0, run.err
    return file


def test_list(inline: Command) -> None:
    run = inline("site", "list", small=False)
    assert run.code == 0
    assert "home-15a" in run.out
    assert "server-room" in run.out
    documents = json.loads(inline("site", "list", "--json", small=False).out)
    assert {d["site"]["id"] for d in documents} >= {"home-15a", "datacenter"}


def test_show_worked_out_by_hand(inline: Command) -> None:
    """Two of 20 A x 120 V x 0.8 = 1,920 W; 850 W x 3.412 = 2,900 BTU/h, / 12,000 = 0.24 tons."""
    run = inline("site", "show", "closet", small=False)
    for text in ("1,920 W for hours", "3,840 W in all", "2,900 BTU/h", "0.24 tons", "50 dB(A)",
                 "parts of 750 mm", "New circuit 30 A/240 V"):  # fmt: skip
        assert text in run.out, text
    derived = json.loads(inline("site", "show", "closet", "--json", small=False).out)["derived"]
    assert derived["continuous_w"] == 3840
    assert derived["footprint_m2"] == 0.54  # 0.6 m x 0.9 m
    assert derived["noise_limit_at_1_m_dba"] == 50.0
    wrong = inline("site", "show", "clozet", small=False)
    assert wrong.code == 2
    assert "office-closet" in wrong.err


def test_at_home_it_was_chosen_for_every_limit_is_the_answers(
    inline: Command, answer: Path
) -> None:
    run = inline("site", "check", "--build", str(answer), "--json", small=False)
    assert run.code == 0
    check = json.loads(run.out)
    assert check["fits"]
    limits = {(v["rule"], v["scope"]): (v["used"], v["available"]) for v in check["limits"]}
    build = json.loads(answer.read_text())["build"]
    for row in build["limits"]:
        key = (row["rule"], row["scope"])
        if key in limits:
            assert limits.pop(key) == (row["used"], row["available"]), key
    assert limits == {}, "a limit that the answer does not know"


def test_elsewhere_it_is_judged_limit_by_limit(inline: Command, answer: Path) -> None:
    run = inline("site", "check", "--build", str(answer), "--site", "home-15a", small=False)
    assert run.code == 3
    assert "does not fit" in run.out
    broken = {line.split()[0] for line in run.out.splitlines() if line.endswith("BROKEN")}
    assert broken == {"circuits", "cooling", "noise", "rack"}


def test_flags_change_the_room(inline: Command, answer: Path) -> None:
    check = ("site", "check", "--build", str(answer), "--site", "garage-240v")
    run = inline(*check, small=False)
    assert run.code == 0
    # 30 A/240 V takes no cord: the room wants a strip, which the answer for a server room has not.
    assert "to buy: 1 of" in run.out
    assert inline(*check, "--noise-limit", "living-room", small=False).code == 3
    assert inline(*check, "--heat-removal", "0.1 ton", small=False).code == 3
    assert inline(*check, "--circuit", "10A/120V", small=False).code == 3


def test_what_an_answer_cannot_be(inline: Command, answer: Path, tmp_path: Path) -> None:
    whole = json.loads(answer.read_text())
    file = tmp_path / "bad.json"

    def told(document: Any) -> str:
        text = document if isinstance(document, str) else json.dumps(document)
        file.write_text(text)
        run = inline("site", "check", "--build", str(file), small=False)
        assert run.code == 2
        assert "Traceback" not in run.err
        return run.err

    def changed(**build: Any) -> dict[str, Any]:
        return {**whole, "build": {**whole["build"], **build}}

    assert "not an answer" in told("")
    assert "not an answer" in told("{")
    assert "not an answer" in told("[" * 100_000)
    assert "not an answer" in told([])
    assert "not an answer" in told({"status": "optimal"})
    assert "not an answer" in told({**whole, "surprise": 1})
    assert "holds no build" in told({**whole, "build": None})
    assert "nodes" in told(changed(nodes=0))
    assert "not on its bill" in told(changed(platform="elsewhere"))
    bill = whole["build"]["bill_of_materials"]
    assert "not in the catalog" in told(
        changed(bill_of_materials=[{**bill[0], "id": "rtx-9999"}, *bill[1:]])
    )
    assert "has -4 of" in told(changed(bill_of_materials=[{**bill[0], "quantity": -4}, *bill[1:]]))
    used = {**whole["build"]["deployment"], "accelerators_per_node": 0}
    assert "0 accelerators" in told(changed(deployment=used))
    missing = inline("site", "check", "--build", str(tmp_path / "none.json"), small=False)
    assert missing.code == 2
    assert "No such file" in missing.err
    file.write_bytes(b"\xff\xfe")
    assert "UTF-8" in inline("site", "check", "--build", str(file), small=False).err
    assert "no build given" in inline("site", "check", small=False).err
