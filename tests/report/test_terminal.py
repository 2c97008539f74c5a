"""The answer as people read it: 80 columns, the right figures, nothing that steers a terminal."""

# ruff: noqa: RUF001 (the signs are what people see)

from __future__ import annotations

import re

import pytest

from optimizer.report.style import Style, width_of
from optimizer.report.terminal import render_result
from optimizer.schema.build import Result

NAMES = {"llama-3.1-405b": "Llama 3.1 405B", "vllm": "vLLM"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def page(result: Result, style: Style | None = None, explain: bool = False) -> str:
    return render_result(result, style, names=NAMES, explain=explain)


def line_with(text: str, part: str) -> str:
    found = [line for line in text.splitlines() if part in line]
    assert len(found) == 1, f"{part!r} stands on {len(found)} lines"
    return found[0]


def test_headline_says_what_to_buy_and_how_far_it_is_proven(answer: Result) -> None:
    head = page(answer).split("\n\n")[0]
    assert "Llama 3.1 405B · FP8 · 8K context · 24 users · budget $150,000" in head
    joined = " ".join(head.split())
    assert "8 × RTX PRO 6000 Blackwell Server Edition 96 GB in one server" in joined
    assert "612 tok/s, $121,480 to buy proven optimal" in joined


def test_a_gap_is_never_called_optimal(answer: Result) -> None:
    objective = answer.objective.replace(bound=640.0, gap=0.045)
    text = page(answer.replace(status="feasible", objective=objective))
    assert "optimal" not in text.lower()
    assert "within 4.5 % of the best" in text
    assert "best 612, bound 640 tok/s, gap 4.5 %" in " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("explain", [False, True])
def test_no_line_is_wider_than_the_page(answer: Result, width: int, explain: bool) -> None:
    text = page(answer, Style(width=width), explain)
    command = [line for line in text.splitlines() if "--" in line or "\\" in line]
    for line in text.splitlines():
        assert width_of(line) <= width or line in command


@pytest.mark.parametrize("explain", [False, True])
def test_the_command_fits_80_columns_too(answer: Result, explain: bool) -> None:
    assert max(map(width_of, page(answer, explain=explain).splitlines())) <= 80


def test_no_escape_without_colour_and_the_same_text_with_it(answer: Result) -> None:
    plain, painted = page(answer), page(answer, Style(colour=True))
    assert "\x1b" not in plain
    assert "\x1b[" in painted
    assert ANSI.sub("", painted) == plain


def test_bill_adds_up_and_included_parts_follow_their_platform(answer: Result) -> None:
    lines = page(answer).split("\n\n")[1].splitlines()
    names = [line.split("  ")[1].strip() for line in lines]
    platform = names.index("ASUS ESC8000A-E12 GPU server")
    assert names[1].startswith("RTX PRO 6000")
    assert lines[platform + 1].split() == ["EPYC", "9354", "2", "included"]
    # 95,992 + 9,800 + 7,440 + 420 + 412.5
    assert lines[-1].split() == ["Total", "114,064"]
    assert line_with("\n".join(lines), "DDR5").split()[-2:] == ["refurb", "2026-09"]


@pytest.mark.parametrize(
    ("label", "figures"),
    [
        ("VRAM per GPU", "83.0 85.0 GiB"),  # 85,000 and 87,000 MiB / 1,024
        ("PCIe lanes", "152 160 lanes"),
        ("Rack units", "4.50 42.0 U"),
        ("Weight", "65.5 1,000 kg"),
        ("Noise at 1 m", "60.0 70.0 dB(A)"),  # 10·log10 of 10^6 and 10^7
        ("Supply load", "6.40 8.10 kW"),
        ("Circuits 30A/240V #1–2", "3.52 5.76 kW"),
        ("Budget  ", "121,480 150,000 $"),
        ("Tok/s per user asked", "5.00 24.1 tok/s"),
    ],
)
def test_limits_are_in_the_units_people_use(answer: Result, label: str, figures: str) -> None:
    assert figures in " ".join(line_with(page(answer), label).split())


def test_long_names_of_circuits_are_told_in_full(answer: Result) -> None:
    """A group on both feeds is named without one; the bars give way to a long name."""
    assert answer.build is not None
    others = tuple(u for u in answer.build.limits if u.rule != "circuits")
    circuit = next(u for u in answer.build.limits if u.rule == "circuits")
    feeds = tuple(circuit.replace(scope=f"60A/208V/3ph@{x}") for x in ("a #1", "b #2"))
    outlets = circuit.replace(rule="outlets", scope="outlets of 60A/208V/3ph@a #1", unit="outlets")
    build = answer.build.replace(limits=(*others, *feeds, outlets), plug_plan=())
    text = page(answer.replace(build=build))
    assert "Circuits 60A/208V/3ph #1–2 " in text
    assert "Outlets of 60A/208V/3ph@a #1 " in text
    assert max(map(width_of, text.splitlines())) <= 80


def test_limits_leave_out_what_says_nothing(answer: Result) -> None:
    text = page(answer)
    for hidden in ("do not fit", "full channels", "UPS"):
        assert hidden not in text


def test_tight_limits_say_so(answer: Result) -> None:
    text = page(answer)
    assert line_with(text, "VRAM per GPU").endswith("tight")  # 97.7 %
    assert not line_with(text, "Budget  ").endswith("tight")  # 81 %


def test_speed_carries_basis_band_and_definitions(answer: Result) -> None:
    text = " ".join(page(answer).split())
    assert "Speed (calibrated, ±20 %)" in text
    assert "38 sequences at once" in text
    assert "80 % of measurements lie between 490 and 735" in text
    assert "41.5 ms per token" in text


def test_cost_lines_add_up_to_the_total(answer: Result) -> None:
    text = " ".join(page(answer).split())
    expected = "hardware 121,480 · energy 19,300 · support 9,700 · resale −30,400 = $120,080 TCO"
    assert expected in text
    assert "tax" not in text  # nothing paid, nothing said
    assert "$4.15 per million output tokens, busy 50 % of the time" in text


def test_the_launch_command_can_be_pasted(answer: Result) -> None:
    text = page(answer)
    start = text.index("  vllm serve")
    command = text[start : text.index("\n\n", start)].replace("\\\n", " ")
    assert answer.build is not None
    assert command.split() == answer.build.deployment.launch_command.split()


def test_explain_lists_estimates_and_what_was_left_out(answer: Result) -> None:
    text = page(answer, explain=True)
    assert "asus-esc8000a-e12: noise_dba" in text
    assert "no price in the catalog: h200-pcie" in text
    assert "1 figure is an estimate (--explain lists them)" in page(answer)


def test_infeasible_shows_conflict_and_repairs(impossible: Result) -> None:
    text = page(impossible)
    assert "No build satisfies this request" in text
    assert "proven infeasible" in text
    assert line_with(text, "GPU memory").endswith("not worked out in time")
    told = "$41,300, 612 tok/s: 8 × NVIDIA A100 SXM4"
    assert line_with(text, "--budget 41300").strip().startswith("--budget 41300  ")
    assert told in line_with(text, "--budget 41300")
    assert told in line_with(text, "site.noise_limit_dba: 63.2")
    assert max(map(len, text.splitlines())) <= 80


def test_no_repair_is_said_or_that_time_ran_out(impossible: Result) -> None:
    assert impossible.explanation is not None
    none = impossible.explanation.replace(repairs=())
    assert "No change of one of these limits alone" in page(impossible.replace(explanation=none))
    late = page(impossible.replace(explanation=none.replace(complete=False)))
    assert "Not every change could be tried in time" in late
    assert "No change of one" not in late


def test_explain_tells_what_binds(bound: Result) -> None:
    text = page(bound, explain=True)
    told = "+38 % tok/s, +$31,000 to buy: 8 × NVIDIA A100 SXM4 80GB, $41,300, 612 tok/s"
    assert told in " ".join(text.split())
    assert line_with(text, "--circuit 30A/240V:3")
    assert "rack units (38.0 of 42.0 U left)" in text
    assert "What binds" not in page(bound)


def test_unknown_is_neither_an_answer_nor_a_proof(impossible: Result) -> None:
    unknown = impossible.replace(status="unknown", explanation=None)
    text = page(unknown)
    assert "none is proven impossible" in " ".join(text.split())
    assert "Interrupted before" in page(unknown.replace(interrupted=True))


def test_names_from_data_cannot_steer_the_terminal(answer: Result) -> None:
    assert answer.build is not None
    evil = "Card\x1b]0;owned\x07 [bold]x[/bold] \u202egnp\r\n8 GB"
    bill = tuple(
        line.replace(name=evil) if line.kind == "accelerator" else line
        for line in answer.build.bill_of_materials
    )
    text = page(
        answer.replace(build=answer.build.replace(bill_of_materials=bill), warnings=(evil,)),
        Style(colour=True),
    )
    left = ANSI.sub("", text)
    assert all(ch.isprintable() or ch == "\n" for ch in left)
    assert "[bold]x[/bold]" in left  # markup is only text


def test_wide_characters_keep_the_columns(answer: Result) -> None:
    assert answer.build is not None
    line = answer.build.bill_of_materials[1].replace(name="服务器" * 12)
    rest = tuple(b for b in answer.build.bill_of_materials if b.kind != "platform")
    text = page(answer.replace(build=answer.build.replace(bill_of_materials=(line, *rest))))
    assert max(map(width_of, text.splitlines())) <= 80


def test_ascii_terminals_get_ascii(answer: Result) -> None:
    assert page(answer, Style(ascii=True)).isascii()
